"""Every verdict of the referee can be yes and can be no."""

from __future__ import annotations

from collections.abc import Callable

import mujoco
import numpy as np
import pytest
from scripted_hand import ScriptedHand

from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry.transforms import tool_down
from clap_sim.referee.referee import Referee
from clap_sim.scenes import scene
from clap_sim.world import World

PLATE = np.array([0.55, 0.0, 0.0])


@pytest.fixture
def tabletop() -> tuple[World, Referee]:
    """Plate in the middle, everything else out of its way."""
    world = World(scene("tabletop"))
    places = {
        "red_mug": [0.40, 0.35, 0.0],
        "blue_bowl": [0.40, -0.35, 0.0],
        "green_can": [0.60, 0.40, 0.0],
        "yellow_block": [0.60, -0.40, 0.0],
        "purple_block": [0.30, -0.20, 0.0],
    }
    world.set_pose("white_plate", PLATE, 0.0)
    for name, position in places.items():
        world.set_pose(name, np.array(position), 0.0)
    settle(world, 0.1)
    return world, Referee(world)


def settle(world: World, seconds: float = 0.5) -> None:
    for _ in range(round(1000 * seconds)):
        mujoco.mj_step(world.model, world.data)


def put(world: World, name: str, position: list[float]) -> None:
    world.set_pose(name, np.array(position), 0.0)
    settle(world)


def test_nothing_is_true_when_everything_is_left_in_place(
    tabletop: tuple[World, Referee],
) -> None:
    _, referee = tabletop
    for relation in ("next_to", "left_of", "right_of", "in_front_of", "behind", "on", "in"):
        assert not referee.check("red mug", relation, "plate").success, relation
    for relation in ("up", "pushed"):
        assert not referee.check("red mug", relation).success, relation


# The mug's radius is 40 mm, the plate's 100 mm: a gap of 50 mm is 190 mm between their axes.
@pytest.mark.parametrize(
    ("offset", "true", "false"),
    [
        ([0.0, 0.19], "left_of", "right_of"),
        ([0.0, -0.19], "right_of", "left_of"),
        ([-0.19, 0.0], "in_front_of", "behind"),
        ([0.19, 0.0], "behind", "in_front_of"),
    ],
)
def test_sides(tabletop: tuple[World, Referee], offset: list[float], true: str, false: str) -> None:
    world, referee = tabletop
    put(world, "red_mug", [PLATE[0] + offset[0], PLATE[1] + offset[1], 0.0])
    assert referee.check("red mug", true, "plate").success
    assert referee.check("red mug", "next_to", "plate").success
    verdict = referee.check("red mug", false, "plate")
    assert not verdict.success
    assert "180 deg" in verdict.reason


def test_next_to_fails_with_the_wrong_object_too_far_away_or_fallen_over(
    tabletop: tuple[World, Referee],
) -> None:
    world, referee = tabletop
    put(world, "yellow_block", [PLATE[0], 0.16, 0.0])
    assert referee.check("yellow block", "next_to", "plate").success
    assert not referee.check("red mug", "next_to", "plate").success
    put(world, "red_mug", [PLATE[0], 0.26, 0.0])
    assert "gap 120 mm" in referee.check("red mug", "next_to", "plate").reason
    put(world, "green_can", [PLATE[0], -0.19, 0.0])
    assert referee.check("can", "next_to", "plate").success
    start = world.model.jnt_qposadr[world.model.body("green_can").jntadr[0]]
    world.data.qpos[start + 2] = 0.03
    world.data.qpos[start + 3 : start + 7] = [np.sqrt(0.5), 0.0, np.sqrt(0.5), 0.0]
    settle(world)
    assert "tilted by 90 deg" in referee.check("can", "next_to", "plate").reason


def test_next_to_fails_in_the_air_and_on_the_plate(tabletop: tuple[World, Referee]) -> None:
    world, referee = tabletop
    world.set_pose("red_mug", np.array([PLATE[0], 0.19, 0.10]), 0.0)
    mujoco.mj_forward(world.model, world.data)
    assert not referee.check("red mug", "next_to", "plate").success
    put(world, "red_mug", [PLATE[0], 0.0, 0.008])
    assert not referee.check("red mug", "next_to", "plate").success


def test_on(tabletop: tuple[World, Referee]) -> None:
    world, referee = tabletop
    put(world, "red_mug", [PLATE[0], 0.01, 0.008])
    assert referee.check("red mug", "on", "plate").success
    # Dropped beside it, hovering over it, and the other way round.
    put(world, "red_mug", [PLATE[0], 0.16, 0.0])
    assert not referee.check("red mug", "on", "plate").success
    world.set_pose("red_mug", np.array([PLATE[0], 0.0, 0.05]), 0.0)
    mujoco.mj_forward(world.model, world.data)
    assert not referee.check("red mug", "on", "plate").success
    assert not referee.check("plate", "on", "red mug").success


