"""End-effector actions of the analytic policy."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from synthetic_table import Table

from clap_baseline.keypoint import GeometricKeypointFinder
from clap_baseline.policy import AnalyticPolicy
from clap_core.backends import POLICIES, Observation, Scene, create
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import tool_down, tool_yaw
from clap_core.task_types import (
    UNKNOWN_OBJECT,
    Action,
    ActionChunk,
    GripperCommand,
    HeldObject,
    Keypoint,
    Motion,
    Relation,
    SubTask,
)

HOME = tool_down([0.31, 0.0, 0.49])
MUG, HANDLE_ANGLE = np.array([0.42, 0.15]), 1.0
HANDLE = MUG + 0.072 * np.array([np.cos(HANDLE_ANGLE), np.sin(HANDLE_ANGLE)])
PLATE = np.array([0.60, -0.15])
LOWEST_TCP_M = 0.009
HELD = HeldObject("red mug", 0.055, 0.041, np.array([*(MUG - HANDLE), -0.01]), HANDLE_ANGLE)


@cache
def table() -> Table:
    table = Table()
    table.mug("red", *MUG, HANDLE_ANGLE)
    table.plate("white", *PLATE)
    table.bowl("blue", 0.45, -0.32)
    table.block("green", 0.62, 0.14, 0.3)
    table.cylinder("orange", 0.38, 0.36, 0.03, 0.11)
    table.button("purple", 0.35, -0.10)
    return table


@cache
def scene(without_mug: bool = False) -> Scene:
    shown = Table(table().meshes[:1]) if without_mug else table()
    if without_mug:
        shown.meshes = [table().meshes[0], *table().meshes[3:]]
    return Scene(shown.cloud(), HOME, 0.08)


def act(
    subtask: SubTask, held: HeldObject | None = None, attempt: int = 0, seen: Scene | None = None
) -> ActionChunk:
    where = seen or scene(without_mug=held is not None)
    keypoint = GeometricKeypointFinder().find(subtask, where).require()
    chunk = AnalyticPolicy().act(Observation(subtask, keypoint, where, held, attempt))
    for action in chunk.actions:
        assert action.base_T_tcp[2, 3] > LOWEST_TCP_M
        np.testing.assert_allclose(np.linalg.det(action.base_T_tcp[:3, :3]), 1.0)
    return chunk


def grasp_of(chunk: ActionChunk) -> np.ndarray:
    return next(a.base_T_tcp for a in chunk.actions if a.gripper is GripperCommand.GRASP)


def turned(first: float, second: float) -> float:
    """Angle between two grasps; half a turn counts as no difference."""
    return abs((first - second + np.pi / 2) % np.pi - np.pi / 2)


def test_it_is_the_baseline_backend() -> None:
    assert isinstance(create(POLICIES, "baseline"), AnalyticPolicy)


def test_approach_opens_above_the_handle() -> None:
    chunk = act(SubTask(Action.APPROACH, "approach", "red mug"))
    (action,) = chunk.actions
    assert (action.motion, action.gripper) == (Motion.JOINT, GripperCommand.OPEN)
    np.testing.assert_allclose(action.base_T_tcp[:2, 3], HANDLE, atol=0.006)
    assert 0.13 < action.base_T_tcp[2, 3] < 0.2
    assert chunk.done and chunk.held is None


def test_a_mug_is_grasped_across_its_handle_and_lifted() -> None:
    chunk = act(SubTask(Action.GRASP, "grasp", "red mug"))
    pose = grasp_of(chunk)
    np.testing.assert_allclose(pose[:2, 3], HANDLE, atol=0.006)
    # The TCP's x axis points along the handle, so that the fingers close across it.
    assert turned(tool_yaw(pose), HANDLE_ANGLE) < 0.12
    assert chunk.actions[-1].base_T_tcp[2, 3] > pose[2, 3] + 0.08
    held = chunk.held
    assert held is not None and held.name == "red mug"
    np.testing.assert_allclose(pose[:2, 3] + held.tcp_to_center_m[:2], MUG, atol=0.004)
    assert held.tcp_above_bottom_m == pytest.approx(pose[2, 3], abs=0.002)
    assert held.radius_m == pytest.approx(0.04, abs=0.004)


def test_another_kind_of_grasp_follows_a_failure() -> None:
    pose = grasp_of(act(SubTask(Action.GRASP, "grasp", "red mug"), attempt=1))
    assert np.hypot(*(pose[:2, 3] - MUG)) == pytest.approx(0.038, abs=0.005)


@pytest.mark.parametrize(("phrase", "turn"), [("green block", 0.3), ("orange can", None)])
def test_solid_things_are_grasped_across(phrase: str, turn: float | None) -> None:
    pose = grasp_of(act(SubTask(Action.GRASP, "grasp", phrase)))
    if turn is not None:
        assert min(turned(tool_yaw(pose), turn + side) for side in (0, np.pi / 2)) < 0.1
    bearing = np.arctan2(pose[1, 3], pose[0, 3])
    assert abs(tool_yaw(pose) - bearing) < 1.9


def test_what_is_too_wide_and_flat_has_no_grasp() -> None:
    with pytest.raises(ClapError) as error:
        act(SubTask(Action.GRASP, "grasp", "plate"))
    assert error.value.code is ErrorCode.NO_GRASP
    assert "white plate" in error.value.message


def placed(relation: Relation, reference: str) -> tuple[np.ndarray, np.ndarray]:
    """([2] centre of the mug that is put down, [4, 4] TCP above it)."""
    chunk = act(SubTask(Action.MOVE, "move", "red mug", "", relation, reference), HELD)
    assert chunk.held == HELD
    pose = chunk.actions[-1].base_T_tcp
    turn = tool_yaw(pose) - HELD.tcp_yaw_rad
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return pose[:2, 3] + rotation @ HELD.tcp_to_center_m[:2], pose


def test_next_to_is_close_but_free() -> None:
    center, pose = placed(Relation.NEXT_TO, "plate")
    gap = np.hypot(*(center - PLATE)) - 0.10 - 0.041
    assert 0.015 < gap < 0.06
    others = [(0.45, -0.32, 0.075), (0.62, 0.14, 0.032), (0.38, 0.36, 0.03), (0.35, -0.10, 0.064)]
    for x, y, radius in others:
        assert np.hypot(*(center - [x, y])) > radius + 0.041
    assert pose[2, 3] > HELD.tcp_above_bottom_m + 0.04


@pytest.mark.parametrize(
    ("relation", "axis"),
    [
        (Relation.LEFT_OF, (0, 1)),
        (Relation.RIGHT_OF, (0, -1)),
        (Relation.IN_FRONT_OF, (-1, 0)),
        (Relation.BEHIND, (1, 0)),
    ],
)
def test_directions_are_the_robots(relation: Relation, axis: tuple[int, int]) -> None:
    reference = "green block" if relation is not Relation.BEHIND else "button"
    origin = [0.62, 0.14] if relation is not Relation.BEHIND else [0.35, -0.10]
    offset = placed(relation, reference)[0] - origin
    assert offset @ axis > 0.7 * np.hypot(*offset)


@pytest.mark.parametrize(("relation", "reference"), [(Relation.ON, "plate"), (Relation.IN, "bowl")])
def test_on_and_in_are_in_the_middle(relation: Relation, reference: str) -> None:
    center, _ = placed(relation, reference)
    middle = PLATE if reference == "plate" else [0.45, -0.32]
    np.testing.assert_allclose(center, middle, atol=0.004)


def test_release_lowers_opens_and_goes_up() -> None:
    above = tool_down([*(PLATE - HELD.tcp_to_center_m[:2]), 0.14], HELD.tcp_yaw_rad)
    over_plate = Scene(scene(without_mug=True).cloud, above, 0.012)
    chunk = act(SubTask(Action.RELEASE, "release", "red mug"), HELD, seen=over_plate)
    low, let_go, up = chunk.actions
    # 6 mm of plate, 4 mm of air.
    assert low.base_T_tcp[2, 3] == pytest.approx(HELD.tcp_above_bottom_m + 0.010, abs=0.004)
    assert let_go.gripper is GripperCommand.OPEN and let_go.width_m > 0.03
    assert up.base_T_tcp[2, 3] >= low.base_T_tcp[2, 3] + 0.1
    assert chunk.held is None


def test_what_was_never_measured_is_lowered_until_it_touches() -> None:
    high = tool_down([*PLATE, 0.30], 0.4)
    over_plate = Scene(scene(without_mug=True).cloud, high, 0.012)
    chunk = act(SubTask(Action.RELEASE, "open the hand"), UNKNOWN_OBJECT, seen=over_plate)
    low, let_go, up = chunk.actions
    assert low.motion is Motion.GUARDED
    assert low.base_T_tcp[2, 3] < LOWEST_TCP_M + 0.01
    assert (let_go.motion, let_go.gripper) == (Motion.NONE, GripperCommand.OPEN)
    assert let_go.width_m > 0.03
    # It may have touched anywhere on the way down.
    assert up.base_T_tcp[2, 3] >= high[2, 3]
    assert chunk.held is None


def test_a_lift_goes_straight_up() -> None:
    (action,) = act(SubTask(Action.MOVE, "lift", "red mug", "", Relation.UP), HELD).actions
    np.testing.assert_array_equal(action.base_T_tcp[:2, 3], HOME[:2, 3])


def test_a_push_starts_behind_and_ends_before_the_reference() -> None:
    subtask = SubTask(Action.PUSH, "push", "red mug", "", Relation.TOWARDS, "plate")
    _, start, end, _ = act(subtask).actions
    direction = (PLATE - MUG) / np.hypot(*(PLATE - MUG))
    assert (start.base_T_tcp[:2, 3] - MUG) @ direction < -0.05
    left = (PLATE - end.base_T_tcp[:2, 3]) @ direction
    assert left == pytest.approx(0.10 + 0.02 + 0.08 + 0.016, abs=0.02)


def test_a_press_is_guarded_and_ends_above() -> None:
    above, down, up = act(SubTask(Action.PRESS, "press", "purple button")).actions
    assert down.motion is Motion.GUARDED and above.width_m == 0.0
    np.testing.assert_allclose(down.base_T_tcp[:2, 3], [0.35, -0.10], atol=0.004)
    assert down.base_T_tcp[2, 3] < 0.045 + 0.009 < up.base_T_tcp[2, 3]


def test_what_the_hand_cannot_do_is_refused() -> None:
    for subtask, held in (
        (SubTask(Action.MOVE, "move", "mug", "", Relation.ON, "plate"), None),
        (SubTask(Action.GRASP, "grasp", "green block"), HELD),
        (SubTask(Action.PRESS, "press", "button"), HELD),
    ):
        keypoint = GeometricKeypointFinder().find(subtask, scene()).require()
        with pytest.raises(ClapError) as error:
            AnalyticPolicy().act(Observation(subtask, keypoint, scene(), held))
        assert error.value.code is ErrorCode.INVALID_REQUEST


def test_a_keypoint_in_the_air_has_nothing_to_grasp() -> None:
    subtask = SubTask(Action.GRASP, "grasp", "red mug")
    keypoint = Keypoint("red mug", np.array([0.45, 0.0, 0.3]))
    with pytest.raises(ClapError) as error:
        AnalyticPolicy().act(Observation(subtask, keypoint, scene()))
    assert error.value.code is ErrorCode.NO_GRASP


def test_a_keypoint_that_is_not_finite_is_refused() -> None:
    keypoint = Keypoint("red mug", np.array([np.nan, 0.0, 0.0]))
    with pytest.raises(ClapError) as error:
        AnalyticPolicy().act(Observation(SubTask(Action.GRASP, "grasp", "mug"), keypoint, scene()))
    assert error.value.code is ErrorCode.INVALID_REQUEST
