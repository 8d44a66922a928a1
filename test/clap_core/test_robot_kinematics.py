"""Inverse kinematics over the work area, and its honest failures."""

from __future__ import annotations

import numpy as np
import pytest

from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import make_transform, rotation_distance, tool_down
from clap_core.robot.kinematics import ArmKinematics, InverseFailure
from clap_core.robot.specification import ARMS, HOME, arm_specification

MARGIN_RAD = 0.05
HOME_JOINTS = np.array(HOME)


@pytest.fixture(scope="module")
def kinematics() -> ArmKinematics:
    return ArmKinematics(arm_specification("fr3"), joint_margin_rad=MARGIN_RAD)


def work_area() -> list[np.ndarray]:
    """Top-down poses within the reach that a Franka has when its tool points down."""
    return [
        tool_down((x, y, z), yaw)
        for x in np.arange(0.25, 0.76, 0.1)
        for y in np.arange(-0.45, 0.46, 0.15)
        for z in (0.02, 0.1, 0.3)
        for yaw in np.linspace(-np.pi / 2, np.pi / 2, 5)
        if 0.34 < np.hypot(x, y) < 0.74
    ]


def test_every_pose_of_the_work_area_is_solved(kinematics: ArmKinematics) -> None:
    poses = work_area()
    assert len(poses) > 300
    for pose in poses:
        joints = kinematics.inverse(pose, HOME_JOINTS)
        assert not isinstance(joints, InverseFailure), pose
        reached = kinematics.forward(joints)
        assert np.linalg.norm(reached[:3, 3] - pose[:3, 3]) < 1e-3
        assert rotation_distance(reached, pose) < 5e-3
        assert (joints >= np.asarray(kinematics.arm.position_min) + MARGIN_RAD - 1e-9).all()
        assert (joints <= np.asarray(kinematics.arm.position_max) - MARGIN_RAD + 1e-9).all()


def test_the_posture_depends_on_the_pose_and_not_on_the_history(
    kinematics: ArmKinematics,
) -> None:
    pose = tool_down((0.5, 0.2, 0.1), 0.4)
    elsewhere = kinematics.inverse(tool_down((0.4, -0.4, 0.3), -1.0), HOME_JOINTS)
    assert not isinstance(elsewhere, InverseFailure)
    from_home = kinematics.inverse(pose, HOME_JOINTS)
    from_elsewhere = kinematics.inverse(pose, elsewhere)
    np.testing.assert_allclose(from_home, from_elsewhere, atol=0.02)


def test_a_given_posture_is_kept_near(kinematics: ArmKinematics) -> None:
    odd = np.add(HOME, [0.4, 0.1, -0.4, 0.1, 0.2, 0.0, 0.3])
    pose = kinematics.forward(odd)
    pose[2, 3] += 0.01
    solved = kinematics.inverse(pose, odd, posture=odd)
    assert not isinstance(solved, InverseFailure)
    assert np.abs(solved - odd).max() < 0.05


def test_out_of_reach_says_by_how_much(kinematics: ArmKinematics) -> None:
    failure = kinematics.inverse(tool_down((1.2, 0.0, 0.2)), HOME_JOINTS)
    assert isinstance(failure, InverseFailure)
    assert failure.position_error_m > 0.2
    assert failure.refusal == ""


def test_refused_solutions_report_the_refusal(kinematics: ArmKinematics) -> None:
    pose = tool_down((0.5, 0.0, 0.2))
    failure = kinematics.inverse(pose, HOME_JOINTS, refuse=lambda _: "not this one")
    assert isinstance(failure, InverseFailure)
    assert failure.refusal == "not this one"


def test_project_solves_exactly_from_a_near_seed(kinematics: ArmKinematics) -> None:
    pose = kinematics.forward(HOME_JOINTS)
    pose[:3, 3] += [0.03, -0.02, -0.05]
    joints = kinematics.project(pose, HOME_JOINTS)
    assert joints is not None
    np.testing.assert_allclose(kinematics.forward(joints), pose, atol=1e-8)


def test_another_tool_moves_the_tcp() -> None:
    arm = arm_specification("fr3")
    longer = ArmKinematics(arm, make_transform((0.0, 0.0, 0.2034)))
    usual = ArmKinematics(arm)
    reach = longer.forward(HOME_JOINTS)[:3, 3] - usual.forward(HOME_JOINTS)[:3, 3]
    np.testing.assert_allclose(reach, [0.0, 0.0, -0.1], atol=1e-9)


@pytest.mark.parametrize("arm_id", sorted(ARMS))
def test_names_carry_the_arm_id(arm_id: str) -> None:
    kinematics = ArmKinematics(arm_specification(arm_id))
    assert kinematics.arm.joint_names[0] == f"{arm_id}_joint1"
    assert f"{arm_id}_hand_tcp" in kinematics.frames(HOME_JOINTS)


def test_an_unknown_arm_is_refused() -> None:
    with pytest.raises(ClapError, match="fr3") as caught:
        arm_specification("ur5")
    assert caught.value.code is ErrorCode.INVALID_REQUEST


def test_velocity_envelope_closes_towards_the_ends_of_the_range() -> None:
    arm = arm_specification("fr3")
    middle = (np.asarray(arm.position_min) + np.asarray(arm.position_max)) / 2.0
    middle[1] = 0.0
    low, high = arm.velocity_limits(middle)
    slowest = np.minimum(high, -low)
    assert (slowest[[0, 2, 4, 6]] == np.asarray(arm.velocity)[[0, 2, 4, 6]]).all()
    np.testing.assert_allclose(high, arm.velocity)
    np.testing.assert_allclose(low, -np.asarray(arm.velocity))
    at_end = np.asarray(arm.position_max)
    low, high = arm.velocity_limits(at_end)
    assert (high < 0.2).all()
    np.testing.assert_allclose(low, -np.asarray(arm.velocity))
    near = np.array(HOME)
    near[0] = 2.0  # the manufacturer's formula by hand: -0.30 + sqrt(12 * 0.7501) > 2.62
    assert arm.velocity_limits(near)[1][0] == pytest.approx(2.62)
    near[0] = 2.5
    assert arm.velocity_limits(near)[1][0] == pytest.approx(-0.30 + np.sqrt(12 * 0.2501))
