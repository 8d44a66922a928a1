"""Words of English that hold sentences together: relations, politeness, order, function words."""

from __future__ import annotations

from clap_baseline.language.verbs import Phrase, listed, words
from clap_core.task_types import Relation


def phrases(text: str) -> tuple[Phrase, ...]:
    """Phrases of a text, separated by commas."""
    return tuple(tuple(phrase.split()) for phrase in text.replace("\n", " ").split(","))


_RELATIONS: dict[Relation, str] = {
    Relation.NEXT_TO: "next to, right next to, right beside, right by, beside, besides, near, "
    "near to, close to, by, "
    "alongside",
    Relation.LEFT_OF: "left of, to the left of, on the left of, to the left side of, "
    "on the left side of, over to the left side of, over to the left of",
    Relation.RIGHT_OF: "right of, to the right of, on the right of, to the right side of, "
    "on the right side of, over to the right side of, over to the right of",
    Relation.IN_FRONT_OF: "in front of, right in front of",
    Relation.BEHIND: "behind, right behind, in back of, at the back of",
    Relation.ON: "on, onto, on to, upon, atop, on top of, onto top of, on the top of, "
    "to the top of, over onto",
    Relation.IN: "in, into, in to, inside, inside of, within, back into, to the inside of",
    Relation.TOWARDS: "to, towards, toward, against, over to, in the direction of, up to, up at, "
    "at",
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
}

WISHES = phrases(
    "i want, i need, i would like, i would love, i would love to see, i like, let, make, "
    "have, get, "
    "i want to have, i would like to have, make sure, make sure that, see to it that, ensure, "
    "ensure that, i want to see, i need to have"
)
"""What a wish for a state begins with: "I want the mug on the plate"."""

BECOMES = phrases(
    "should be, must be, has to be, have to be, needs to be, need to be, ought to be, is to be, "
    "are to be, shall be, should, must, has to, have to, needs to, need to, goes, go, belongs, "
    "belong, should go, must go, could go, has to go, have to go, needs to go, need to go, "
    "should sit, "
    "should stand, should be, to be, be, to go, is, are, ends up, end up, should end up, stand, "
    "stands, sit, both go, both goes, is then to be, then to be, will be, should be stored, "
    "is stored, is supposed to be, is meant to be, is supposed to go, is to go"
)
"""What stands between a thing and the state that it is to be in."""

CONNECTIVES = phrases(
    "and only then, only then, and next, and then, after that, after it, and after it, "
    "afterwards, then, and, "
    "first, last"
)
"""Words between clauses, and between the nouns of a list; "," is one too."""

BEFORE = phrases("before")
AFTER = phrases("having, after, once, as soon as, when you have, after you have, once you have")

WITH = phrases("with, using, by using, by means of, with the help of")
"""What a tool is named behind."""

IS_WHERE = phrases("is where")

SO_THAT = phrases(
    "so that it stands, so that it is, so it is, so it stands, so that it ends up, and leave it"
)
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
    "with at for about through around under underneath below beneath over above between "
    "across along that which who whose where is are was were be been i you me he she they we "
    "not don't dont doesn't never no nor neither or if when unless until while because except "
    "without instead but than before after once only do does did how what why of as so should "
    "must has have had needs need goes go belongs ends shall ought could would will by using "
    "too shine very quite rather made tomorrow today yesterday later soon higher there here "
    "again somewhere upside followed supposed meant else down up then and centered centred "
    "exactly long his her their"
)
"""Function words: where one stands the name before it has ended."""

OUT_OF_REACH = words("floor ground ceiling wall window air kitchen room outside")
"""Places that are not on the table."""

NOT_THINGS = words(
    "speed limit limits force maximum minimum temperature volume system mode instruction "
    "instructions order orders rule rules safety check checks time way"
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
