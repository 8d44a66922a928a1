"""Close the jar of the named colour with the one lid; an open jar of another colour stands by."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from clap_bench.gembench.colours import others
from clap_bench.gembench.objects.jar import Jar, Lid, lid_thread
from clap_bench.gembench.skills import carry, pick, release, turn_clockwise
from clap_bench.gembench.thread import turned_in
from clap_bench.suite.moves import Transform, raised
from clap_bench.suite.task import Point, Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.geometry import invert, tool_down
from clap_core.task_types import Relation
from clap_sim.world.scene import Item, SceneModel, Zone

_LID = "lid"
_JARS = Zone(x_m=(0.40, 0.62), y_m=(-0.30, 0.30), reach_m=(0.40, 0.66))
_TABLE = Zone(x_m=(0.36, 0.60), y_m=(-0.28, 0.28), reach_m=(0.38, 0.62))
_GAP_M = 0.10
"""Between lid and jars: the hand reaches 0.1 m beyond the lid to either side."""

_GRASP_M = 0.013
"""Height over the lid's bottom at which the pads take it."""

_PRESS_M = 0.001
_START_RAD = np.radians(70.0)
"""Yaw of the hand before turning; 0 looks away from the robot."""

_OVERTURN_RAD = np.radians(6.0)
_CLOSED_RAD = np.radians(90.0)
"""The lid counts as screwed on from here; it is tight at 130 degrees."""


@dataclass(frozen=True)
class CloseJar(Task):
    """Attributes:
    colour: of the jar to close.
    """

    colour: str

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            f"close the {self.colour} jar",
            f"screw the lid onto the {self.colour} jar",
            f"put the lid on the {self.colour} jar and turn it tight",
            f"shut the {self.colour} jar with the gray lid",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        colours = (self.colour, *others(rng, 1, self.colour, "gray"))
        jars = tuple(Item(Jar(colour), _JARS, f"{colour}_jar") for colour in colours)
        threads = tuple(lid_thread(_LID, jar.name) for jar in jars)
        items = (*jars, Item(Lid("gray"), _TABLE, _LID))
        return SceneModel("", "", "", items, gap_m=_GAP_M, mechanisms=threads)

    def success(self, truth: Truth) -> bool:
        turned = turned_in(truth, _LID, self._jar)
        return turned > _CLOSED_RAD and truth.free(_LID) and truth.at_rest(_LID)

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        thread = lid_thread(_LID, self._jar)
        phrase = f"onto the {self.colour} jar"
        return (
            pick(_LID, "lid", _grasp),
            carry("lid", self._set_on, self._neck, Relation.ON, f"{self.colour} jar", phrase),
            turn_clockwise("lid", thread.end_rad + _OVERTURN_RAD, thread.depth_m),
            release("lid", phrase),
        )

    def wrong(self, truth: Truth) -> Task:
        jars = (name for name in truth.world.objects if name.endswith("_jar"))
        mistaken = next(name for name in jars if name != self._jar)
        return replace(self, colour=mistaken.removesuffix("_jar"))

    @property
    def _jar(self) -> str:
        return f"{self.colour}_jar"

    def _neck(self, truth: Truth) -> Point:
        return truth.site(f"{self._jar}_thread")[:3, 3]

    def _set_on(self, truth: Truth) -> Transform:
        """The lid straight on the neck, pressed a little, the wrist ready to turn clockwise."""
        tcp_T_lid = invert(truth.base_T_tcp()) @ truth.pose(_LID)
        neck = self._neck(truth)
        pose = tool_down(neck, _towards(neck) + _START_RAD)
        pose[:3, 3] -= pose[:3, :3] @ tcp_T_lid[:3, 3]
        pose[2, 3] -= _PRESS_M
        return pose


def _grasp(truth: Truth) -> Transform:
    lid = truth.position(_LID)
    return raised(tool_down(lid, _towards(lid)), _GRASP_M)


def _towards(place: Point) -> float:
    """Yaw that looks away from the robot."""
    return float(np.arctan2(place[1], place[0]))


VARIATIONS = {
    3: CloseJar("green"),
    4: CloseJar("blue"),
    15: CloseJar("azure"),
    16: CloseJar("violet"),
}
