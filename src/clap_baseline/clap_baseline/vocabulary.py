"""The words that the grammar planner knows, as tables.

Teach the planner a synonym by adding it here; the parser itself names no word. Nouns are not
listed: any word may name an object, and whether it is there is for perception to say.
"""

from __future__ import annotations

from enum import Enum, auto

from clap_core.task_types import Relation

Phrase = tuple[str, ...]


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


class Verb(Enum):
    """What a clause asks for; `clap_baseline.planner` turns each into sub-tasks."""

    PICK = auto()
    LIFT = auto()
    BRING = auto()
    PLACE = auto()
    STACK = auto()
    PUSH = auto()
    PULL = auto()
    PRESS = auto()
    SWITCH = auto()
    OPEN = auto()
    CLOSE = auto()
    RELEASE = auto()
    APPROACH = auto()
    USE = auto()


VERBS: dict[Phrase, Verb] = {
    ("pick", "up"): Verb.PICK,
    ("pick",): Verb.PICK,
    ("grab",): Verb.PICK,
    ("grasp",): Verb.PICK,
    ("grip",): Verb.PICK,
    ("hold",): Verb.PICK,
    ("get",): Verb.BRING,
    ("take",): Verb.BRING,
    ("fetch",): Verb.BRING,
    ("bring",): Verb.BRING,
    ("carry",): Verb.BRING,
    ("lift", "up"): Verb.LIFT,
    ("lift",): Verb.LIFT,
    ("raise",): Verb.LIFT,
    ("put",): Verb.PLACE,
    ("place",): Verb.PLACE,
    ("set",): Verb.PLACE,
    ("lay",): Verb.PLACE,
    ("move",): Verb.PLACE,
    ("drop",): Verb.PLACE,
    ("insert",): Verb.PLACE,
    ("position",): Verb.PLACE,
    ("stack",): Verb.STACK,
    ("pile",): Verb.STACK,
    ("push",): Verb.PUSH,
    ("slide",): Verb.PUSH,
    ("shove",): Verb.PUSH,
    ("drag",): Verb.PUSH,
    ("nudge",): Verb.PUSH,
    ("pull",): Verb.PULL,
    ("press", "down"): Verb.PRESS,
    ("press",): Verb.PRESS,
    ("touch",): Verb.PRESS,
    ("tap",): Verb.PRESS,
    ("turn",): Verb.SWITCH,
    ("switch",): Verb.SWITCH,
    ("open", "up"): Verb.OPEN,
    ("open",): Verb.OPEN,
    ("close",): Verb.CLOSE,
    ("shut",): Verb.CLOSE,
    ("release",): Verb.RELEASE,
    ("let", "go", "of"): Verb.RELEASE,
    ("let", "go"): Verb.RELEASE,
    ("approach",): Verb.APPROACH,
    ("reach", "for"): Verb.APPROACH,
    ("use",): Verb.USE,
}

PARTICLES: dict[tuple[Verb, str], Verb] = {
    (Verb.PICK, "up"): Verb.PICK,
    (Verb.BRING, "up"): Verb.PICK,
    (Verb.BRING, "away"): Verb.PICK,
    (Verb.LIFT, "up"): Verb.LIFT,
    (Verb.PLACE, "away"): Verb.PLACE,
    (Verb.PLACE, "back"): Verb.PLACE,
    (Verb.PLACE, "over"): Verb.PLACE,
    (Verb.PLACE, "down"): Verb.RELEASE,
    (Verb.STACK, "up"): Verb.STACK,
    (Verb.PRESS, "down"): Verb.PRESS,
    (Verb.PUSH, "over"): Verb.PUSH,
    (Verb.PUSH, "in"): Verb.CLOSE,
    (Verb.PUSH, "shut"): Verb.CLOSE,
    (Verb.PUSH, "closed"): Verb.CLOSE,
    (Verb.PULL, "shut"): Verb.CLOSE,
    (Verb.PULL, "closed"): Verb.CLOSE,
    (Verb.PULL, "open"): Verb.OPEN,
    (Verb.PULL, "out"): Verb.OPEN,
    (Verb.SWITCH, "on"): Verb.PRESS,
    (Verb.SWITCH, "off"): Verb.PRESS,
}
"""Particles, before or after the object ("pick the mug up"), and the verb they make."""

