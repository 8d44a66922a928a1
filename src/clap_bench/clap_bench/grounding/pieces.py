"""Pieces of furniture on a table, and the plans that could be begun with each as it stands.

Plans are those of the suite's experts, so words and keypoints follow the same conventions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import mujoco
import numpy as np

from clap_bench.gembench.objects.box import Box
from clap_bench.gembench.objects.door import Door
from clap_bench.gembench.objects.fridge import Fridge
from clap_bench.gembench.objects.laptop import Laptop
from clap_bench.gembench.objects.microwave import Microwave
from clap_bench.gembench.objects.thing import Thing
from clap_bench.gembench.swings import pull_open, push_shut, push_shut_from_above
from clap_bench.gembench.tasks import (
    close_box,
    close_door,
    close_drawer,
    close_fridge,
    close_laptop_lid,
    close_microwave,
    open_box,
    open_door,
    open_drawer,
    open_laptop_lid,
)
from clap_bench.grounding import furniture
from clap_bench.suite.task import Stage
from clap_bench.suite.truth import Truth
from clap_sim.world import World
from clap_sim.world.scene import Zone

Rng = np.random.Generator
Plan = Sequence[Stage]

STANDS = Zone(x_m=(0.70, 0.84), y_m=(-0.20, 0.20), yaw_rad=(-0.5, 0.5), reach_m=(0.0, 1.1))
"""Where furniture stands: behind what lies on the table."""
_NEARER = Zone(x_m=(0.42, 0.62), y_m=(-0.18, 0.18), yaw_rad=(-0.6, 0.6))
_ASIDE = Zone(x_m=(0.44, 0.62), y_m=(-0.18, 0.18), yaw_rad=(-2.2, 2.2))

_ALL_SHUT_SHARE = 0.35
_SHUT_SHARE = 0.4
"""Of furniture: all of it is shut; of the parts of the rest: they are."""
_SHUT_RAD = np.radians(5.0)
"""Up to here there is nothing to push shut, and the handle is where it was made."""
_WIDE_RAD = np.radians(30.0)
_SHUT_M = 0.015
_OUT_M = 0.03
_ROOM_M = 0.07
"""A drawer takes something in from here on."""
_STEEP_RAD = np.radians(70.0)
"""A lid is closed from behind from here on."""


@dataclass(frozen=True)
class Piece:
    """A piece of furniture.

    Attributes:
        name: of its body.
        model: what it is.
        zone: where it may stand.
        plans: what could be done with it, as things are.
        insides: what something could be put into, as things are: words and site.
    """

    name: str
    model: Thing
    zone: Zone
    plans: Callable[[Truth], list[Plan]]
    insides: Callable[[Truth], dict[str, str]] = field(default=lambda truth: {})

    def prepare(self, world: World, rng: Rng) -> None:
        """Set its doors, drawers and lids: each shut, or anywhere."""
        model = world.model
        all_shut = rng.random() < _ALL_SHUT_SHARE
        body = model.body(self.name).id
        for joint in range(model.njnt):
            if model.body_rootid[model.jnt_bodyid[joint]] != body:
                continue
            if model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_FREE or model.jnt_stiffness[joint]:
                continue  # handles spring back by themselves
            low, high = model.jnt_range[joint]
            shut = all_shut or rng.random() < _SHUT_SHARE
            world.data.qpos[model.jnt_qposadr[joint]] = low if shut else rng.uniform(low, high)


def chest(rng: Rng) -> Piece:
    """Drawers to take by the handle, or to push in."""
    model = furniture.chest(rng)

    def plans(truth: Truth) -> list[Plan]:
        found: list[Plan] = []
        for level in range(model.levels):
            out_m = truth.joint(open_drawer.joint_name(level))
            if out_m < _SHUT_M:
                found.append(open_drawer.open_stages(model, level))
            elif out_m > _OUT_M:
                found.append((close_drawer.close_stage(model, level),))
        return found

    def insides(truth: Truth) -> dict[str, str]:
        joints = [open_drawer.joint_name(level) for level in range(model.levels)]
        return {
            f"{word} drawer": f"{joint}_floor"
            for word, joint in zip(model.words, joints, strict=True)
            if truth.joint(joint) > _ROOM_M
        }

    return Piece(open_drawer.NAME, model, STANDS, plans, insides)


def fridge(rng: Rng) -> Piece:
    """A door, and perhaps that of a freezer."""
    model = furniture.fridge(rng)
    doors = {close_fridge.DOOR: "fridge door"}
    if model.freezer_m:
        doors[f"{close_fridge.FRIDGE}_freezer"] = "freezer door"
    return Piece(close_fridge.FRIDGE, model, STANDS, lambda truth: _swings(truth, model, doors))


def microwave(rng: Rng) -> Piece:
    """A door beside a panel."""
    model = furniture.microwave(rng)
    doors = {close_microwave.DOOR: "microwave door"}
    return Piece(
        close_microwave.MICROWAVE, model, STANDS, lambda truth: _swings(truth, model, doors)
    )


def _swings(truth: Truth, model: Fridge | Microwave, doors: dict[str, str]) -> list[Plan]:
    found: list[Plan] = []
    for joint, words in doors.items():
        angle = truth.joint(joint)
        if angle < _SHUT_RAD:
            found.append(pull_open(joint, words, _WIDE_RAD))
        elif angle > _WIDE_RAD:
            # The experts push where the hand gets at the door: see `push_shut`.
            push = push_shut if model.hinge == "left" else push_shut_from_above
            found.append((push(joint, words),))
    return found


def door(rng: Rng) -> Piece:
    """A house door: its handle, or its face."""
    model: Door = furniture.door(rng)

    def plans(truth: Truth) -> list[Plan]:
        angle = truth.joint(open_door.DOOR)
        if angle < _SHUT_RAD:
            return [open_door.OpenDoor(model).stages(truth)]
        if angle > _WIDE_RAD and not model.away:
            return [close_door.CloseDoor(model).stages(truth)]
        return []

    return Piece(open_door.NAME, model, STANDS, plans)


def box(rng: Rng) -> Piece:
    """A lid to take by its handle, or to pull over."""
    model: Box = furniture.box(rng)

    def plans(truth: Truth) -> list[Plan]:
        angle = open_box.lid_angle(truth)
        if angle < _SHUT_RAD:
            return [open_box.OpenBox().stages(truth)]
        if angle > _STEEP_RAD:
            return [close_box.CloseBox().stages(truth)]
        return []

    return Piece(open_box.BOX, model, _ASIDE, plans)


def laptop(rng: Rng) -> Piece:
    """A lid to lift by its edge, or to push over."""
    model: Laptop = furniture.laptop(rng)

    def plans(truth: Truth) -> list[Plan]:
        angle = truth.joint(close_laptop_lid.LID)
        if angle < _SHUT_RAD:
            return [open_laptop_lid.OpenLaptopLid(model).stages(truth)]
        if angle > _STEEP_RAD:
            return [close_laptop_lid.CloseLaptopLid(model).stages(truth)]
        return []

    return Piece(close_laptop_lid.LAPTOP, model, _NEARER, plans)


PIECES = (chest, chest, fridge, microwave, door, box, laptop)
"""Drawers twice: there are the most to tell apart."""
