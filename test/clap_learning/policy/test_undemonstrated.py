"""Grasps that nobody demonstrated, and which demonstrated ones would not do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from policy_things import GRASP, HAND_HOME, bracket, foot, jar, policy_of, seen, shown, taking

from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import rotation_distance, tool_down
from clap_core.task_types import (
    Action,
    GripperCommand,
    HeldObject,
    KeyAction,
    Motion,
    Relation,
    SubTask,
)
from clap_learning.policy.clearance import is_promising
from clap_learning.policy.feeling import FEELS_FOR_M
from clap_learning.policy.from_above import grasps_from_above
from clap_learning.policy.setting_down import ways_down
from clap_learning.thing import thing_at

AT = (0.5, 0.1)
ALIEN = SubTask(Action.GRASP, "grasp the alien", "alien")


def box(
    at_m: tuple[float, float], size_m: tuple[float, float, float], yaw_rad: float
) -> NDArray[np.float64]:
    """[N, 3] a point every 5 mm of a box's sides and top."""
    half_x, half_y, height = size_m[0] / 2, size_m[1] / 2, size_m[2]
    grid = np.stack(
        np.meshgrid(
            np.linspace(-half_x, half_x, round(size_m[0] / 0.005) + 1),
            np.linspace(-half_y, half_y, round(size_m[1] / 0.005) + 1),
            np.linspace(0.01, height, round(height / 0.005)),
        ),
        axis=-1,
    ).reshape(-1, 3)
    edge = (np.abs(grid[:, 0]) > half_x - 1e-6) | (np.abs(grid[:, 1]) > half_y - 1e-6)
    shell = grid[edge | (grid[:, 2] > height - 1e-6)]
    c, s = np.cos(yaw_rad), np.sin(yaw_rad)
    return np.asarray(shell @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]]) + (*at_m, 0.0))


def grasp_of(way: tuple[KeyAction, ...]) -> NDArray[np.float64]:
    return way[-1].base_T_tcp


@pytest.mark.parametrize("yaw", [0.0, 0.4, 1.2])
def test_a_box_is_taken_across_its_narrow_side(yaw: float) -> None:
    points = box(AT, (0.12, 0.04, 0.06), yaw)
    grasp = grasp_of(next(grasps_from_above(foot(AT), points, "")))
    off = min(rotation_distance(grasp, tool_down((*AT, 0), yaw + half)) for half in (0.0, np.pi))
    assert off < np.radians(6.0)
    np.testing.assert_allclose(grasp[:2, 3], AT, atol=0.005)
    # Under the top, and the fingers' ends not on the table.
    assert 0.012 < grasp[2, 3] < 0.045


def test_what_is_too_wide_is_not_taken() -> None:
    assert not list(grasps_from_above(foot(AT), box(AT, (0.12, 0.1, 0.06), 0.3), ""))


def test_where_nothing_stands_nothing_is_taken() -> None:
    far = box((0.3, -0.2), (0.04, 0.04, 0.04), 0.0)
    assert not list(grasps_from_above(foot(AT), far, ""))
    assert not list(grasps_from_above(foot(AT), np.zeros((0, 3)), ""))


def test_fingers_keep_off_the_neighbour() -> None:
    thing = box(AT, (0.04, 0.04, 0.05), 0.0)
    wall = box((AT[0], AT[1] + 0.05), (0.2, 0.02, 0.05), 0.0)
    around = np.concatenate([thing, wall])
    free = [grasp_of(way) for way in grasps_from_above(foot(AT), thing, "")]
    beside = [grasp_of(way) for way in grasps_from_above(foot(AT), around, "")]
    assert any(abs(grasp[1, 1]) > 0.9 for grasp in free)
    assert beside and not any(abs(grasp[1, 1]) > 0.9 for grasp in beside)


def test_the_hand_itself_keeps_off_what_is_high() -> None:
    thing = box(AT, (0.04, 0.04, 0.05), 0.0)
    low, high = (box((AT[0], AT[1] + 0.085), (0.2, 0.02, height), 0.0) for height in (0.05, 0.13))
    way = taking(tool_down((*AT, 0.025)))
    assert is_promising(way, foot(AT), np.concatenate([thing, low]))
    assert not is_promising(way, foot(AT), np.concatenate([thing, high]))


def test_the_thing_ends_where_there_is_a_gap() -> None:
    thing, other = box(AT, (0.04, 0.04, 0.04), 0.0), box((0.5, 0.16), (0.04, 0.04, 0.04), 0.0)
    meant = thing_at(foot(AT), np.concatenate([thing, other]))
    assert len(meant) == len(thing)


@pytest.mark.parametrize(
    ("offset", "promising"),
    [
        ((0.0, 0.0, 0.0), True),
        ((0.0, 0.04, 0.0), False),  # a finger comes down on it
        ((0.0, 0.0, 0.08), False),  # over it
        ((0.06, 0.0, 0.0), False),  # beside it
    ],
)
def test_a_grasp_must_come_around_what_is_meant(
    offset: tuple[float, float, float], promising: bool
) -> None:
    points = box(AT, (0.04, 0.04, 0.045), 0.0)
    way = taking(tool_down(np.array([*AT, 0.022]) + offset))
    assert is_promising(way, foot(AT), points) is promising