_DECLINED: dict[str, str] = {
    "fly go walk run drive swim jump climb travel come leave": (
        "the arm is bolted to its table and cannot go anywhere"
    ),
    "say tell talk speak sing explain ask answer whistle laugh": "the arm has no voice",
    "eat drink sleep think dream love hate die dance smile": "that is nothing an arm does",
    "cook bake cut slice pour stir wipe clean wash fold sew": "the arm has no such skill",
    "screw unscrew rotate twist flip shake wave point draw write": "the arm has no such skill",
    "throw toss kick hit smash break destroy burn crush tear": "that would not be safe",
    "find look see watch count search show describe read": (
        "an instruction must end in a motion of the arm"
    ),
}
_NO_HANDOVER = "handing things to a person is not a skill it has"

IMPOSSIBLE: dict[Phrase, str] = {
    **{(verb,): reason for verbs, reason in _DECLINED.items() for verb in verbs.split()},
    **{(verb,): _NO_HANDOVER for verb in ("give", "hand", "pass")},
    **{(verb, "me"): _NO_HANDOVER for verb in ("bring", "get", "fetch", "take")},
}
"""Verbs that are understood and declined, with the reason."""

RELATIONS: dict[Phrase, Relation] = {
    ("next", "to"): Relation.NEXT_TO,
    ("right", "next", "to"): Relation.NEXT_TO,
    ("beside",): Relation.NEXT_TO,
    ("besides",): Relation.NEXT_TO,
    ("near",): Relation.NEXT_TO,
    ("near", "to"): Relation.NEXT_TO,
    ("close", "to"): Relation.NEXT_TO,
    ("by",): Relation.NEXT_TO,
    ("alongside",): Relation.NEXT_TO,
    ("left", "of"): Relation.LEFT_OF,
    ("to", "the", "left", "of"): Relation.LEFT_OF,
    ("on", "the", "left", "of"): Relation.LEFT_OF,
    ("to", "the", "left", "side", "of"): Relation.LEFT_OF,
    ("on", "the", "left", "side", "of"): Relation.LEFT_OF,
    ("right", "of"): Relation.RIGHT_OF,
    ("to", "the", "right", "of"): Relation.RIGHT_OF,
    ("on", "the", "right", "of"): Relation.RIGHT_OF,
    ("to", "the", "right", "side", "of"): Relation.RIGHT_OF,
    ("on", "the", "right", "side", "of"): Relation.RIGHT_OF,
    ("in", "front", "of"): Relation.IN_FRONT_OF,
    ("behind",): Relation.BEHIND,
    ("in", "back", "of"): Relation.BEHIND,
    ("on",): Relation.ON,
    ("onto",): Relation.ON,
    ("on", "to"): Relation.ON,
    ("upon",): Relation.ON,
    ("atop",): Relation.ON,
    ("on", "top", "of"): Relation.ON,
    ("onto", "top", "of"): Relation.ON,
    ("on", "the", "top", "of"): Relation.ON,
    ("in",): Relation.IN,
    ("into",): Relation.IN,
    ("in", "to"): Relation.IN,
    ("inside",): Relation.IN,
    ("inside", "of"): Relation.IN,
    ("within",): Relation.IN,
    ("to",): Relation.TOWARDS,
    ("towards",): Relation.TOWARDS,
    ("toward",): Relation.TOWARDS,
    ("against",): Relation.TOWARDS,
}

SOURCES: tuple[Phrase, ...] = (
    ("from",),
    ("off",),
    ("off", "of"),
    ("out", "of"),
    ("from", "the", "top", "of"),
)
"""Words that say where a thing is taken from; they add nothing that the arm must know."""

PARTS = _set(
    "handle rim side edge lid top bottom base stem neck knob grip body cap spout corner tip "
    "drawer door shelf flap button"
)
"""Nouns that, before "of" or after "by", name a part of something."""

COMPARTMENTS = _set("drawer shelf compartment rack level")
"""Parts of furniture that may follow it: "in the safe on the bottom shelf"."""

BUTTONS = _set("button switch key doorbell buzzer")
"""To push one of these is to press it."""

