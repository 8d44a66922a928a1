"""Under which conditions an episode is played: as published, or as in a laboratory."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clap_bench.suite.task import Task
from clap_core.camera.measured import LAB_OFF_M, LAB_OFF_RAD, miscalibration
from clap_core.camera.stereo import DepthConfig
from clap_core.errors import ClapError, ErrorCode
from clap_sim.world.objects import COLOURS
from clap_sim.world.room import TABLE_PATTERNS, Appearance
from clap_sim.world.scene import Item, SceneModel, Zone
from clap_sim.world.tableware import Bowl, Plate

EXACT_DEPTH = DepthConfig(
    noise=False, quantization=False, grazing_holes=False, stereo_shadow=False, range_limits=False
)
"""GemBench's depth images are exact."""

_CLUTTER = (Plate, Bowl)
"""What stands about that no task of the suite names."""

_STRIPS_Y_M = ((0.40, 0.55), (-0.55, -0.40))
"""Beside what the tasks use; in view, and not in the way of their doors and drawers."""

_TABLE_SHADES, _TABLE_HUE = (0.18, 0.82), 0.15
_BRIGHTNESS, _AMBIENT = (0.22, 0.62), (0.22, 0.50)
"""Of tables and lights that are bolder than `Appearance.random`, 0..1."""

_STRIP_X_M = (0.30, 0.72)


@dataclass(frozen=True)
class Conditions:
    """What differs from one laboratory to another.

    Attributes:
        name: that selects them.
        depth: effects of the depth sensors.
        camera_off_m, camera_off_rad: how far each camera is from where its calibration says, in
            a direction of its own in each episode.
        clutter: things that stand about.
        bold_looks: whether table and light differ more than from one calm room to the next.
        reworded: whether the sentence is any of a task's wordings but the published one.
    """

    name: str
    depth: DepthConfig = EXACT_DEPTH
    camera_off_m: float = 0.0
    camera_off_rad: float = 0.0
    clutter: int = 0
    bold_looks: bool = False
    reworded: bool = False

    def instruction(self, task: Task, rng: np.random.Generator) -> str:
        """What the person says."""
        if not self.reworded:
            return task.instructions[0]
        return task.instructions[int(rng.integers(1, len(task.instructions)))]

    def appearance(self, rng: np.random.Generator) -> Appearance:
        """Of table and light."""
        calm = Appearance.random(rng)
        if not self.bold_looks:
            return calm
        shade = rng.uniform(*_TABLE_SHADES)
        red, green, blue = (shade + rng.uniform(-_TABLE_HUE, _TABLE_HUE, 3)).tolist()
        return replace(
            calm,
            pattern=str(rng.choice(TABLE_PATTERNS)),
            top_rgb=(red, green, blue),
            brightness=float(rng.uniform(*_BRIGHTNESS)),
            ambient=float(rng.uniform(*_AMBIENT)),
        )

    def cluttered(self, scene: SceneModel, rng: np.random.Generator) -> SceneModel:
        """The scene with what stands about."""
        items = []
        for number in range(self.clutter):
            model = _CLUTTER[int(rng.integers(len(_CLUTTER)))](str(rng.choice(list(COLOURS))))
            strip = _STRIPS_Y_M[int(rng.integers(len(_STRIPS_Y_M)))]
            zone = Zone(_STRIP_X_M, strip, reach_m=(0.0, np.inf))
            items.append(Item(model, zone, f"clutter_{number}"))
        return replace(scene, clutter=tuple(items))

    def miscalibration(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """[4, 4] from where a camera is to where its calibration has it, in the camera's frame."""
        return miscalibration(self.camera_off_m, self.camera_off_rad, rng)


GEMBENCH = Conditions("gembench")
LAB = Conditions(
    "lab",
    depth=DepthConfig(),
    camera_off_m=LAB_OFF_M,
    camera_off_rad=LAB_OFF_RAD,
    clutter=2,
    bold_looks=True,
    reworded=True,
)

CONDITIONS = {conditions.name: conditions for conditions in (GEMBENCH, LAB)}


def find_conditions(name: str) -> Conditions:
    """Conditions by their name.

    Raises:
        ClapError: INVALID_REQUEST if there are none of it.
    """
    if name not in CONDITIONS:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"there are no conditions '{name}'",
            f"Choose one of: {', '.join(CONDITIONS)}",
        )
    return CONDITIONS[name]