def test_stacked_blocks(tabletop: tuple[World, Referee]) -> None:
    world, referee = tabletop
    put(world, "yellow_block", [0.30, -0.20, 0.046])
    assert referee.check("yellow block", "on", "purple block").success
    assert not referee.check("purple block", "on", "yellow block").success
    # It is high above where it stood and off the table, but not in the hand.
    assert referee.check("yellow block", "up").reason == "not between the fingers"


def test_in_the_bowl(tabletop: tuple[World, Referee]) -> None:
    world, referee = tabletop
    put(world, "yellow_block", [0.40, -0.35, 0.02])
    assert referee.check("yellow block", "in", "bowl").success
    assert not referee.check("purple block", "in", "bowl").success
    put(world, "yellow_block", [0.40, -0.22, 0.0])
    assert not referee.check("yellow block", "in", "bowl").success
    assert not referee.check("plate", "in", "yellow block").success


def test_up_needs_the_hand(tabletop: tuple[World, Referee]) -> None:
    world, referee = tabletop
    hand = ScriptedHand(world)
    place = world.base_T_object("yellow_block")[:3, 3] + [0.0, 0.0, 0.022]
    hand.go(tool_down(place + np.array([0.0, 0.0, 0.1])), 1.5)
    hand.go(tool_down(place))
    hand.squeeze(20.0)
    assert "above where it stood" in referee.check("yellow block", "up").reason
    hand.go(tool_down(place + np.array([0.0, 0.0, 0.1])))
    assert referee.check("yellow block", "up").success
    assert not referee.check("purple block", "up").success
    hand.squeeze(-20.0)
    hand.wait(0.5)
    dropped = referee.check("yellow block", "up")
    assert not dropped.success
    # It is back where it was, but was lifted: that is no push.
    assert "was lifted" in referee.check("yellow block", "pushed").reason


def test_pushed(tabletop: tuple[World, Referee]) -> None:
    world, referee = tabletop
    put(world, "red_mug", [0.42, 0.35, 0.0])
    assert "moved 20 mm" in referee.check("red mug", "pushed").reason
    put(world, "red_mug", [0.44, 0.30, 0.0])
    assert referee.check("red mug", "pushed").success
    assert referee.check("red mug", "towards", "plate").success
    assert not referee.check("red mug", "towards", "can").success
    referee.restart()
    assert not referee.check("red mug", "pushed").success


def test_a_press_is_remembered_until_restart() -> None:
    world = World(scene("buttons"))
    referee = Referee(world)
    world.data.joint("red_button_slide").qpos[0] = 0.008
    mujoco.mj_forward(world.model, world.data)
    referee.observe()
    settle(world)
    assert world.data.joint("red_button_slide").qpos[0] < 0.001
    assert referee.check("red button", "pressed").success
    assert not referee.check("green button", "pressed").success
    referee.restart()
    assert not referee.check("red button", "pressed").success


def test_a_light_touch_is_no_press() -> None:
    world = World(scene("buttons"))
    referee = Referee(world)
    world.data.joint("red_button_slide").qpos[0] = 0.004
    referee.observe()
    assert "4.0 mm" in referee.check("red button", "pressed").reason


def test_drawer_opened_closed_and_filled() -> None:
    world = World(scene("drawer"), seed=1)
    referee = Referee(world)

    def slide(way_m: float) -> None:
        world.data.joint("blue_drawer_slide").qpos[0] = way_m
        mujoco.mj_forward(world.model, world.data)

    assert referee.check("drawer", "closed").success
    assert not referee.check("drawer", "opened").success
    slide(0.04)
    assert not referee.check("drawer", "closed").success
    assert not referee.check("drawer", "opened").success
    slide(0.12)
    assert referee.check("drawer", "opened").success
    local = np.array([-0.13, 0.0, 0.03, 1.0])
    put(world, "yellow_block", list((world.base_T_object("blue_drawer") @ local)[:3]))
    assert referee.check("yellow block", "in", "drawer").success
    assert not referee.check("red mug", "in", "drawer").success
    local = np.array([0.0, 0.0, 0.125, 1.0])
    put(world, "yellow_block", list((world.base_T_object("blue_drawer") @ local)[:3]))
    assert not referee.check("yellow block", "in", "drawer").success


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda r: r.check("red mug", "next_to", "table lamp"), ErrorCode.OBJECT_NOT_FOUND),
        (lambda r: r.check("block", "next_to", "plate"), ErrorCode.AMBIGUOUS),
        (lambda r: r.check("red mug", "next_to"), ErrorCode.INVALID_REQUEST),
        (lambda r: r.check("red mug", "painted", "plate"), ErrorCode.INVALID_REQUEST),
    ],
)
def test_senseless_questions_are_errors(
    tabletop: tuple[World, Referee], ask: Callable[[Referee], object], code: ErrorCode
) -> None:
    with pytest.raises(ClapError) as caught:
        ask(tabletop[1])
    assert caught.value.code is code


def test_a_mug_is_no_button_and_no_drawer(tabletop: tuple[World, Referee]) -> None:
    for relation in ("pressed", "opened", "closed"):
        assert not tabletop[1].check("red mug", relation).success