OPENABLE = _set(
    "drawer door box lid fridge refrigerator microwave cabinet cupboard laptop jar safe grill "
    "oven chest flap gate window"
)
"""To pull one of these is to open it."""

HANDS = _set("hand gripper fingers claw")
"""To open one of these is to release."""

DETERMINERS = _set("the a an this that these those my your our its his her some 1")
PRONOUNS = _set("it them this that")
ANY_WORDS = _set("any either")
ALL_WORDS = _set("all every each everything anything things stuff")
PLACEHOLDERS = _set("one ones")
"""Stand for the noun said last: "the lime one"."""

NUMBERS: dict[str, int] = {
    **{str(number): number for number in range(2, 100)},
    "two": 2,
    "both": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
}

COLOUR_SYNONYMS: dict[str, str] = {
    "crimson": "red",
    "scarlet": "red",
    "ruby": "red",
    "vermilion": "red",
    "emerald": "green",
    "sapphire": "blue",
    "amber": "orange",
    "golden": "gold",
    "grey": "gray",
    "lilac": "purple",
    "lavender": "purple",
    "turquoise": "cyan",
    "aqua": "cyan",
    "ivory": "white",
    "ebony": "black",
    "fuchsia": "magenta",
}
SIZE_SYNONYMS: dict[str, str] = {
    "little": "small",
    "tiny": "small",
    "mini": "small",
    "big": "large",
    "huge": "large",
    "giant": "large",
}
SYNONYMS: dict[str, str] = {**COLOUR_SYNONYMS, **SIZE_SYNONYMS}

COLOURS = _set(
    "red green blue yellow orange purple violet pink magenta cyan teal azure navy maroon lime "
    "olive rose brown beige gold silver white black gray"
)
SELECTORS = _set(
    "small large tall short other left right near nearest far farthest middle top bottom front back"
)
"""Words that tell several of a kind apart."""
ADJECTIVES = COLOURS | SELECTORS
EMPTY_ADJECTIVES = _set("colored coloured colour color shiny nice")
"""Left out of names: they tell nothing apart."""

IRREGULAR_PLURALS: dict[str, str] = {
    "shelves": "shelf",
    "knives": "knife",
    "glasses": "glass",
}

FILLERS: tuple[Phrase, ...] = (
    ("i", "would", "like", "you", "to"),
    ("i", "want", "you", "to"),
    ("i'd", "like", "you", "to"),
    ("i", "need", "you", "to"),
    ("could", "you"),
    ("can", "you"),
    ("would", "you"),
    ("will", "you"),
    ("you", "should"),
    ("go", "ahead", "and"),
    ("go", "and"),
    ("thank", "you"),
    ("for", "me"),
    *((word,) for word in _set("please kindly thanks carefully gently slowly quickly just now")),
    *((word,) for word in _set("first firstly finally lastly again also directly straight")),
)
"""Phrases that change nothing, wherever they stand."""

GREETINGS = _set("hey hello hi ok okay robot panda franka")
"""Words that change nothing at the start of the instruction."""

CONNECTIVES: tuple[Phrase, ...] = (
    ("and", "after", "that"),
    ("and", "then"),
    ("after", "that"),
    ("afterwards",),
    ("then",),
    ("and",),
    (",",),
)
"""Words between clauses, and between the nouns of a list."""

NOT_IN_NAMES = _set(
    "with at for about through around under underneath below beneath over above between across "
    "that which who whose where is are was were be been i you me he she they we not don't dont "
    "doesn't never no nor or if when unless until while because except without instead but than "
    "before after only do does did how what why of as so"
)
"""Function words: where one stands the name before it has ended."""

CLAUSE_STARTERS = _set("pick grab grasp put place insert push press shove release stack take drop")
"""Verbs that are never part of a name, so that they start a clause even without "and"."""

WHAT_CAN_BE_SAID = (
    "Say for example: pick up the red mug; put the red mug next to (left of, right of, in front "
    "of, behind, on, in) the plate; stack the red block on the blue block; push the block towards "
    "the bowl; press the red button; open (close) the top drawer; put down the mug; "
    "or several of these joined by 'then'"
)
