"""How alike two sub-tasks are by their words. Colours say which thing is meant, not what it is."""

from __future__ import annotations

import re

from clap_core.task_types import Action, SubTask

COLOURS = frozenset({
    "azure", "beige", "black", "blue", "brown", "coloured", "colored", "cyan", "gold", "golden",
    "gray", "green", "grey", "indigo", "lime", "magenta", "maroon", "navy", "olive", "orange",
    "pink", "purple", "red", "rose", "silver", "teal", "turquoise", "violet", "white", "yellow",
})  # fmt: skip

_EMPTY = frozenset({
    "a", "an", "the", "of", "other", "than", "any", "first", "second", "third", "last", "next",
    "from", "left", "right", "near", "far", "large", "small", "tall", "short", "put", "down",
    "before",
})  # fmt: skip


def kind_words(name: str) -> frozenset[str]:
    """What a name says of the kind of a thing: ``the red light bulb`` is a bulb."""
    words = frozenset(re.findall(r"[a-z]+", name.casefold()))
    return words - COLOURS - _EMPTY


def same_kind(asked: SubTask, shown: SubTask, at_hand: tuple[bool, bool]) -> bool:
    """Whether a demonstration does what is asked for at all, whatever the thing is.

    Approaching is the beginning of grasping.

    Args:
        asked, shown: the sub-tasks.
        at_hand: whether each of them happens at the hand.
    """
    action = Action.GRASP if asked.action is Action.APPROACH else asked.action
    if shown.action not in (action, asked.action) or at_hand[0] != at_hand[1]:
        return False
    return asked.relation is shown.relation and bool(asked.reference) == bool(shown.reference)


def likeness(asked: SubTask, shown: SubTask, is_holding: bool) -> float:
    """0..1: how much of the object, its part and the reference the words share.

    Args:
        asked, shown: the sub-tasks.
        is_holding: whether the object is in the hand: then where it goes matters more.
    """
    of_object, of_reference = (1.0, 2.0) if is_holding else (2.0, 1.0)
    pairs = [
        (of_object, asked.object, shown.object),
        (1.0, asked.part, shown.part),
        (of_reference, asked.reference, shown.reference),
    ]
    named = [(weight, _shared(one, other)) for weight, one, other in pairs if one or other]
    total = sum(weight for weight, _ in named)
    return sum(weight * share for weight, share in named) / total if total else 1.0


def _shared(one: str, other: str) -> float:
    a, b = kind_words(one), kind_words(other)
    return len(a & b) / len(a | b) if a | b else 1.0
