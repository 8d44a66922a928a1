"""Pictures, points and the arm, as a browser takes them."""

from __future__ import annotations

import cv2
import numpy as np

from clap_console.page.arm import DrawnArm
from clap_console.page.views import MOST_POINTS, jpeg, packed, with_heat
from clap_core.point_cloud import PointCloud
from clap_core.robot.kinematics import ArmKinematics
from clap_core.robot.specification import HOME, arm_specification


def test_a_picture_keeps_its_colours() -> None:
    red = np.zeros((48, 64, 3), np.uint8)
    red[..., 0] = 200
    decoded = cv2.imdecode(np.frombuffer(jpeg(red), np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None and decoded.shape == (48, 64, 3)
    assert decoded[..., 2].mean() > 190 and decoded[..., 0].mean() < 10


def test_heat_shows_where_it_is_and_nowhere_else() -> None:
    grey = np.full((60, 80, 3), 100, np.uint8)
    heat = np.zeros((6, 8), np.float32)
    heat[0, 0] = 5.0
    mixed = with_heat(grey, heat)
    assert np.abs(mixed[0, 0].astype(int) - 100).max() > 40
    assert np.abs(mixed[-1, -1].astype(int) - 100).max() <= 1
    assert (with_heat(grey, np.zeros((6, 8), np.float32)) == grey).all()


def test_a_large_cloud_is_thinned_and_its_points_keep_their_colours() -> None:
    count = 4 * MOST_POINTS
    xyz = np.arange(3 * count, dtype=np.float32).reshape(count, 3)
    rgb = np.tile(np.array([[1, 2, 3]], np.uint8), (count, 1))
    cloud = packed(PointCloud(xyz, rgb, "base", 7))
    assert cloud.count == MOST_POINTS and cloud.stamp_ns == 7
    points = np.frombuffer(cloud.points, "<f4", 3 * cloud.count).reshape(-1, 3)
    assert (points == xyz[::4]).all()
    assert cloud.points[12 * cloud.count :] == bytes([1, 2, 3]) * cloud.count


def names(arm_id: str) -> list[str]:
    fingers = [f"{arm_id}_finger_joint{number}" for number in (1, 2)]
    return [*fingers, *arm_specification(arm_id).joint_names]


def test_an_arm_is_shown_where_its_joints_are() -> None:
    for arm_id in ("fr3", "panda"):
        arm = DrawnArm()
        assert arm.capsules() == []
        assert arm.update(names(arm_id), [0.02, 0.02, *HOME])
        assert arm.arm_id == arm_id
        tcp = ArmKinematics(arm_specification(arm_id)).forward(np.array(HOME))[:3, 3]
        shown = np.array(arm.capsules())
        nearest = np.linalg.norm(shown[:, 3:6] - tcp, axis=1).min()
        assert shown.shape[1] == 7 and nearest < 0.04


def test_an_arm_that_trembles_is_not_told_of_again() -> None:
    arm = DrawnArm()
    joints = np.array(HOME)
    assert arm.update(names("fr3"), [0.02, 0.02, *joints])
    assert not arm.update(names("fr3"), [0.02, 0.02, *(joints + 1e-4)])
    assert arm.update(names("fr3"), [0.01, 0.01, *joints])
    assert arm.update(names("fr3"), [0.01, 0.01, *(joints + 0.01)])


def test_joint_states_of_another_robot_or_of_fingers_alone_show_nothing() -> None:
    arm = DrawnArm()
    assert not arm.update(["ur5_joint1", "ur5_joint2"], [0.0, 0.0])
    assert not arm.update(["fr3_finger_joint1", "fr3_finger_joint2"], [0.0, 0.0])
    assert not arm.update(names("fr3"), [0.0, 0.0, *[float("nan")] * 7])
    assert arm.capsules() == []
