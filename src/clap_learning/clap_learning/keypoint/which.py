"""Which of several alike a name means: chosen among the places that a network finds for its noun.

A planner writes it into the name: ``left mug``, ``second mug from left``, ``any gray block``,
``first of 2 cup other than red cup``. Left is +y of the base frame, near is to the robot.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud
from clap_core.task_types import Relation, SubTask
from clap_learning.keypoint.places import CandidatePlace

_NUMBERS = {
    word: number
    for number, word in enumerate(
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"], 1
    )
}
_SIDES = ("left", "right", "near", "far")
_COUNTED_FROM = (*_SIDES, "top", "bottom")
_UNTOLD = ("large", "small", "tall", "short", "largest", "smallest", "tallest", "shortest")
_PUT_DOWN = "put down before"

_OTHER_THAN = re.compile(r"(.+?) other than (.+)")
_OF_COUNT = re.compile(rf"({'|'.join(_NUMBERS)}) of (\d+) (.+)")
_FROM_SIDE = re.compile(rf"({'|'.join(_NUMBERS)}) (.+?) from ({'|'.join(_COUNTED_FROM)})\b(.*)")

ALIKE = 0.25
"""Share of the best place's probability from which another place is of the same kind."""

SAME_M = 0.05
"""What is nearer to a place than this, seen from above, is of the thing that stands there."""


@dataclass(frozen=True)
class Which:
    """A name, taken apart.

    Attributes:
        name: what it calls the thing, without the words that say which.
        side: from where it is counted: left, right, near, far, top or bottom; empty for no order.
        number: 1 for the first.
        other_than: name of what it is not.
        untold: words that places do not tell.
    """

    name: str
    side: str = ""
    number: int = 1
    other_than: str = ""
    untold: str = ""

    @property
    def chooses(self) -> bool:
        """Whether it says more than what the thing is."""
        return bool(self.side or self.other_than or self.untold)


def which_of(name: str) -> Which:
    """Take a name apart."""
    text = " ".join(name.split())
    untold = _PUT_DOWN if text.endswith(_PUT_DOWN) else ""
    text = text.removesuffix(_PUT_DOWN).strip()
    other_than, side, number = "", "", 1
    if found := _OTHER_THAN.fullmatch(text):
        text, other_than = found[1], found[2]
    text = text.removeprefix("any ")
    if found := _OF_COUNT.fullmatch(text):
        side, number, text = "near", _NUMBERS[found[1]], found[3]
    elif found := _FROM_SIDE.fullmatch(text):
        number, side = _NUMBERS[found[1]], found[3]
        text = f"{found[2]}{found[4]}"
    first, _, rest = text.partition(" ")
    if rest and first in _SIDES:
        side, text = side or first, rest
    elif rest and first in _UNTOLD:
        untold, text = untold or first, rest
    return Which(text, side, number, other_than, untold)


def sought(subtask: SubTask) -> str:
    """The name of what a sub-task's keypoint is at."""
    if subtask.reference and subtask.relation is not Relation.TOWARDS:
        return subtask.reference
    return subtask.object


def plainly(subtask: SubTask) -> SubTask:
    """The sub-task without the words that say which one."""
    thing, reference = which_of(subtask.object), which_of(subtask.reference)
    text = subtask.text
    for name, plain in ((subtask.object, thing.name), (subtask.reference, reference.name)):
        text = text.replace(name, plain) if name else text
    return replace(subtask, text=text, object=thing.name, reference=reference.name)


def without(cloud: PointCloud, place: CandidatePlace) -> PointCloud:
    """A cloud without what stands at a place."""
    away_m = np.linalg.norm(cloud.xyz[:, :2] - place.point_m[:2], axis=1)
    return cloud.select(away_m > SAME_M)


def choose(which: Which, places: Sequence[CandidatePlace]) -> CandidatePlace:
    """The one of the places that a name means.

    Args:
        which: the name.
        places: where things of that name are, the most probable first; at least one. What the name
            says that it is not is not among them, see `without`.

    Raises:
        ClapError: OBJECT_NOT_FOUND if there are not as many, AMBIGUOUS if its words do not tell.
    """
    alike = [one for one in places if one.probability >= ALIKE * places[0].probability]
    if which.untold and len(alike) > 1:
        raise ClapError(
            ErrorCode.AMBIGUOUS,
            f"which {which.name} is meant by '{which.untold}' cannot be told from one look",
            "Say its colour, or left, right, nearest or farthest",
        )
    # One of those that were counted may have been carried to where the others are not.
    number = which.number if not which.other_than else min(which.number, len(alike))
    if len(alike) < number:
        raise ClapError(
            ErrorCode.OBJECT_NOT_FOUND,
            f"{len(alike)} of '{which.name}' are seen, not {number}"
            + (f" other than the {which.other_than}" if which.other_than else ""),
            "Name one that is there",
        )
    if which.side:
        alike = sorted(alike, key=lambda one: _order(one, which.side))
    return alike[number - 1]


def _order(place: CandidatePlace, side: str) -> float:
    x, y, z = place.point_m.tolist()
    near = float(np.hypot(x, y))
    return {"left": -y, "right": y, "near": near, "far": -near, "top": -z, "bottom": z}[side]
