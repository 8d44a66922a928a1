"""Words of English that hold sentences together: relations, politeness, order, function words."""

from __future__ import annotations

from clap_baseline.language.verbs import Phrase, listed, words
from clap_core.task_types import Relation


def phrases(text: str) -> tuple[Phrase, ...]:
    """Phrases of a text, separated by commas."""
    return tuple(tuple(phrase.split()) for phrase in text.replace("\n", " ").split(","))


_RELATIONS: dict[Relation, str] = {
    Relation.NEXT_TO: "next to, right next to, right beside, right by, beside, besides, near, "
    "near to, close to, by, adjacent to, at the side of, to the side of, "
    "alongside",
    Relation.LEFT_OF: "left of, to the left of, on the left of, to the left side of, "
    "on the left side of, over to the left side of, over to the left of, at the left of, at the "
    "left side of, just left of, directly left of",
    Relation.RIGHT_OF: "right of, to the right of, on the right of, to the right side of, "
    "on the right side of, over to the right side of, over to the right of, at the right of, at "
    "the right side of, just right of, directly right of",
    Relation.IN_FRONT_OF: "in front of, right in front of, to the front of, at the front of, "
    "directly in front of, just in front of",
    Relation.BEHIND: "behind, right behind, in back of, at the back of, to the back of, directly "
    "behind, just behind, to the rear of, at the rear of",
    Relation.ON: "on, onto, on to, upon, atop, on top of, onto top of, on the top of, to the top "
    "of, over onto, down on, down onto, on the surface of, over on, across onto, to on, to on top "
    "of, to top of, up on, up onto, up on top of, on the top side of, over on top of, over onto "
    "the top of",
    Relation.IN: "in, into, in to, to inside, inside, inside of, within, back into, back in, to "
    "the inside of, down into, over into",
    Relation.TOWARDS: "to, towards, toward, against, over to, in the direction of, up to, up at, "
    "at, across to, over towards, up against, all across to, along to, as far as, until it "
    "reaches, till it reaches, until it touches, till it touches, until reaching, so that it "
    "reaches, until it arrives at, until it gets to, until it hits, until it meets",
}
RELATIONS: dict[Phrase, Relation] = {
    phrase: relation for relation, text in _RELATIONS.items() for phrase in phrases(text)
}

SOURCES = phrases("from, off, off of, out of, up from, from the top of, out from")
"""Words that say where a thing is taken from; they add nothing that the arm must know."""

CONTRACTIONS: dict[str, tuple[str, ...]] = {
    "i'd": ("i", "would"),
    "i'll": ("i", "will"),
    "i've": ("i", "have"),
    "you've": ("you", "have"),
    "you'd": ("you", "would"),
    "that's": ("that", "is"),
    "it's": ("it", "is"),
    "which's": ("which", "is"),
    "it'd": ("it", "would"),
    "that'd": ("that", "would"),
    "you're": ("you", "are"),
    "you'll": ("you", "will"),
    "we'll": ("we", "will"),
    "we'd": ("we", "would"),
    "i'm": ("i", "am"),
    "there's": ("there", "is"),
    "here's": ("here", "is"),
    "what's": ("what", "is"),
    "where's": ("where", "is"),
    "gonna": ("going", "to"),
    "ya": ("you",),
    "u": ("you",),
}

_WISHED = phrases(
    "what i need is, what i want is, what i would like is, all i want is, make it so that, make "
    "it so, make it such that, i want, i need, i would like, i would love, i would love to see, i "
    "like, let, make, have, get, i want to have, i would like to have, i would like to see, make "
    "sure, make sure that, see to it that, see to it, ensure, ensure that, i want to see, i need "
    "to have, i wish, i wish that, i hope, we need, we want, we would like, i would prefer, i "
    "would rather have, i expect, be sure, be sure that, see that, check that, make certain, make "
    "certain that, take care that, arrange for, arrange that, i would like it if, i would "
    "appreciate it if, i would rather, i want that, i would want, could we have, can we have, can "
    "i have, could i have"
)
WISHES: tuple[Phrase, ...] = (
    *_WISHED,
    *(
        ("it", "would", "be", how, *that)
        for how in ("nice", "great", "good", "lovely", "wonderful", "better", "best", "perfect")
        for that in (("if",), ("to", "have"), ("to", "see"), ("when",))
    ),
    *(
        ("i", "would", "be", how, "if")
        for how in ("happy", "glad", "grateful", "pleased", "delighted", "obliged")
    ),
)
"""What a wish for a state begins with: "I want the mug on the plate"."""

