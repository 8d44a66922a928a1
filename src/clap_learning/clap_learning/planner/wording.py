"""Words of a plan: they must have been said, and each step has a text in the stack's own words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from clap_core.task_types import Action, Relation

_WORD = re.compile(r"[^\W_]+")
_TOKEN = re.compile(r"[^\W_]+|[.,;:!?]")

_PLACES: dict[str, str] = {
    Relation.NEXT_TO.value: "next to",
    Relation.LEFT_OF.value: "to the left of",
    Relation.RIGHT_OF.value: "to the right of",
    Relation.ON.value: "onto",
    Relation.IN.value: "into",
}

_BETWEEN_NAMES = frozenset(["of", "the", "a", "an", "any", "other", "and"])
"""Words that names may have without anybody having said them."""

_NO_NAMES = frozenset(
    """it its them they this that these those he she one ones something anything everything all
    both each here there""".split()  # noqa: SIM905 - a list of words reads best as words
)
"""Words that point at a thing without naming it."""

_DETERMINERS = frozenset(["the", "a", "an", "my", "your", "his", "her", "our", "their", "some"])

_ENDS_A_NAME = _NO_NAMES | frozenset(
    """and or then but so now first finally next after before while until
    on onto in into inside to towards toward of off from at by with beside near for
    up down out away back over above behind front left right
    is are was be been which who where when i you we me us can could would will shall should
    please kindly thanks thank just also again once
    put place pick take grasp grab lift move release push press open close turn set drop""".split()  # noqa: SIM905
)
"""Words after which the name of a thing is over."""

_MUST_BE_KEPT = frozenset(
    """not no never don dont doesn without except unless avoid only
    under below beneath between around through along across against opposite
    half twice thrice times""".split()  # noqa: SIM905
)
"""Words that change what is asked wherever they stand."""


def words(text: str) -> list[str]:
    """The words of a text in lower case, compatibility forms resolved."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def without_articles(name: str) -> str:
    """The name as finders match it: "second mug from the left" is "second mug from left"."""
    return " ".join(word for word in name.split() if word.casefold() not in ("the", "a", "an"))


def what_was_not_said(name: str, instruction: str) -> str:
    """What is wrong with the name of a thing; empty when its words were said.

    Args:
        name: e.g. ``"red mug"``.
        instruction: the person's sentence; singular and plural are taken for the same.
    """
    said = {_stem(word) for word in words(instruction)}
    telling = [word for word in words(name) if word not in _BETWEEN_NAMES]
    if not telling or all(word in _NO_NAMES for word in telling):
        return f"'{name}' does not name a thing"
    for word in telling:
        if _stem(word) not in said:
            return f"nobody said '{word}': name things with the words of the instruction"
    return ""


def what_was_left_out(told: Iterable[str], instruction: str) -> str:
    """The first word of the instruction that the plan leaves out; empty if there is none.

    Words of names ("the burgundy mug"), numbers, denials and places that have no relation must
    come back in the plan: what it cannot express is declined, and never dropped.

    Args:
        told: all that the plan says, e.g. ``["move", "red mug", "next_to", "plate"]``.
        instruction: the person's sentence.
    """
    accounted = {_stem(word) for text in told for word in words(text.replace("_", " "))}
    in_name = False
    for token in _TOKEN.findall(unicodedata.normalize("NFKC", instruction).casefold()):
        if token in _DETERMINERS:
            in_name = True
            continue
        if not token[0].isalnum():
            in_name = False
            continue
        told_of = _stem(token) in accounted
        if token in _MUST_BE_KEPT or token[0].isdigit() or _is_manner(token):
            if not told_of:
                return token
        elif token in _ENDS_A_NAME:
            in_name = in_name and told_of
        elif in_name and len(token) > 1 and not told_of:
            return token
    return ""


def _is_manner(word: str) -> bool:
    return word.endswith("ly") and len(word) > 4 and word not in _ENDS_A_NAME


def _stem(word: str) -> str:
    """The same for singular and plural; not itself a word."""
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("ches", "shes", "sses", "xes", "oes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    return word[:-2] + "f" if word.endswith(("ve", "fe")) else word


def step_text(step: Mapping[str, Any]) -> str:
    """A step in words, e.g. "move the red mug next to the plate"; the model writes none.

    Args:
        step: a sub-task as plain JSON values.
    """
    action, relation = step["action"], step["relation"]
    name, part, reference = (_the(step[field]) for field in ("object", "part", "reference"))
    if not name:
        return "open the hand"
    if relation == Relation.UP.value:
        lifted = f"lift {name}" if action == Action.MOVE.value else f"{action} {name} up"
        return f"{lifted} up to {reference}" if reference else lifted
    if part:
        by_part = action in (Action.GRASP.value, Action.APPROACH.value)
        name = f"{name} by {part}" if by_part else f"{part} of {name}"
    if not relation or action == Action.RELEASE.value:
        return f"{action} {name}"
    return f"{action} {name} {_PLACES.get(relation, relation.replace('_', ' '))} {reference}"


def _the(name: str) -> str:
    return name if not name or name.startswith("any ") else f"the {name}"
