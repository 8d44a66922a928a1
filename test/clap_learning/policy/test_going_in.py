"""A hand that puts something on a shelf from the side goes only as far in as it fits."""

from __future__ import annotations

import numpy as np
import pytest

from clap_core.geometry import tool_down
from clap_core.task_types import Action, GripperCommand, KeyAction, Motion, Relation, SubTask
from clap_learning.policy.going_in import as_far_as_it_fits, goes_in
from clap_learning.policy.letting_go import WIDE_OPEN_M, letting_go, letting_go_narrowly

TILT_RAD = np.radians(30.0)


def hand_at(x_m: float, z_m: float = 0.05) -> np.ndarray:
    """A hand that looks down and away from the robot."""
    pose = np.eye(4)
    ahead = np.array([np.sin(TILT_RAD), 0.0, -np.cos(TILT_RAD)])
    pose[:3, :3] = np.stack([np.cross([0.0, -1.0, 0.0], ahead), [0.0, -1.0, 0.0], ahead], axis=1)
    pose[:3, 3] = [x_m, 0.0, z_m]
    return pose


def shelf_above(edge_x_m: float) -> np.ndarray:
    """The next shelf, 20 cm over the table, from its edge on."""
    x, y = np.meshgrid(np.arange(edge_x_m, edge_x_m + 0.2, 0.005), np.arange(-0.15, 0.15, 0.005))
    return np.stack([x.ravel(), y.ravel(), np.full(x.size, 0.2)], axis=1)


def to(x_m: float) -> tuple[KeyAction, ...]:
    return (KeyAction(hand_at(0.58, 0.08), Motion.JOINT), KeyAction(hand_at(x_m), Motion.LINEAR))


def test_it_stays_where_it_fits() -> None:
    actions = to(0.68)
    assert as_far_as_it_fits(actions, hand_at(0.4), shelf_above(0.70)) is actions


def test_it_stops_before_the_wrist_meets_the_next_shelf() -> None:
    actions = to(0.73)
    found = as_far_as_it_fits(actions, hand_at(0.4), shelf_above(0.70))
    assert found[0] is actions[0] and found[1].motion is Motion.LINEAR
    way = found[1].base_T_tcp[:3, 3] - actions[0].base_T_tcp[:3, 3]
    whole = actions[1].base_T_tcp[:3, 3] - actions[0].base_T_tcp[:3, 3]
    assert 0.01 < np.linalg.norm(whole) - np.linalg.norm(way) < 0.06
    np.testing.assert_allclose(np.cross(way, whole), 0.0, atol=1e-9)
    assert as_far_as_it_fits(found, hand_at(0.4), shelf_above(0.70)) is found


def test_where_nothing_nearer_is_free_it_is_left_as_it_was() -> None:
    actions = to(0.73)
    assert as_far_as_it_fits(actions, hand_at(0.4), shelf_above(0.55)) is actions


def test_a_way_from_above_is_left_as_it_was() -> None:
    down = (KeyAction(hand_at(0.7, 0.3)), KeyAction(hand_at(0.7, 0.05), Motion.LINEAR))
    assert as_far_as_it_fits(down, hand_at(0.4), shelf_above(0.6)) is down


@pytest.mark.parametrize(
    ("action", "relation", "expected"),
    [
        (Action.MOVE, Relation.IN, True),
        (Action.MOVE, Relation.ON, True),
        (Action.MOVE, Relation.NEXT_TO, False),
        (Action.GRASP, Relation.NONE, False),
    ],
)
def test_only_what_is_brought_onto_or_into_something_goes_in(
    action: Action, relation: Relation, expected: bool
) -> None:
    reference = "shelf" if relation is not Relation.NONE else ""
    assert goes_in(SubTask(action, "x", "cube", "", relation, reference)) is expected


def let_go(width_m: float | None) -> float:
    (opens, _) = letting_go_narrowly(letting_go(tool_down((0.5, 0.0, 0.1))), width_m)
    assert opens.gripper is GripperCommand.OPEN
    return opens.width_m


def test_inside_of_something_the_fingers_open_only_as_far_as_they_must() -> None:
    assert let_go(0.03) == pytest.approx(0.05)
    assert let_go(0.075) == WIDE_OPEN_M
    assert let_go(None) == WIDE_OPEN_M