def test_what_the_fingers_would_close_on_is_the_thing_itself() -> None:
    thing, other = box(AT, (0.04, 0.04, 0.045), 0.0), box((0.6, 0.1), (0.04, 0.04, 0.045), 0.0)
    way = taking(tool_down((0.6, 0.1, 0.022)))
    assert not is_promising(way, foot(AT), np.concatenate([thing, other]))


def test_ways_without_a_grasp_are_promising() -> None:
    points = box(AT, (0.04, 0.04, 0.045), 0.0)
    assert is_promising((KeyAction(tool_down((*AT, 0.02))),), foot(AT), points)


def test_a_thing_unlike_all_that_was_shown_is_taken_from_above(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, shown(jar(AT), foot(AT), taking(tool_down((*AT, 0.08), 0.2))))
    chunk = policy.act(seen(box(AT, (0.14, 0.03, 0.03), 0.5), foot(AT), ALIEN))
    assert abs(grasp_of(chunk.actions)[:3, 1] @ (-np.sin(0.5), np.cos(0.5), 0.0)) > 0.99
    assert chunk.held is not None and chunk.held.name == "alien"


def test_another_attempt_is_another_grasp(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, shown(jar(AT), foot(AT), taking(tool_down((*AT, 0.08), 0.2))))
    points = box(AT, (0.14, 0.03, 0.03), 0.5)
    first, second = (
        grasp_of(policy.act(seen(points, foot(AT), ALIEN, attempt=attempt)).actions)
        for attempt in (0, 1)
    )
    assert not np.allclose(first, second, atol=0.003)


def test_what_fits_no_grasp_is_still_refused(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, shown(jar(AT), foot(AT), taking(tool_down((*AT, 0.08), 0.2))))
    with pytest.raises(ClapError, match="nothing that was demonstrated resembles") as caught:
        policy.act(seen(box(AT, (0.14, 0.14, 0.02), 0.5), foot(AT), ALIEN))
    assert caught.value.code is ErrorCode.IMPOSSIBLE


def test_a_demonstrated_grasp_that_would_strike_comes_last(tmp_path: Path) -> None:
    # Shown beside the bar: where fingers come down on it.
    wrong = tool_down((AT[0] + 0.04, AT[1] + 0.055, 0.03))
    policy = policy_of(tmp_path, shown(bracket(AT, 0.0), foot(AT), taking(wrong), GRASP))
    chunk = policy.act(seen(bracket(AT, 0.0, 3), foot(AT)))
    assert not np.allclose(grasp_of(chunk.actions)[:3, 3], wrong[:3, 3], atol=0.01)
    assert np.allclose(chunk.actions[-1].base_T_tcp[2, :3], HAND_HOME[2, :3], atol=1e-6)


def test_what_is_held_is_set_down_beside_something_though_nobody_showed_it(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, shown(jar(AT), foot(AT), taking(tool_down((*AT, 0.08), 0.2))))
    asked = SubTask(Action.MOVE, "put it beside the jar", "box", "", Relation.NEXT_TO, "jar")
    held = HeldObject("box", tcp_above_bottom_m=0.04, radius_m=0.0,
                      tcp_to_center_m=np.array([0.01, 0.0, 0.0]), tcp_yaw_rad=0.0)  # fmt: skip
    place = foot((0.45, -0.1))
    lifted, above, down = policy.act(seen(jar(AT), place, asked, held)).actions
    assert lifted.motion is Motion.LINEAR and lifted.base_T_tcp[2, 3] >= HAND_HOME[2, 3]
    assert above.base_T_tcp[2, 3] == pytest.approx(0.14, abs=0.001)
    assert down.motion is Motion.GUARDED
    assert down.base_T_tcp[2, 3] == pytest.approx(0.04 - FEELS_FOR_M, abs=0.001)
    to_foot = np.linalg.norm(down.base_T_tcp[:2, 3] - place[:2])
    assert to_foot == pytest.approx(0.01, abs=0.001)
    assert [action.gripper for action in (lifted, above, down)] == [GripperCommand.KEEP] * 3


def test_a_place_out_of_reach_as_the_hand_is_is_reached_with_it_turned() -> None:
    ways = list(ways_down(HAND_HOME, np.array([0.0, 0.0, 0.05]), foot(AT), ""))
    assert np.allclose(ways[0][-1].base_T_tcp[:3, :3], HAND_HOME[:3, :3])
    assert len(ways) > 4
    for way in ways:
        assert np.allclose(way[-1].base_T_tcp[:3, 2], HAND_HOME[:3, 2])
        assert np.allclose(way[-1].base_T_tcp[:2, 3], AT)
