"""Which way a push goes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_baseline.matching import match
from clap_baseline.segments.segmentation import Segment, SegmentedScene
from clap_core.directions import AXES
from clap_core.task_types import Relation, SubTask

_MIN_WAY_M = 1e-3


@dataclass(frozen=True)
class Push:
    """A straight push.

    Attributes:
        direction: [2] horizontal unit vector.
        distance_m: how far the object has to go; None when nobody said.
    """

    direction: NDArray[np.float64]
    distance_m: float | None = None


def plan_push(subtask: SubTask, segment: Segment, scene: SegmentedScene, gap_m: float) -> Push:
    """Which way to push an object, and how far.

    Towards a reference it goes until `gap_m` is left between the two; beside one, until its
    centre is there; with neither, in the relation's direction or else away from the robot.

    Raises:
        ClapError: when the reference is not found or ambiguous.
    """
    center = segment.shape.center
    axis = AXES.get(subtask.relation)
    if not subtask.reference:
        return Push(unit(center) if axis is None else axis)
    reference = match(subtask.reference, scene)
    if axis is not None:
        beside = reference.extent(axis) + segment.extent(-axis) + gap_m
        way = reference.shape.center + beside * axis - center
        return Push(unit(way), float(np.hypot(*way)))
    way = reference.shape.center - center
    direction = unit(way)
    if subtask.relation in (Relation.ON, Relation.IN):
        return Push(direction, float(np.hypot(*way)))
    between = segment.extent(direction) + reference.extent(-direction) + gap_m
    return Push(direction, max(0.0, float(np.hypot(*way)) - between))


def unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """[2] direction of a vector; +x for one without length."""
    length = float(np.hypot(*vector))
    return vector / length if length > _MIN_WAY_M else np.array([1.0, 0.0])
