"""Close the lid of the laptop: push it over from behind, then down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from clap_bench.gembench.care import note_strikes, was_struck
from clap_bench.gembench.objects.laptop import Laptop
from clap_bench.gembench.skills import ABOVE_M
from clap_bench.suite.moves import Transform, go, raised, shutting, slide, tool
from clap_bench.suite.task import Point, Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.task_types import Action, KeyAction, SubTask
from clap_sim.world import World
from clap_sim.world.scene import Item, SceneModel, Zone

LAPTOP = "laptop"
LID = "laptop_lid"

FINGER_M = 0.009
"""From the TCP to the fingertips' end, and to their side along the tool's x axis."""

_ZONE = Zone(x_m=(0.42, 0.50), y_m=(-0.10, 0.10), yaw_rad=(-0.35, 0.35))
_CLOSED_RAD = 0.12
_PUSHED_RAD = (1.25, 0.55)
"""Where the pushing hand turns on its way around the hinge. It has to follow the lid: the edge
jams on a finger that it has to slide up along."""

_GRIP = 0.82
"""Where along the lid it is pushed, as a share of its length."""

_BEHIND_M = 0.035
_BELOW_EDGE_M = 0.025
_PRESS_M = 0.003


@dataclass(frozen=True)
class CloseLaptopLid(Task):
    """Attributes:
    laptop: the laptop.
    open_rad: range of the lid's angle at the start.
    """

    laptop: Laptop = field(default_factory=lambda: Laptop("silver"))
    open_rad: tuple[float, float] = (1.70, 2.00)

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            "close laptop lid",
            "shut the laptop",
            "close the lid of the laptop",
            "push the screen of the laptop down until it is closed",
            "fold the laptop shut",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        return SceneModel("", "", "", (Item(self.laptop, _ZONE, LAPTOP),))

    def prepare(self, world: World, rng: np.random.Generator) -> None:
        world.data.joint(LID).qpos[0] = rng.uniform(*self.open_rad)

    def watch(self, truth: Truth) -> None:
        note_strikes(truth, LID)

    def success(self, truth: Truth) -> bool:
        return truth.joint(LID) < _CLOSED_RAD and not was_struck(truth)

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        approach = SubTask(Action.APPROACH, "move behind the laptop lid", object="laptop lid")
        close = SubTask(Action.CLOSE, "close the laptop lid", object="laptop lid")
        return (
            Stage(approach, self._edge, self._approach),
            Stage(close, self._edge, self._close),
        )

    def _edge(self, truth: Truth) -> Point:
        return truth.site(f"{LAPTOP}_edge")[:3, 3]

    def _approach(self, truth: Truth) -> Iterator[KeyAction]:
        top = self.laptop.on_lid(truth.joint(LID), self.laptop.lid_length_m, 0.0)
        away = np.array([FINGER_M + _BEHIND_M, 0.0, -_BELOW_EDGE_M])
        behind = fingers_down(truth, top + away)
        yield shutting(go(raised(behind, ABOVE_M), "above and behind the laptop lid"))
        yield slide(behind, "down behind the laptop lid")

    def _close(self, truth: Truth) -> Iterator[KeyAction]:
        reach, back = _GRIP * self.laptop.lid_length_m, 0.5 * self.laptop.lid_m
        corner = np.array([FINGER_M, 0.0, FINGER_M])
        for angle in _PUSHED_RAD:
            pushed = self.laptop.on_lid(angle, reach, back) + corner
            yield slide(fingers_down(truth, pushed), "push the laptop lid over", speed=0.5)
        closed = self.laptop.on_lid(0.0, reach, back + FINGER_M - _PRESS_M)
        yield slide(fingers_down(truth, closed), "press the laptop lid down", speed=0.5)


def fingers_down(truth: Truth, point: Point) -> Transform:
    """A TCP pose at a point of the laptop's frame, closed fingers side by side along its hinge."""
    base_T_laptop = truth.pose(LAPTOP)
    position = base_T_laptop[:3, :3] @ point + base_T_laptop[:3, 3]
    return tool(position, (0.0, 0.0, -1.0), -base_T_laptop[:3, 1])


VARIATIONS = {0: CloseLaptopLid()}
