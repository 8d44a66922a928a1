"""What a sentence says and goals do not: it must not be dropped in silence."""

from __future__ import annotations

from collections.abc import Iterable

from clap_learning.parser.goals import Goal
from clap_learning.parser.symbols import words_of

_DETERMINERS = frozenset("the a an my your his her our their this that these those some".split())  # noqa: SIM905

_MUST_BE_KEPT = frozenset(
    """not no never don't dont doesn't doesnt except unless
    under below beneath underneath between through above against around across without
    upside backwards sideways diagonally flip tilt tip shake spin rotate
    every each repeatedly forever tomorrow tonight daily
    slower fast faster quicker harder firmly softly
    half halfway cm mm centimetre centimetres centimeter centimeters inch inches
    meter meters metre metres degrees seconds minutes minute slowly quickly
    gently""".split()  # noqa: SIM905 - a list of words reads best as words
)
"""Words that change what is asked and that no goal expresses."""

_NO_ATTRIBUTES = frozenset(["is", "are", "was", "looks"])
"""As in "the mug that is red"."""

_LONGEST_ATTRIBUTE = 3


def left_out(goals: Iterable[Goal], sentence: str) -> str:
    """The first word of a sentence that must come back in its goals and does not; empty if none.

    Numbers, amounts and denials; and what stands between an article and a name: of "the burgundy
    mug" nobody may make "mug".
    """
    goals = list(goals)
    words = words_of(sentence)
    names = [name.split() for goal in goals for name in (goal.thing, goal.reference, goal.tool)]
    named = {word for name in names for word in name}
    for word in words:
        if word not in named and (word in _MUST_BE_KEPT or (word[0].isdigit() and len(goals) < 2)):
            return word
    for position, word in enumerate(words):
        if word not in named:
            continue
        before = words[max(0, position - _LONGEST_ATTRIBUTE - 1) : position]
        attributes: list[str] = []
        for one in reversed(before):
            if one in _DETERMINERS:
                if attributes:
                    return attributes[-1]
                break
            if one in named or one in _NO_ATTRIBUTES or not one[0].isalpha():
                break
            attributes.append(one)
    return ""
