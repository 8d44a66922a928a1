"""Open the lid of the laptop: a finger under its front edge, then up and back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from clap_bench.gembench.objects.laptop import Laptop
from clap_bench.gembench.tasks.close_laptop_lid import FINGER_M, LAPTOP, LID
from clap_bench.suite.moves import Transform, backed, go, shutting, slide, tool
from clap_bench.suite.task import Point, Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.task_types import Action, KeyAction, SubTask
from clap_sim.world.scene import Item, SceneModel, Zone

_ZONE = Zone(x_m=(0.58, 0.63), y_m=(-0.12, 0.12), yaw_rad=(-0.35, 0.35))
_OPEN_RAD = 1.0
_TILT_RAD = np.radians(45.0)
"""Of the fingers from the vertical, towards the hinge."""

_BACK_M = 0.05
_UNDER_M = 0.006
"""How deep the fingertips reach under the lid's edge, along the finger. Between two key poses
they reach up to 6 mm deeper; at 17 mm the edge would catch on the step above the finger's pad."""

_CLEAR_M = 0.003
"""Between finger and edge before it is lifted."""

_LIFTED_RAD = (0.45, 0.90)
_PUSHED_RAD = 1.25
_GRIP = 0.88
"""Where along the lid the fingertips push at the end, as a share of its length."""


@dataclass(frozen=True)
class OpenLaptopLid(Task):
    """Attributes:
    laptop: the laptop.
    """

    laptop: Laptop = field(default_factory=lambda: Laptop("silver"))

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            "open laptop lid",
            "open the laptop",
            "lift the lid of the laptop",
            "flip up the screen of the laptop",
            "raise the laptop's lid until it is open",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        return SceneModel("", "", "", (Item(self.laptop, _ZONE, LAPTOP),))

    def success(self, truth: Truth) -> bool:
        return truth.joint(LID) > _OPEN_RAD

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        approach = SubTask(
            Action.APPROACH, "move under the edge of the laptop lid", object="laptop lid"
        )
        lift = SubTask(Action.OPEN, "open the laptop lid", object="laptop lid")
        return (
            Stage(approach, self._edge, self._approach),
            Stage(lift, self._edge, self._lift),
        )

    def _edge(self, truth: Truth) -> Point:
        return truth.site(f"{LAPTOP}_edge")[:3, 3]

    def _approach(self, truth: Truth) -> Iterator[KeyAction]:
        under = self._carrying(truth, 0.0, _CLEAR_M)
        yield shutting(go(backed(under, _BACK_M), "in front of the laptop lid"))
        yield slide(under, "under the edge of the laptop lid", speed=0.5)

    def _lift(self, truth: Truth) -> Iterator[KeyAction]:
        for angle in _LIFTED_RAD:
            yield slide(self._carrying(truth, angle, 0.0), "lift the laptop lid", speed=0.5)
        inside = -0.5 * self.laptop.lid_m
        point = self.laptop.on_lid(_PUSHED_RAD, _GRIP * self.laptop.lid_length_m, inside)
        corner = FINGER_M * (_forward() + _upper())
        yield slide(_hand(truth, point - corner), "push the laptop lid back", speed=0.5)

    def _carrying(self, truth: Truth, angle_rad: float, clear_m: float) -> Transform:
        """The edge of the lid lies on the upper side of the fingers, or so far above it."""
        edge = self.laptop.on_lid(angle_rad, self.laptop.lid_length_m, -0.5 * self.laptop.lid_m)
        on_finger = FINGER_M * _upper() + (FINGER_M - _UNDER_M) * _forward()
        return _hand(truth, edge - on_finger - clear_m * _upper())


def _forward() -> Point:
    """[3] where the fingers point, in the laptop's frame."""
    return np.array([np.sin(_TILT_RAD), 0.0, -np.cos(_TILT_RAD)])


def _upper() -> Point:
    """[3] normal of the fingers' upper side, in the laptop's frame."""
    return np.array([np.cos(_TILT_RAD), 0.0, np.sin(_TILT_RAD)])


def _hand(truth: Truth, point: Point) -> Transform:
    base_T_laptop = truth.pose(LAPTOP)
    turn = base_T_laptop[:3, :3]
    return tool(turn @ point + base_T_laptop[:3, 3], turn @ _forward(), -turn[:, 1])


VARIATIONS = {0: OpenLaptopLid()}
