"""Doors and drawers by their geometry alone, on made-up clouds."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from clap_core.point_cloud import PointCloud
from clap_core.task_types import Action, GripperCommand, Motion, Relation, SubTask
from clap_learning.policy.articulation.doors import (
    Swing,
    has_upright_bar,
    opening_swing,
    pull,
    take_bar,
)
from clap_learning.policy.articulation.leaf import WITHIN_M, face_behind, leaf_at
from clap_learning.policy.articulation.lids import lid_at, lifts, reach_under
from clap_learning.policy.articulation.operating import known_ways

Points = NDArray[np.float64]

FRONT_X, WIDTH, DEPTH, HIGH = 0.60, 0.24, 0.18, 0.40
STEP = 0.006
HAND = np.diag([1.0, -1.0, -1.0, 1.0])
HAND[:3, 3] = (0.3, 0.0, 0.6)


def patch(corner: tuple[float, ...], one: tuple[float, ...], other: tuple[float, ...]) -> Points:
    """Points of a parallelogram between a corner and two sides."""
    corner_m, a, b = (np.array(values) for values in (corner, one, other))
    u = np.linspace(0.0, 1.0, max(2, round(np.linalg.norm(a) / STEP)))
    v = np.linspace(0.0, 1.0, max(2, round(np.linalg.norm(b) / STEP)))
    grid = np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2)
    return np.asarray(corner_m + grid @ np.array([a, b]))


def table() -> Points:
    return patch((0.2, -0.5, 0.0), (0.7, 0.0, 0.0), (0.0, 1.0, 0.0))


def shell(left: float = 0.5 * WIDTH) -> Points:
    """Sides and top of a cabinet whose front is at `FRONT_X`, its left side at y = left."""
    x, y = FRONT_X, left - WIDTH
    return np.concatenate([
        patch((x, y, 0.01), (DEPTH, 0.0, 0.0), (0.0, 0.0, HIGH)),
        patch((x, left, 0.01), (DEPTH, 0.0, 0.0), (0.0, 0.0, HIGH)),
        patch((x, y, HIGH), (DEPTH, 0.0, 0.0), (0.0, WIDTH, 0.0)),
    ])  # fmt: skip


def front() -> Points:
    return patch((FRONT_X, -0.5 * WIDTH, 0.01), (0.0, WIDTH, 0.0), (0.0, 0.0, HIGH))


def bar(y: float, z: float, *, upright: bool, length: float = 0.10) -> Points:
    """Four centimetres before the front."""
    along = (0.0, 0.0, length) if upright else (0.0, length, 0.0)
    across = (0.0, 0.012, 0.0) if upright else (0.0, 0.0, 0.012)
    corner = np.array([FRONT_X - 0.04, y, z]) - 0.5 * np.array(along) - 0.5 * np.array(across)
    return patch(tuple(corner), along, across)


def cloud(*parts: Points) -> PointCloud:
    xyz = np.concatenate([table(), *parts]).astype(np.float32)
    return PointCloud(xyz, np.full((len(xyz), 3), 128, np.uint8))


def around(scene: PointCloud, keypoint: Points) -> Points:
    local = scene.xyz.astype(np.float64) - keypoint
    return local[(np.linalg.norm(local, axis=1) < WITHIN_M) & (scene.xyz[:, 2] > 0.005)]


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_a_closed_front_hangs_at_the_end_that_is_farther_from_its_handle(side: float) -> None:
    keypoint = np.array([FRONT_X - 0.04, -side * 0.09, 0.2])
    scene = cloud(shell(), front(), bar(keypoint[1], 0.2, upright=True))
    leaf = face_behind(around(scene, keypoint), keypoint)
    assert leaf is not None
    assert leaf.outward == pytest.approx((-1.0, 0.0), abs=0.02)
    swing = opening_swing(leaf)
    assert swing.hinge_m == pytest.approx((FRONT_X + 0.01, side * (0.5 * WIDTH - 0.01)), abs=0.01)
    moved = swing.carried(take_bar(leaf, keypoint)[-1].base_T_tcp, np.radians(40.0))
    assert moved[0, 3] < keypoint[0] - 0.08  # towards the robot
    assert np.linalg.norm(moved[:2, 3] - swing.hinge_m) == pytest.approx(
        np.linalg.norm(keypoint[:2] - swing.hinge_m)
    )


def test_only_an_upright_bar_is_one() -> None:
    keypoint = np.array([FRONT_X - 0.04, -0.08, 0.2])
    for upright in (True, False):
        around_m = around(cloud(shell(), front(), bar(-0.08, 0.2, upright=upright)), keypoint)
        leaf = face_behind(around_m, keypoint)
        assert leaf is not None and has_upright_bar(around_m, leaf, keypoint) is upright


def test_a_pull_keeps_the_hands_direction_and_ends_at_its_angle() -> None:
    swing = Swing(np.array([0.6, 0.1]), -1.0)
    start = HAND.copy()
    start[:3, 3] = (0.56, -0.09, 0.2)
    poses = [action.base_T_tcp for action in pull(swing, start, np.radians(60.0))]
    assert all(np.allclose(pose[:3, :3], start[:3, :3]) for pose in poses)
    before, after = start[:2, 3] - swing.hinge_m, poses[-1][:2, 3] - swing.hinge_m
    cosine = before @ after / (np.linalg.norm(before) * np.linalg.norm(after))
    assert np.degrees(np.arccos(cosine)) == pytest.approx(60.0)


@pytest.mark.parametrize("angle_deg", [45.0, 65.0])
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_an_open_leaf_is_pushed_back_to_its_front(angle_deg: float, side: float) -> None:
    angle = np.radians(angle_deg)
    hinge = np.array([FRONT_X, side * 0.5 * WIDTH])
    arm = WIDTH * np.array([-np.sin(angle), -side * np.cos(angle)])
    leaf = patch((*hinge, 0.01), (*arm, 0.0), (0.0, 0.0, HIGH - 0.02))
    keypoint = np.array([*(hinge + 0.6 * arm), HIGH - 0.03])
    scene = cloud(shell(), leaf)
    closing = SubTask(Action.CLOSE, "push the fridge door shut", "fridge door")
    (way,) = known_ways(closing, keypoint, scene, HAND)
    pushed = [action for action in way if action.motion in (Motion.LINEAR, Motion.GUARDED)]
    assert way[0].gripper is GripperCommand.OPEN and way[0].width_m == 0.0
    last = next(action for action in way if action.motion is Motion.GUARDED)
    assert last.base_T_tcp[0, 3] == pytest.approx(FRONT_X, abs=0.06)
    assert pushed[0].base_T_tcp[0, 3] < keypoint[0]  # from outside


def test_an_ajar_leaf_is_pushed_away_from_its_front() -> None:
    angle = np.radians(45.0)
    hinge = np.array([FRONT_X, 0.5 * WIDTH])
    arm = WIDTH * np.array([-np.sin(angle), -np.cos(angle)])
    leaf = patch((*hinge, 0.01), (*arm, 0.0), (0.0, 0.0, HIGH - 0.02))
    keypoint = np.array([*(hinge + 0.8 * arm), HIGH - 0.03])
    wider = SubTask(Action.PUSH, "push the oven door wide open", "oven door")
    first = next(known_ways(wider, keypoint, cloud(shell(), leaf), HAND))
    ends = [action.base_T_tcp[:2, 3] for action in first if action.text == "push it open"]
    assert ends[-1][0] < ends[0][0] and ends[-1][1] > ends[0][1]


def test_a_drawer_is_pushed_in_along_its_front() -> None:
    keypoint = np.array([FRONT_X - 0.04, 0.0, 0.2])
    scene = cloud(shell(), front(), bar(0.0, 0.2, upright=False))
    closing = SubTask(Action.CLOSE, "close the top drawer", "top drawer", "handle")
    (way,) = known_ways(closing, keypoint, scene, HAND)
    assert [action.motion for action in way] == [Motion.JOINT, Motion.LINEAR, Motion.GUARDED]
    into = way[2].base_T_tcp[:3, 3] - way[1].base_T_tcp[:3, 3]
    assert into / np.linalg.norm(into) == pytest.approx((1.0, 0.0, 0.0), abs=0.03)


@pytest.mark.parametrize("turned_deg", [0.0, 20.0])
def test_what_goes_into_a_drawer_is_lowered_before_the_fronts_above(turned_deg: float) -> None:
    c, s = np.cos(np.radians(turned_deg)), np.sin(np.radians(turned_deg))
    turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    middle = np.array([FRONT_X, 0.0, 0.0])
    scene = cloud((np.concatenate([shell(), front()]) - middle) @ turn.T + middle)
    place = turn @ np.array([-0.08, 0.05, 0.10]) + middle
    foot = np.array([0.01, 0.0, 0.03])
    put = SubTask(Action.MOVE, "...", "block", "", Relation.IN, "top drawer")
    (way,) = known_ways(put, place, scene, HAND, foot)
    pose = way[-1].base_T_tcp
    assert pose[:3, 2] == pytest.approx((0.0, 0.0, -1.0))
    assert abs(pose[:3, 1] @ turn[:, 1]) == pytest.approx(1.0, abs=0.02)  # along the front
    put_down = pose[:3, :3] @ foot + pose[:3, 3]
    assert put_down[:2] == pytest.approx(place[:2], abs=1e-6)
    assert 0.0 < put_down[2] - place[2] < 0.07
    assert way[0].base_T_tcp[2, 3] == pytest.approx(pose[2, 3] + 0.10)


def test_the_hand_keeps_clear_of_the_fronts_above_a_place_deep_in_the_drawer() -> None:
    place = np.array([FRONT_X - 0.02, 0.05, 0.10])
    put = SubTask(Action.MOVE, "...", "block", "", Relation.IN, "top drawer")
    (way,) = known_ways(put, place, cloud(shell(), front()), HAND, np.array([0.0, 0.0, 0.03]))
    assert way[-1].base_T_tcp[:2, 3] == pytest.approx((FRONT_X - 0.075, 0.05), abs=0.005)


def test_what_is_not_in_the_hand_is_not_lowered_into_a_drawer() -> None:
    put = SubTask(Action.MOVE, "...", "block", "", Relation.IN, "top drawer")
    place = np.array([FRONT_X - 0.06, 0.0, 0.1])
    assert list(known_ways(put, place, cloud(shell(), front()), HAND)) == []


@pytest.mark.parametrize(
    "subtask",
    [
        SubTask(Action.CLOSE, "close the laptop lid", "laptop lid"),
        SubTask(Action.GRASP, "grasp the box's handle", "box", "handle"),
        SubTask(Action.GRASP, "grasp the mug", "mug"),
        SubTask(Action.OPEN, "open the top drawer", "top drawer", "handle"),
        SubTask(Action.TURN, "turn the door's handle", "door", "handle"),
        SubTask(Action.PUSH, "push the door onto the pad", "door", "", reference="pad"),
    ],
)
def test_everything_else_is_not_its_business(subtask: SubTask) -> None:
    keypoint = np.array([FRONT_X - 0.04, -0.08, 0.2])
    scene = cloud(shell(), front(), bar(-0.08, 0.2, upright=True))
    assert list(known_ways(subtask, keypoint, scene, HAND)) == []


def test_nothing_is_done_where_nothing_stands() -> None:
    keypoint = np.array([0.5, 0.0, 0.2])
    assert face_behind(around(cloud(), keypoint), keypoint) is None
    assert leaf_at(around(cloud(), keypoint), keypoint) is None
    closing = SubTask(Action.CLOSE, "push the door shut", "door")
    assert list(known_ways(closing, keypoint, cloud(), HAND)) == []


def lying(length: float, turned_deg: float) -> tuple[Points, Points, Points]:
    """A flat lid 3 cm over the table: its points, the middle of its front edge, and inwards."""
    c, s = np.cos(np.radians(turned_deg)), np.sin(np.radians(turned_deg))
    inward, across = np.array([c, s, 0.0]), np.array([-s, c, 0.0])
    edge = np.array([0.45, 0.05, 0.03])
    points = patch(tuple(edge - 0.14 * across), tuple(length * inward), tuple(0.28 * across))
    return points, edge, inward


@pytest.mark.parametrize("turned_deg", [-25.0, 0.0, 30.0])
def test_a_lid_that_lies_is_lifted_about_its_far_edge(turned_deg: float) -> None:
    points, edge, inward = lying(0.20, turned_deg)
    lid = lid_at(around(cloud(points), edge), edge)
    assert lid is not None
    assert lid.inward == pytest.approx(inward, abs=0.04)
    assert lid.length_m == pytest.approx(0.20, abs=0.01)
    under = reach_under(lid)[-1].base_T_tcp
    assert under[2, 3] < edge[2] and under[:3, 2] @ inward > 0.5
    tips = [action.base_T_tcp[:3, 3] for action in lifts(lid)[0]]
    away = [float(np.linalg.norm(tip - (edge + 0.20 * inward))) for tip in tips]
    assert max(away) < 0.23
    assert [tip[2] for tip in tips][:3] == sorted(tip[2] for tip in tips[:3])


def test_a_lid_that_stands_is_not_lifted() -> None:
    standing = patch((0.5, -0.14, 0.03), (0.04, 0.0, 0.19), (0.0, 0.28, 0.0))
    keypoint = np.array([0.54, 0.0, 0.22])
    for action in (Action.APPROACH, Action.OPEN):
        asked = SubTask(action, "...", "laptop lid")
        assert list(known_ways(asked, keypoint, cloud(standing), HAND)) == []


@pytest.mark.parametrize("turned_deg", [-25.0, 0.0, 80.0])
@pytest.mark.parametrize("vault_m", [0.0, 0.05])
def test_a_lid_that_is_held_swings_about_the_far_side_of_its_box(
    turned_deg: float, vault_m: float
) -> None:
    c, s = np.cos(np.radians(turned_deg)), np.sin(np.radians(turned_deg))
    inward, across = np.array([c, s, 0.0]), np.array([-s, c, 0.0])
    handle = np.array([0.45, 0.05, 0.10])
    front = handle + 0.02 * inward - 0.12 * across
    shut = patch(tuple(front), tuple(0.16 * inward), tuple(0.24 * across))
    shut[:, 2] += vault_m * np.sin(np.pi * (shut - front) @ inward / 0.16)
    far = front + 0.16 * inward
    walls = [patch(tuple(one), tuple(0.24 * across), (0.0, 0.0, -0.09)) for one in (front, far)]
    hand = HAND.copy()
    hand[:3, 3] = handle
    opening = SubTask(Action.OPEN, "...", "box", "lid")
    (way,) = known_ways(opening, handle, cloud(shut, *walls), hand, holds=True)
    hinge = handle + 0.18 * inward
    for action in way:
        arm = action.base_T_tcp[:3, 3] - hinge
        assert np.linalg.norm(arm) == pytest.approx(0.18, abs=0.015)
        assert arm @ across == pytest.approx(0.0, abs=0.015)
    assert way[-1].base_T_tcp[:3, 3] @ inward > hinge @ inward + 0.02
    assert not list(known_ways(opening, handle, cloud(), hand, holds=True))


def test_an_open_lid_is_pulled_over_its_box_from_behind() -> None:
    walls = patch((0.40, -0.10, 0.01), (0.0, 0.20, 0.0), (0.0, 0.0, 0.09))
    floor = patch((0.40, -0.10, 0.01), (0.15, 0.0, 0.0), (0.0, 0.20, 0.0))
    leaning = patch((0.55, -0.10, 0.10), (0.05, 0.0, 0.15), (0.0, 0.20, 0.0))
    keypoint = np.array([0.60, 0.0, 0.25])
    scene = cloud(walls, floor, leaning)
    (reach,) = known_ways(SubTask(Action.APPROACH, "...", "box", "lid"), keypoint, scene, HAND)
    (pulled,) = known_ways(SubTask(Action.CLOSE, "...", "box", "lid"), keypoint, scene, HAND)
    assert reach[-1].base_T_tcp[0, 3] > keypoint[0] + 0.02
    assert pulled[-1].base_T_tcp[0, 3] < keypoint[0] - 0.08
    assert pulled[-1].base_T_tcp[1, 3] == pytest.approx(0.0, abs=0.01)
    (pressed,) = known_ways(SubTask(Action.PRESS, "...", "box", "lid"), keypoint, scene, HAND)
    assert pressed[-1].motion is Motion.GUARDED
    assert pressed[-1].base_T_tcp[:3, 3] == pytest.approx(keypoint)


def test_a_bar_that_is_too_long_for_a_hand_is_hooked_and_pulled_straight_out() -> None:
    keypoint = np.array([FRONT_X - 0.04, 0.0, 0.2])
    grasp = SubTask(Action.GRASP, "grasp the handle", "top drawer", "handle")
    pull_it = SubTask(Action.OPEN, "open the top drawer", "top drawer", "handle")
    short = cloud(shell(), front(), bar(0.0, 0.2, upright=False, length=0.05))
    assert list(known_ways(grasp, keypoint, short, HAND)) == []
    scene = cloud(shell(), front(), bar(0.0, 0.2, upright=False, length=0.16))
    (hook,) = known_ways(grasp, keypoint, scene, HAND)
    assert all(action.gripper is not GripperCommand.GRASP for action in hook)
    hooked = hook[-1].base_T_tcp
    (pulled,) = known_ways(pull_it, keypoint, scene, hooked)
    out = pulled[-1].base_T_tcp[:3, 3] - hooked[:3, 3]
    assert out / np.linalg.norm(out) == pytest.approx((-1.0, 0.0, 0.0), abs=0.03)
    assert list(known_ways(pull_it, keypoint, scene, hooked, holds=True)) == []
    # Where along a bar the handle was found does not matter; whether it is another drawer's does.
    beside, below = keypoint + np.array([0.0, 0.1, 0.0]), keypoint - np.array([0.0, 0.0, 0.1])
    (same,) = known_ways(pull_it, beside, scene, hooked)
    np.testing.assert_allclose(same[-1].base_T_tcp, pulled[-1].base_T_tcp)
    assert list(known_ways(pull_it, below, scene, hooked)) == []