_SHALL = phrases(
    "should, must, has to, have to, needs to, need to, ought to, is to, are to, shall, will, "
    "would, could, can, may, might, is supposed to, are supposed to, is meant to, are meant to, "
    "wants to, want to, gets to, is going to, had better, is then to, is intended to, to, then "
    "to, should now, must now, should then, has got to, both should, both must"
)
_STAND = phrases(
    "be, go, stand, sit, lie, rest, end up, come, land, stay, get, become, be placed, be "
    "standing, be sitting, be lying, be stored, both go, both be, find its place"
)
BECOMES: tuple[Phrase, ...] = (
    *(shall for shall in _SHALL if shall not in (("to",), ("then", "to"))),
    *((*shall, *stand) for shall in _SHALL for stand in _STAND),
    *phrases(
        "goes, go, belongs, belong, be, ends up, end up, both go, both goes, is stored, wants, "
        "needs, need, want, requires, gets, get, comes, becomes, belongs there, is going, lands, "
        "needs placing, has its place, has its home, have their place, has its spot"
    ),
)
"""What stands between a thing and the state that it is to be in."""

IS_NOW = phrases("is, are, was, were, stands, stand, sits, sit, lies, lie, rests, stays, has been")
"""What tells how a thing is: an order only where it is wished."""

CONNECTIVES = phrases(
    "and only then, only then, and next, and then, after that, after it, and after it, "
    "afterwards, then, and, "
    "last, and also"
)
"""Words between clauses, and between the nouns of a list; "," is one too."""

BEFORE = phrases("before")
AFTER = phrases(
    "having, after, once, as soon as, when you have, after you have, once you have, as soon as you "
    "have, after having"
)

WITH = phrases("with, using, by using, by means of, with the help of")
"""What a tool is named behind."""

IS_WHERE = phrases(
    "is where, is where i want, is where i would like, is where i need, is where you should put, "
    "is where you put, is where put, is where we want"
)

SO_THAT: tuple[Phrase, ...] = (
    *(
        (*so, "it", *stands)
        for so in (("so", "that"), ("such", "that"), ("so",))
        for stands in (("is",), ("stands",), ("sits",), ("lies",), ("rests",), ("ends", "up"),
                       ("comes", "to", "rest"), ("lands",), ("stays",), ("goes",))
    ),
    *phrases("and leave it, and leave it there, and let it rest, and have it rest"),
)  # fmt: skip
"""What may stand between a thing and its place."""

DETERMINERS = words("the a an this that these those my your our its 1")
PRONOUNS = words("it them this that itself")
ANY_WORDS = words("any either some whichever")
ALL_WORDS = words("all every each everything anything things stuff")
PLACEHOLDERS = words("one ones")
"""Stand for the noun said last: "the lime one"."""

NUMBERS: dict[str, int] = {
    **{str(number): number for number in range(2, 100)},
    **{
        word: number
        for number, word in enumerate(
            listed("two three four five six seven eight nine ten eleven twelve"), 2
        )
    },
}

NOT_IN_NAMES = words(
    "with at for about through around under underneath below beneath over above between across "
    "along that which who whose where is are was were be been i you me he she they we not nothing "
    "nobody none don't dont doesn't never no nor neither or if when unless until while because "
    "except without instead but such being than before after once only do does did how what why "
    "of as so should must has have had needs need goes go belongs belong ends shall gets wants "
    "requires becomes comes lands stands sits lies ought could would will by using too shine very "
    "quite rather made tomorrow today yesterday later soon higher there here again somewhere "
    "upside followed supposed meant else ready forward forwards backward backwards ahead upright "
    "sideways upwards vertically horizontally tilted down up then and centered centred exactly "
    "long his her their"
)
"""Function words: where one stands the name before it has ended."""

OUT_OF_REACH = words("floor ground ceiling wall window air kitchen room outside")
"""Places that are not on the table."""

NOT_THINGS = words(
    "speed limit limits force maximum minimum temperature volume system mode instruction "
    "instructions look peek glance try task tasks job action goal mission order orders rule rules "
    "safety check checks time way"
)
"""Nouns of nothing that a hand could hold."""

NOT_NAMED = words("something anything thing things stuff object objects item items")
"""Nouns that alone name nothing."""

WHAT_CAN_BE_SAID = (
    "Say for example: pick up the red mug; put the red mug next to (left of, right of, in front "
    "of, behind, on, in) the plate; stack the red block on the blue block; push the block towards "
    "the bowl; press the red button; open (close) the top drawer; put down the mug; "
    "or several of these joined by 'then'"
)
