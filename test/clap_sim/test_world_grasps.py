"""Objects are held by friction alone, drawers and buttons work: the physics the stack stands on."""

from __future__ import annotations

import numpy as np
import pytest
from scripted_hand import ScriptedHand

from clap_core.geometry.transforms import tool_down
from clap_sim.scenes import scene
from clap_sim.world import World
from clap_sim.world.fixtures import Button, Drawer
from clap_sim.world.objects import ObjectModel
from clap_sim.world.scene import Item, SceneModel, Zone
from clap_sim.world.tableware import Bowl, Mug
from clap_sim.world.toys import Block, Can

MUG, BOWL, BLOCK, CAN = Mug("red"), Bowl("blue"), Block("yellow"), Can("green")
GRASPS = {
    # name: object, [3] TCP in its frame; the fingers close along the object's y axis.
    "mug by the handle": (
        MUG,
        (MUG.radius_m + MUG.handle_reach_m - 0.014, 0.0, MUG.handle_z_m[1] - 0.012),
    ),
    "mug by the rim": (MUG, (0.0, MUG.radius_m - 0.5 * MUG.wall_m, MUG.height_m - 0.012)),
    "bowl by the rim": (BOWL, (0.0, BOWL.radius_m - 0.5 * BOWL.wall_m, BOWL.height_m - 0.010)),
    "block": (BLOCK, (0.0, 0.0, 0.5 * BLOCK.side_m)),
    "can": (CAN, (0.0, 0.0, 0.075)),
}


def alone(model: ObjectModel, yaw_rad: float) -> tuple[World, str]:
    """A world with this object only, in the middle of the work area."""
    place = Zone(x_m=(0.5, 0.5), y_m=(0.1, 0.1), yaw_rad=(yaw_rad, yaw_rad))
    world = World(SceneModel("one", "One object.", "", (Item(model, place),)))
    return world, next(iter(world.objects))


def lift(grasp: str, yaw_rad: float, force_n: float) -> tuple[float, float]:
    """Grasp, lift 10 cm, hold 2 s; returns height of the object and its slip in the hand [m]."""
    model, point = GRASPS[grasp]
    world, name = alone(model, yaw_rad)
    hand = ScriptedHand(world)
    target = (world.base_T_object(name) @ [*point, 1.0])[:3]
    # The same grasp half a turn on keeps the wrist within its limits.
    yaw = (yaw_rad + 0.5 * np.pi) % np.pi - 0.5 * np.pi
    hand.go(tool_down(target + np.array([0.0, 0.0, 0.12]), yaw), 1.5)
    hand.go(tool_down(target, yaw))
    hand.squeeze(force_n)
    hand.go(tool_down(target + np.array([0.0, 0.0, 0.10]), yaw))
    lifted = np.linalg.inv(world.base_T_tcp()) @ world.base_T_object(name)
    hand.wait(2.0)
    held = np.linalg.inv(world.base_T_tcp()) @ world.base_T_object(name)
    slip = float(np.linalg.norm(held[:3, 3] - lifted[:3, 3]))
    return float(world.base_T_object(name)[2, 3]), slip


@pytest.mark.parametrize("yaw_rad", [-2.5, -0.3, 1.2])
@pytest.mark.parametrize("grasp", GRASPS)
def test_holds_by_friction(grasp: str, yaw_rad: float) -> None:
    height, slip = lift(grasp, yaw_rad, force_n=20.0)
    assert height > 0.095
    assert slip < 1e-3


@pytest.mark.parametrize("force_n", [10.0, 60.0])
def test_holds_the_mug_with_other_forces(force_n: float) -> None:
    height, slip = lift("mug by the handle", 0.5, force_n)
    assert height > 0.095
    assert slip < 1e-3


def test_without_force_nothing_is_lifted() -> None:
    height, _ = lift("mug by the handle", 0.5, force_n=0.2)
    assert height < 0.02


def test_drawer_opens_by_its_handle() -> None:
    world = World(scene("drawer"), seed=2)
    model = world.objects["blue_drawer"].model
    assert isinstance(model, Drawer)
    cabinet = world.base_T_object("blue_drawer")
    bar = [-0.5 * model.depth_m - model.handle_standoff_m, 0.0, model.handle_z_m, 1.0]
    target = (cabinet @ bar)[:3]
    forward = cabinet[:3, 0]
    # The fingers close along the drawer's way.
    yaw = float(np.arctan2(forward[1], forward[0])) - 0.5 * np.pi
    hand = ScriptedHand(world)
    hand.go(tool_down(target + np.array([0.0, 0.0, 0.12]), yaw), 1.5)
    hand.go(tool_down(target, yaw))
    hand.squeeze(20.0)
    hand.go(tool_down(target - 0.10 * forward, yaw), 1.5)
    assert world.data.joint("blue_drawer_slide").qpos[0] > model.opened_m


def test_button_goes_down_and_comes_back() -> None:
    world, name = alone(Button("red"), 0.0)
    model = world.objects[name].model
    assert isinstance(model, Button)
    slide = world.data.joint(f"{name}_slide")
    hand = ScriptedHand(world)
    hand.squeeze(10.0)
    assert slide.qpos[0] < 0.001
    top = world.base_T_object(name)[:3, 3] + [0.0, 0.0, model.height_m]
    # The finger tips end 9 mm below the TCP.
    hand.go(tool_down(top + np.array([0.0, 0.0, 0.06]), 0.0), 1.5)
    hand.go(tool_down(top + np.array([0.0, 0.0, 0.009 - 0.009]), 0.0))
    assert slide.qpos[0] > model.pressed_m
    hand.go(tool_down(top + np.array([0.0, 0.0, 0.06]), 0.0))
    assert slide.qpos[0] < 0.001
