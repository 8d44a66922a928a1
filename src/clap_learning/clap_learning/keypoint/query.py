"""A sub-task as the network is asked: texts without colours, kinds, and the colours apart.

Colours are what a language model of this size confuses (MiniLM: `burgundy` is near `blue`), and
what a cloud shows directly. So the words are looked up and compared with the points themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from clap_core.task_types import Action, Relation, SubTask
from clap_learning.keypoint.colours import Lab, split_colours

SLOTS = ("text", "object", "part", "reference")
"""What is read by the text encoder."""

_ACTIONS = tuple(Action)
_RELATIONS = tuple(Relation)

_ORDERS = (
    ("top", "upper", "highest", "uppermost", "topmost"),
    ("middle", "center", "centre", "central"),
    ("bottom", "lower", "lowest", "lowermost"),
    ("left", "leftmost"),
    ("right", "rightmost"),
    ("front", "near", "nearest"),
    ("back", "rear", "far", "farthest"),
)
"""Words that say which of several; a text encoder hardly tells them apart."""

KINDS = len(_ACTIONS) + len(_RELATIONS) + len(_ORDERS)

SIDEWAYS = (Relation.LEFT_OF, Relation.RIGHT_OF, Relation.IN_FRONT_OF, Relation.BEHIND)
"""Relations that turn with the robot's base, not with the scene."""

MAX_COLOURS = 4
"""Colours of a name that count."""


class Slot(Enum):
    """What can have a colour."""

    OBJECT = "object"
    REFERENCE = "reference"


@dataclass(frozen=True, eq=False)
class Query:
    """What is looked for.

    Attributes:
        texts: of each of `SLOTS`, without colours; may be empty.
        kinds: [KINDS] action, relation and words of order, 0 or 1.
        object_colours, reference_colours: L*a*b* of the colours that the words name.
        turns: whether the answer turns with the scene: not where the words say "left".
        mirrors: whether the mirrored scene has the mirrored answer: not where a door is pushed
            shut, since an arm gets at those that are hinged on its other side in another place.
    """

    texts: tuple[str, ...]
    kinds: NDArray[np.float32]
    object_colours: tuple[Lab, ...]
    reference_colours: tuple[Lab, ...]
    turns: bool
    mirrors: bool

    def colours(self, slot: Slot) -> tuple[Lab, ...]:
        """The colours that are named of a slot."""
        return self.object_colours if slot is Slot.OBJECT else self.reference_colours

    def with_colour(self, slot: Slot, colour: Lab) -> Query:
        """The same in another colour."""
        if slot is Slot.OBJECT:
            return replace(self, object_colours=(colour,))
        return replace(self, reference_colours=(colour,))


def query_of(subtask: SubTask) -> Query:
    """What a sub-task asks for."""
    object_colours, object_name = split_colours(subtask.object)
    reference_colours, reference_name = split_colours(subtask.reference)
    _, text = split_colours(subtask.text)
    words = set(re.findall(r"[a-z]+", f"{subtask.object} {subtask.part} {subtask.reference}"))
    orders = [bool(words & set(group)) for group in _ORDERS]
    kinds = np.array(
        [
            *(subtask.action is action for action in _ACTIONS),
            *(subtask.relation is relation for relation in _RELATIONS),
            *orders,
        ],
        np.float32,
    )
    turns = subtask.relation not in SIDEWAYS and not any(orders[3:])
    return Query(
        (text, object_name, subtask.part.casefold(), reference_name),
        kinds,
        object_colours[:MAX_COLOURS],
        reference_colours[:MAX_COLOURS],
        turns=turns,
        mirrors=turns and subtask.action is not Action.CLOSE,
    )
