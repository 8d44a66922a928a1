"""Lift a toilet's seat with the fingertips until it leans against the tank."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from clap_bench.gembench.objects.toilet import Toilet
from clap_bench.suite.moves import Transform, go, shutting, slide, tool
from clap_bench.suite.task import Point, Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.task_types import Action, KeyAction, SubTask
from clap_sim.world.scene import Item, SceneModel, Zone

_NAME = "toilet"
_ZONE = Zone(x_m=(0.645, 0.705), y_m=(-0.10, 0.10), yaw_rad=(-0.35, 0.35), reach_m=(0.0, 1.0))
_SEATS = ("wood", "black", "azure", "gray", "teal")

_UP_RAD = float(np.radians(75.0))
"""The seat counts as up from here on."""

_TILT_RAD = float(np.radians(30.0))
_EDGE_M = 0.0089
"""The upper edge of the fingertips is so far from the TCP along the tool's z and x."""

_BEFORE_M = 0.03
_BELOW_M = 0.012
_UNDER_M = 0.012
"""How deep the fingertips go under the lip."""

_LIFT = ((20.0, 0.225, "lift the lip"), (50.0, 0.205, "lift the seat half way"),
         (92.0, 0.165, "push the seat up against the tank"))  # fmt: skip
"""Angles of the seat [deg], and where the fingertips then touch its underside, from the hinge [m].

The fingers first go up with the lip: sliding inwards below its edge they would jam."""


@dataclass(frozen=True)
class ToiletSeatUp(Task):
    """The seat has to be lifted; its colour differs."""

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            "lift toilet seat up",
            "put the toilet seat up",
            "raise the seat of the toilet",
            "lift the toilet seat until it leans against the tank",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        toilet = Toilet(str(rng.choice(_SEATS)))
        return SceneModel("", "", "", (Item(toilet, _ZONE, _NAME),))

    def success(self, truth: Truth) -> bool:
        return truth.joint(f"{_NAME}_seat") > _UP_RAD

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        reach = SubTask(
            Action.APPROACH, "reach under the lip of the seat", object="toilet seat", part="lip"
        )
        lift = SubTask(Action.OPEN, "lift the toilet seat up", object="toilet seat", part="lip")
        return (Stage(reach, _lip, _reach), Stage(lift, _lip, _lift))


def _lip(truth: Truth) -> Point:
    return truth.site(f"{_NAME}_lip")[:3, 3]


def _reach(truth: Truth) -> Iterator[KeyAction]:
    length = truth.model(_NAME, Toilet).seat_length_m
    yield shutting(go(_touching(truth, -length - _BEFORE_M, -_BELOW_M), "before the seat's lip"))
    yield slide(_touching(truth, _UNDER_M - length, -_BELOW_M), "under the seat's lip", speed=0.5)


def _lift(truth: Truth) -> Iterator[KeyAction]:
    for angle_deg, reach_m, text in _LIFT:
        angle = np.radians(angle_deg)
        touch = _touching(truth, -reach_m * np.cos(angle), reach_m * np.sin(angle))
        yield slide(touch, text, speed=0.4)


def _touching(truth: Truth, along_m: float, above_m: float) -> Transform:
    """Pose of the TCP at which the upper edge of the fingertips is at a place.

    Args:
        truth: the state.
        along_m, above_m: the place, along the toilet's x and up, seen from the seat's hinge.
    """
    toilet = truth.pose(_NAME)
    back, left, up = toilet[:3, 0], toilet[:3, 1], toilet[:3, 2]
    hinge = toilet[:3, :3] @ truth.model(_NAME, Toilet).hinge_m + toilet[:3, 3]
    forward = np.cos(_TILT_RAD) * back - np.sin(_TILT_RAD) * up
    pose = tool(hinge + along_m * back + above_m * up, forward, -left)
    pose[:3, 3] -= _EDGE_M * (pose[:3, 2] + pose[:3, 0])
    return pose


VARIATIONS = {0: ToiletSeatUp()}
