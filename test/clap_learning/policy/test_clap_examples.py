"""Demonstrations as the learned policy sees them: from the keypoint, and changed alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from policy_things import bracket, foot, shown, taking

from clap_core.geometry import rotation_distance, tool_down, transform_points
from clap_core.task_types import Action, SubTask
from clap_learning.policy.clap.examples import (
    PolicyAugmentConfig,
    PolicyExample,
    _mirrored,
    _other_way_round,
    changed,
    example_of,
)
from clap_learning.policy.clap.manners import manner_of
from clap_learning.policy.clap.situation import carried_point, frame_of, situation
from clap_learning.policy.demonstration import Demonstration, SubTaskStart
from clap_learning.policy.frames import HALF_TURN, upright

AT = (0.5, 0.1)
EXACT = PolicyAugmentConfig(
    keypoint_m=(0.0, 0.0, 0.0),
    jitter_m=0.0,
    kept=1.0,
    colourless=0.0,
    wordless=0.0,
)


def demonstration(subtask: SubTask | None = None) -> Demonstration:
    actions = taking(tool_down((*AT, 0.04), yaw=0.3))
    one = shown(bracket(AT, 0.3), foot(AT), actions)
    return one if subtask is None else replace(one, subtask=subtask)


def marked(example: PolicyExample) -> PolicyExample:
    """Points at the corners of the hand where it ends, so that both must move alike."""
    corners = np.vstack([np.zeros(3), 0.05 * np.eye(3)])
    xyz = transform_points(example.poses[-1], corners).astype(np.float32)
    rgb = np.full((len(xyz), 3), 128, np.uint8)
    return replace(example, now=replace(example.now, xyz=xyz, rgb=rgb))


def test_the_robots_left_is_as_its_right() -> None:
    one = demonstration()
    turn = upright(np.zeros(3), 0.8)
    state = one.state
    around = SubTaskStart(
        transform_points(turn, state.keypoint_m), turn @ state.base_T_tcp, next_m=None
    )
    look = replace(one.look, xyz=transform_points(turn, one.look.xyz).astype(np.float32))
    here = situation(one.subtask, False, replace(state, top_m=0.0), one.look)
    there = situation(one.subtask, False, around, look)
    np.testing.assert_allclose(there.xyz, here.xyz, atol=1e-5)
    np.testing.assert_allclose(there.key_T_tcp, here.key_T_tcp, atol=1e-6)


def test_key_poses_come_back_from_the_keypoints_frame() -> None:
    one = demonstration()
    example = example_of(one)
    for pose, action in zip(example.poses, one.actions, strict=True):
        np.testing.assert_allclose(frame_of(one.state) @ pose, action.base_T_tcp, atol=1e-9)


def test_a_manner_gives_back_what_it_was_made_of() -> None:
    actions = demonstration().actions
    again = manner_of(actions).at([action.base_T_tcp for action in actions], "grasp")
    for one, other in zip(actions, again, strict=True):
        assert (one.motion, one.gripper, one.width_m) == (
            other.motion,
            other.gripper,
            other.width_m,
        )


@pytest.mark.parametrize("seed", range(5))
def test_what_is_seen_and_what_is_done_change_alike(seed: int) -> None:
    example = marked(example_of(demonstration()))
    config = EXACT.model_copy(update={"scale": 0.0, "mirrored": 0.0, "turned": 1.0})
    other = changed(example, config, np.random.default_rng(seed))
    assert np.linalg.norm(other.poses[-1] - example.poses[-1]) > 1e-3
    np.testing.assert_allclose(other.now.xyz, marked(other).now.xyz, atol=1e-5)


def test_a_keypoint_that_is_found_beside_shifts_all_that_is_seen_from_it() -> None:
    example = marked(example_of(demonstration()))
    config = EXACT.model_copy(
        update={"scale": 0.0, "mirrored": 0.0, "turn_rad": 0.0, "keypoint_m": (0.01, 0.01, 0.01)}
    )
    other = changed(example, config, np.random.default_rng(0))
    off_m = example.poses[0][:3, 3] - other.poses[0][:3, 3]
    assert np.linalg.norm(off_m) > 1e-3
    np.testing.assert_allclose(other.now.xyz, example.now.xyz - off_m, atol=1e-5)
    hand_m = example.now.key_T_tcp[:3, 3] - off_m
    np.testing.assert_allclose(other.now.key_T_tcp[:3, 3], hand_m, atol=1e-9)


def test_two_fingers_that_change_places_are_the_same_hand() -> None:
    one = demonstration()
    half = replace(one.state, base_T_tcp=one.state.base_T_tcp @ HALF_TURN)
    here = situation(one.subtask, False, one.state, one.look)
    there = situation(one.subtask, False, half, one.look)
    np.testing.assert_allclose(there.key_T_tcp, here.key_T_tcp, atol=1e-9)
    assert there.turned_round != here.turned_round


def test_a_mirror_image_of_a_mirror_image_is_the_same_and_its_hand_is_a_hand() -> None:
    example = example_of(demonstration())
    once = _mirrored(example)
    assert np.linalg.det(once.poses[0][:3, :3]) == pytest.approx(1.0)
    assert rotation_distance(once.poses[0], example.poses[0]) > 0.1
    np.testing.assert_allclose(_mirrored(once).poses, example.poses, atol=1e-9)


def test_what_is_screwed_in_has_no_mirror_image() -> None:
    assert example_of(demonstration()).mirrors
    assert not example_of(demonstration(SubTask(Action.TURN, "turn the bulb", "bulb"))).mirrors


def test_names_and_colours_are_hidden_now_and_then() -> None:
    example = example_of(demonstration())
    hidden = EXACT.model_copy(update={"wordless": 0.999, "colourless": 1.0})
    other = changed(example, hidden, np.random.default_rng(0))
    assert not any(other.now.query.texts) and any(example.now.query.texts)
    assert (other.now.rgb == 128).all()


def test_a_hand_that_is_turned_by_half_holds_the_same_at_the_same_place() -> None:
    example = example_of(demonstration())
    holding = replace(example, now=replace(example.now, tcp_p_held=np.array([0.01, 0.03, 0.07])))
    other = _other_way_round(holding)
    np.testing.assert_allclose(other.now.carried_m, holding.now.carried_m, atol=1e-12)
    for one, turned in zip(holding.poses, other.poses, strict=True):
        assert rotation_distance(one, turned) == pytest.approx(np.pi)
        feet = [carried_point(p, now.tcp_p_held)
                for p, now in ((one, holding.now), (turned, other.now))]  # fmt: skip
        np.testing.assert_allclose(feet[0], feet[1], atol=1e-12)
