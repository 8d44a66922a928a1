"""Verbs: what they ask for, their forms and particles, and those that are declined."""

from __future__ import annotations

from enum import Enum, auto

Phrase = tuple[str, ...]


def words(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


def listed(text: str) -> tuple[str, ...]:
    """The words of a text, in order."""
    return tuple(text.split())


class Verb(Enum):
    """What a clause asks for; `clap_baseline.planning` turns each into sub-tasks."""

    PICK = auto()
    LIFT = auto()
    BRING = auto()
    PLACE = auto()
    STACK = auto()
    PUSH = auto()
    PULL = auto()
    PRESS = auto()
    SWITCH = auto()
    TURN = auto()
    SCREW = auto()
    OPEN = auto()
    CLOSE = auto()
    RELEASE = auto()
    DROP = auto()
    UNPACK = auto()
    HIT = auto()
    APPROACH = auto()
    USE = auto()
    LIGHT = auto()
    FIT = auto()


_BY_WORD: dict[str, Verb] = {
    word: verb
    for verb, listed in {
        Verb.PICK: "pick grab grasp grip hold seize collect clutch snatch snag nab retrieve "
        "acquire catch",
        Verb.BRING: "get take fetch bring carry remove",
        Verb.LIFT: "lift raise hoist elevate",
        Verb.PLACE: "put place set lay move insert position store lock leave hide arrange stick "
        "transfer deposit shift relocate stow rest pop stand return lower deliver serve sit plop "
        "stash plonk park plant load pack slot tuck slip seat settle perch drape balance shelve "
        "situate",
        Verb.FIT: "mount fix fit attach",
        Verb.STACK: "stack pile nest",
        Verb.PUSH: "push slide shove drag nudge swing scoot shuffle propel budge",
        Verb.PULL: "pull tug",
        Verb.PRESS: "press touch tap ring depress activate click trigger actuate engage",
        Verb.SWITCH: "switch",
        Verb.TURN: "turn flip fold",
        Verb.SCREW: "screw install twist tighten thread fasten",
        Verb.OPEN: "open unlatch",
        Verb.CLOSE: "close shut seal cap cover",
        Verb.RELEASE: "release",
        Verb.DROP: "drop",
        Verb.APPROACH: "approach",
        Verb.UNPACK: "unpack",
        Verb.HIT: "hit",
        Verb.USE: "use",
    }.items()
    for word in listed.split()
}

_HOLDS: tuple[Phrase, ...] = (
    *(
        (take, *a, hold, of)
        for take in ("take", "get", "grab", "catch", "lay", "keep")
        for a in ((), ("a",), ("a", "good"), ("a", "firm"))
        for hold in ("hold", "grip", "grasp")
        for of in ("of", "on", "onto")
    ),
    *(
        ("close", your, hand, "around")
        for your in ("your", "the")
        for hand in ("gripper", "hand", "fingers", "claw", "jaws")
    ),
)
_DOES: dict[Phrase, Verb] = {
    (does, "a", deed, of): verb
    for does in ("do", "perform", "execute", "make")
    for deed, verb in (
        ("pick", Verb.PICK),
        ("grasp", Verb.PICK),
        ("pickup", Verb.PICK),
        ("lift", Verb.LIFT),
        ("press", Verb.PRESS),
        ("push", Verb.PUSH),
    )
    for of in ("of", "on")
}

VERBS: dict[Phrase, Verb] = {
    **{(word,): verb for word, verb in _BY_WORD.items()},
    **dict.fromkeys(_HOLDS, Verb.PICK),
    **_DOES,
    ("up", "with"): Verb.PICK,
    ("draw", "out"): Verb.PULL,
    ("draw", "open"): Verb.OPEN,
    ("tidy", "away"): Verb.PLACE,
    ("clear", "away"): Verb.PLACE,
    ("screw", "down"): Verb.SCREW,
    ("scoop", "up"): Verb.PICK,
    ("pluck", "up"): Verb.PICK,
    ("light", "up"): Verb.LIGHT,
    ("pick", "up"): Verb.PICK,
    ("go", "for"): Verb.PICK,
    ("lift", "up"): Verb.LIFT,
    ("put", "away"): Verb.PLACE,
    ("lock", "away"): Verb.PLACE,
    ("put", "down"): Verb.RELEASE,
    ("set", "down"): Verb.RELEASE,
    ("put", "back"): Verb.PLACE,
    ("press", "down"): Verb.PRESS,
    ("press", "on"): Verb.PRESS,
    ("press", "down", "on"): Verb.PRESS,
    ("hold", "on", "to"): Verb.PICK,
    ("push", "down"): Verb.PRESS,
    ("push", "in"): Verb.CLOSE,
    ("pull", "open"): Verb.OPEN,
    ("pull", "on"): Verb.PULL,
    ("pull", "at"): Verb.PULL,
    ("tug", "on"): Verb.PULL,
    ("put", "pressure", "on"): Verb.PRESS,
    ("turn", "on"): Verb.PRESS,
    ("turn", "off"): Verb.PRESS,
    ("switch", "on"): Verb.PRESS,
    ("switch", "off"): Verb.PRESS,
    ("open", "up"): Verb.OPEN,
    ("close", "up"): Verb.CLOSE,
    ("seal", "up"): Verb.CLOSE,
    ("push", "on"): Verb.PUSH,
    ("flip", "up"): Verb.OPEN,
    ("screw", "in"): Verb.SCREW,
    ("let", "go", "of"): Verb.RELEASE,
    ("let", "go"): Verb.RELEASE,
    ("reach", "for"): Verb.APPROACH,
}

_FORMS = """
activate activated activating; approach approached approaching; arrange arranged arranging
attach attached attaching; bring brought bringing; cap capped capping; carry carried carrying
click clicked clicking; close closed closing; collect collected collecting
deliver delivered delivering; deposit deposited depositing; depress depressed depressing
drag dragged dragging; drop dropped dropping; elevate elevated elevating; fetch fetched fetching
fit fitted fitting; fix fixed fixing; flip flipped flipping; fold folded folding; get got getting
give gave given giving; grab grabbed grabbing; grasp grasped grasping; grip gripped gripping
hide hid hidden hiding; hit hitting; hoist hoisted hoisting; hold held holding
insert inserted inserting; install installed installing; lay laid laying; leave left leaving
lift lifted lifting; load loaded loading; lower lowered lowering; mount mounted mounting
move moved moving; nest nested nesting; nudge nudged nudging; open opened opening
pack packed packing; park parked parking; pick picked picking; pile piled piling
place placed placing; plop plopped plopping; position positioned positioning; press pressed pressing
pull pulled pulling; push pushed pushing; put putting; raise raised raising
release released releasing; relocate relocated relocating; remove removed removing
rest rested resting; retrieve retrieved retrieving; return returned returning
ring rang rung ringing; scoot scooted scooting; screw screwed screwing; seal sealed sealing
seize seized seizing; serve served serving; set setting; shift shifted shifting
shove shoved shoving; shuffle shuffled shuffling; shut shutting; slide slid sliding
slip slipped slipping; slot slotted slotting; snag snagged snagging; snatch snatched snatching
stack stacked stacking; stash stashed stashing; store stored storing; stow stowed stowing
swing swung swinging; switch switched switching; take took taken taking; tap tapped tapping
thread threaded threading; tighten tightened tightening; touch touched touching
transfer transferred transferring; trigger triggered triggering; tuck tucked tucking
tug tugged tugging; turn turned turning; twist twisted twisting; unlatch unlatched unlatching
use used using
"""
FORMS: dict[str, str] = {
    form: base
    for line in _FORMS.replace(";", "\n").strip().splitlines()
    for base, *forms in [line.split()]
    for form in (base, *forms)
    if form != "left"
}
"""Participles and gerunds, and the verbs that they are of."""

PARTICLES: dict[tuple[Verb, str], Verb] = {
    (Verb.PICK, "up"): Verb.PICK,
    (Verb.BRING, "up"): Verb.PICK,
    (Verb.BRING, "away"): Verb.PICK,
    (Verb.LIFT, "up"): Verb.LIFT,
    (Verb.PLACE, "away"): Verb.PLACE,
    (Verb.PLACE, "back"): Verb.PLACE,
    (Verb.PLACE, "over"): Verb.PLACE,
    (Verb.PLACE, "down"): Verb.RELEASE,
    (Verb.PLACE, "up"): Verb.LIFT,
    (Verb.PLACE, "on"): Verb.PRESS,
    (Verb.DROP, "down"): Verb.RELEASE,
    (Verb.DROP, "off"): Verb.RELEASE,
    (Verb.STACK, "up"): Verb.STACK,
    (Verb.PRESS, "down"): Verb.PRESS,
    (Verb.PUSH, "over"): Verb.PUSH,
    (Verb.PUSH, "down"): Verb.PRESS,
    (Verb.PUSH, "in"): Verb.CLOSE,
    (Verb.PUSH, "shut"): Verb.CLOSE,
    (Verb.PUSH, "closed"): Verb.CLOSE,
    (Verb.PUSH, "open"): Verb.OPEN,
    (Verb.PUSH, "out"): Verb.OPEN,
    (Verb.PLACE, "open"): Verb.OPEN,
    (Verb.PLACE, "shut"): Verb.CLOSE,
    (Verb.PLACE, "closed"): Verb.CLOSE,
    (Verb.BRING, "over"): Verb.BRING,
    (Verb.BRING, "out"): Verb.UNPACK,
    (Verb.BRING, "down"): Verb.CLOSE,
    (Verb.PULL, "shut"): Verb.CLOSE,
    (Verb.PULL, "closed"): Verb.CLOSE,
    (Verb.PULL, "open"): Verb.OPEN,
    (Verb.PULL, "out"): Verb.OPEN,
    (Verb.TURN, "shut"): Verb.CLOSE,
    (Verb.TURN, "closed"): Verb.CLOSE,
    (Verb.TURN, "open"): Verb.OPEN,
    (Verb.TURN, "down"): Verb.CLOSE,
    (Verb.TURN, "on"): Verb.PRESS,
    (Verb.TURN, "off"): Verb.PRESS,
    (Verb.TURN, "tight"): Verb.SCREW,
    (Verb.TURN, "in"): Verb.SCREW,
    (Verb.SCREW, "tight"): Verb.SCREW,
    (Verb.SCREW, "tightly"): Verb.SCREW,
    (Verb.CLOSE, "tight"): Verb.CLOSE,
    (Verb.CLOSE, "tightly"): Verb.CLOSE,
    (Verb.SCREW, "in"): Verb.SCREW,
    (Verb.SCREW, "on"): Verb.SCREW,
    (Verb.SCREW, "shut"): Verb.SCREW,
    (Verb.SCREW, "closed"): Verb.SCREW,
    (Verb.SCREW, "down"): Verb.SCREW,
    (Verb.SWITCH, "on"): Verb.PRESS,
    (Verb.SWITCH, "off"): Verb.PRESS,
    (Verb.OPEN, "wide"): Verb.OPEN,
    (Verb.OPEN, "up"): Verb.OPEN,
    (Verb.BRING, "open"): Verb.OPEN,
    (Verb.BRING, "opened"): Verb.OPEN,
    (Verb.BRING, "closed"): Verb.CLOSE,
    (Verb.BRING, "shut"): Verb.CLOSE,
}
"""Particles behind the object ("pick the mug up"), and the verb they make."""

PARTICLE_WORDS = frozenset(particle for _, particle in PARTICLES)

STATE_VERBS: dict[str, Verb] = {
    "open": Verb.OPEN,
    "opened": Verb.OPEN,
    "closed": Verb.CLOSE,
    "shut": Verb.CLOSE,
    "down": Verb.RELEASE,
    "shine": Verb.PRESS,
}
"""States that a thing is wished to be in, and what is done for it."""

_DECLINED: dict[str, str] = {
    "fly go walk run drive swim jump climb travel come": (
        "the arm is bolted to its table and cannot go anywhere"
    ),
    "say tell talk speak sing explain ask answer whistle laugh": "the arm has no voice",
    "eat drink sleep think dream love hate die dance smile": "that is nothing an arm does",
    "cook bake cut slice pour stir wipe clean wash fold sew clear tidy": (
        "the arm has no such skill"
    ),
    "unscrew rotate twist flip shake wave point draw write": "the arm has no such skill",
    "throw toss kick smash break destroy burn crush tear stab poke": "that would not be safe",
    "find look see watch count search show describe read": (
        "an instruction must end in a motion of the arm"
    ),
    "ignore disable override bypass forget": "its limits and checks stay as they are",
    "wait stop pause keep continue": (
        "it ends after the last step and is stopped by cancelling, not by a sentence"
    ),
}
_NO_HANDOVER = "handing things to a person is not a skill it has"

DECLINED: dict[Phrase, str] = {
    **{(verb,): reason for verbs, reason in _DECLINED.items() for verb in verbs.split()},
    **{(verb,): _NO_HANDOVER for verb in ("hand", "pass")},
    **{(verb, "me"): _NO_HANDOVER for verb in ("give", "bring", "get", "fetch", "take")},
    **{("hit", whom): "that would not be safe" for whom in ("me", "him", "her", "them")},
}
"""Verbs that are understood and declined, with the reason."""

CLAUSE_STARTERS = words(
    "pick grab grasp put place insert push press shove release stack take drop lift"
)
"""Verbs that are never part of a name, so that they start a clause even without "and"."""
