"""Pick up the cup of the named colour; another cup stands by."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from clap_bench.gembench.colours import others
from clap_bench.gembench.objects.cups import Cup
from clap_bench.gembench.skills import lift, pick
from clap_bench.suite.moves import Transform
from clap_bench.suite.task import Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.geometry import tool_down
from clap_sim.world.scene import Item, SceneModel, Zone
from clap_sim.world.tableware import Mug

GAP_M = 0.075
"""Between cups: room for the finger that goes down outside the wall."""

ZONE = Zone(x_m=(0.40, 0.62), y_m=(-0.28, 0.28))

_LIFTED_M = 0.10
_LIFT_M = 0.16
_RIM_M = 0.010
"""How far below the rim the wall is taken."""

_HANDLE_RAD = np.pi / 3.0
"""The wall is not taken closer to a handle than this."""

_PLACES = 12
"""Around the rim, from which the most comfortable is chosen."""


@dataclass(frozen=True)
class PickUpCup(Task):
    """Attributes:
    colour: of the cup to pick up.
    """

    colour: str

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            f"pick up the {self.colour} cup",
            f"grasp the {self.colour} cup and lift it",
            f"take the cup that is {self.colour} off the table",
            f"raise the {self.colour} cup",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        # Both cups have a handle, or both have none: only the colour tells them apart.
        kind = Mug if rng.random() < 0.5 else Cup
        colours = (self.colour, *others(rng, 1, self.colour))
        items = tuple(Item(kind(colour), ZONE, cup_name(colour)) for colour in colours)
        return SceneModel("", "", "", items, gap_m=GAP_M)

    def success(self, truth: Truth) -> bool:
        name = cup_name(self.colour)
        risen = truth.position(name)[2] - truth.start(name)[2]
        return truth.held(name) and bool(risen > _LIFTED_M)

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        return (pick_cup(self.colour), lift(f"{self.colour} cup", _LIFT_M))

    def wrong(self, truth: Truth) -> Task:
        mistaken = next(name for name in truth.world.objects if name != cup_name(self.colour))
        return replace(self, colour=mistaken.removesuffix("_cup"))


def cup_name(colour: str) -> str:
    """Name of the cup of a colour."""
    return f"{colour}_cup"


def pick_cup(colour: str) -> Stage:
    """Grasp the cup of a colour by its wall, one finger inside."""
    name = cup_name(colour)
    return pick(name, f"{colour} cup", lambda truth: _wall_grasp(truth, name))


def _wall_grasp(truth: Truth, name: str) -> Transform:
    """The most comfortable grasp over the wall, away from a handle."""
    cup = truth.world.objects[name].model
    assert isinstance(cup, Cup | Mug)
    pose = truth.pose(name)
    towards = float(np.arctan2(pose[1, 3], pose[0, 3]))
    facing = float(np.arctan2(pose[1, 0], pose[0, 0]))
    best, least = np.eye(4), np.inf
    for place in np.arange(_PLACES) * 2.0 * np.pi / _PLACES:
        if isinstance(cup, Mug) and abs(_wrapped(place)) < _HANDLE_RAD:
            continue
        outwards = facing + place
        # The fingers open along the tool's y axis: from the middle of the cup outwards.
        twist = _wrapped(outwards + 0.5 * np.pi - towards, np.pi)
        if abs(twist) < least:
            radius = cup.radius_m - 0.5 * cup.wall_m
            direction = np.array([np.cos(outwards), np.sin(outwards), 0.0])
            wall = pose[:3, 3] + radius * direction
            wall[2] += cup.height_m - _RIM_M
            best, least = tool_down(wall, towards + twist), abs(twist)
    return best


def _wrapped(angle_rad: float, period_rad: float = 2.0 * np.pi) -> float:
    """The same angle within half a period of zero."""
    return float((angle_rad + 0.5 * period_rad) % period_rad - 0.5 * period_rad)


VARIATIONS = {
    8: PickUpCup("magenta"),
    9: PickUpCup("silver"),
    10: PickUpCup("gray"),
    11: PickUpCup("orange"),
    12: PickUpCup("olive"),
    13: PickUpCup("purple"),
}
