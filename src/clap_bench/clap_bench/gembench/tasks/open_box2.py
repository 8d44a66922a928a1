"""Open a treasure chest: a vaulted steel lid with a knob, its hinge on the left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clap_bench.gembench.objects.box import MetalChest
from clap_bench.gembench.tasks.open_box import OpenBox, box_scene
from clap_sim.world.scene import SceneModel, Zone

_TO_THE_LEFT_RAD = 0.5 * np.pi
_YAW_RAD = (_TO_THE_LEFT_RAD - 0.4, _TO_THE_LEFT_RAD + 0.4)


@dataclass(frozen=True)
class OpenBox2(OpenBox):
    """Another box than `OpenBox`: smaller, round, of steel, opening to the side."""

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            "open box",
            "open the metal box",
            "open the treasure chest",
            "swing the lid of the chest open",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        zone = Zone(x_m=(0.44, 0.56), y_m=(-0.12, 0.12), yaw_rad=_YAW_RAD)
        return box_scene(MetalChest("blue"), zone)


VARIATIONS = {0: OpenBox2()}
