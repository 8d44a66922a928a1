"""Open a shoe box, and take both shoes out of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from clap_bench.gembench.colours import others
from clap_bench.gembench.objects.box import ShoeBox
from clap_bench.gembench.objects.shoe import Shoe
from clap_bench.gembench.skills import carry, comfortable_yaw, lift, pick, release
from clap_bench.gembench.tasks.open_box import BOX, leave_lid, swing_lid, take_lid
from clap_bench.suite.moves import Transform
from clap_bench.suite.task import Point, Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.geometry import invert, tool_down, tool_yaw
from clap_core.task_types import Relation
from clap_sim.world import World
from clap_sim.world.scene import Item, SceneModel, Zone

_SIDES = {"left": 1.0, "right": -1.0}
"""Shoe, and the side of the box on which it stands, along the box's y."""

_ASIDE_M = 0.052
"""From the box's middle to that of a shoe; leaves room for the open hand around it."""

_OUT_M = 0.235
"""From the box's middle to where a shoe is put on the table."""

_LIFT_M = 0.14
_LYING_M = 0.02
"""A shoe whose bottom is lower than this stands on the table, not on the box's rim or lid."""

_PARKED = Zone(x_m=(-0.3, -0.3), y_m=(-0.5, 0.5), reach_m=(0.0, 1.0))
"""Where a shoe is placed before `prepare` puts it into the box."""


@dataclass(frozen=True)
class TakeShoesOutOfBox(Task):
    """The lid is closed; a pair of shoes stands in the box, toes towards the hinge."""

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            "take shoes out of box",
            "take the shoes out of the box",
            "open the shoe box and put both shoes on the table",
            "unpack the pair of shoes",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        zone = Zone(x_m=(0.44, 0.50), y_m=(-0.06, 0.06), yaw_rad=(-0.25, 0.25))
        colour = others(rng, 1, "white", "black")[0]
        shoes = tuple(Item(Shoe(colour), _PARKED, _shoe(side)) for side in _SIDES)
        return SceneModel("", "", "", (Item(ShoeBox("wood"), zone, BOX), *shoes))

    def prepare(self, world: World, rng: np.random.Generator) -> None:
        base_T_box = world.base_T_object(BOX)
        floor = world.objects[BOX].model.floor_m
        for side, sign in _SIDES.items():
            place = np.array([0.0, sign * _ASIDE_M, floor, 1.0])
            yaw = float(np.arctan2(base_T_box[1, 0], base_T_box[0, 0]))
            yaw += float(rng.uniform(-0.05, 0.05))
            world.set_pose(_shoe(side), (base_T_box @ place)[:3], yaw)

    def success(self, truth: Truth) -> bool:
        return all(_unpacked(truth, _shoe(side)) for side in _SIDES)

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        shoes = (stage for side in _SIDES for stage in _take_out(side))
        return (take_lid(), swing_lid(), leave_lid(), *shoes)


def _take_out(side: str) -> tuple[Stage, ...]:
    name, words, phrase = _shoe(side), f"{side} shoe", f"on the table {side} of the box"

    def spot(truth: Truth) -> Point:
        return (truth.pose(BOX) @ [0.0, _SIDES[side] * _OUT_M, 0.0, 1.0])[:3]

    relation = Relation.LEFT_OF if side == "left" else Relation.RIGHT_OF
    return (
        pick(name, words, _grasp(name)),
        lift(words, _LIFT_M),
        carry(words, _put_down(name, spot), spot, relation, "box", phrase),
        release(words, phrase),
    )


def _grasp(name: str) -> Callable[[Truth], Transform]:
    """Across the heel."""

    def grasp(truth: Truth) -> Transform:
        pose = truth.pose(name)
        place = (pose @ [*truth.model(name, Shoe).grip_m, 1.0])[:3]
        return tool_down(place, comfortable_yaw(float(np.arctan2(pose[1, 0], pose[0, 0])), place))

    return grasp


def _put_down(name: str, spot: Callable[[Truth], Point]) -> Callable[[Truth], Transform]:
    """The shoe as it is, its bottom on the spot."""

    def place(truth: Truth) -> Transform:
        tcp = truth.base_T_tcp()
        held = (invert(tcp) @ truth.pose(name))[:3, 3]
        pose = tool_down(spot(truth), tool_yaw(tcp))
        pose[:3, 3] -= pose[:3, :3] @ held
        return pose

    return place


def _shoe(side: str) -> str:
    return f"{side}_shoe"


def _unpacked(truth: Truth, shoe: str) -> bool:
    """Whether a shoe stands on the table beside the box, let go."""
    out = not truth.touching(shoe, BOX) and truth.position(shoe)[2] < _LYING_M
    box_T_shoe = invert(truth.pose(BOX)) @ truth.pose(shoe)
    inside = truth.model(BOX, ShoeBox).contains(box_T_shoe[:3, 3], 0.0)
    return out and not inside and truth.free(shoe) and truth.at_rest(shoe)


VARIATIONS = {0: TakeShoesOutOfBox()}
