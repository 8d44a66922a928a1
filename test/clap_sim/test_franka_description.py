"""The URDF against the physics, and quaternions."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest
from franka_bench import Bench
from scipy.spatial.transform import Rotation

from clap_franka.front.geometry import quaternion_xyzw
from clap_franka.urdf import fixed_frames
from clap_sim.franka.description import robot_description
from clap_sim.franka.model import relative_pose


def test_the_fixed_frames_agree_with_the_physics() -> None:
    frames = {frame.child: frame for frame in fixed_frames(robot_description("fr3"))}
    assert set(frames) == {"fr3_link0", "fr3_link8", "fr3_hand", "fr3_hand_tcp"}
    bench = Bench()
    franka = bench.robot.franka
    hand_in_link7 = relative_pose(bench.data, franka.links[-1], franka.hand)
    chained = frames["fr3_link8"].pose @ frames["fr3_hand"].pose
    np.testing.assert_allclose(chained, hand_in_link7, atol=1e-6)
    np.testing.assert_allclose(
        franka.hand_pose(bench.data) @ frames["fr3_hand_tcp"].pose, bench.robot.ee_pose, atol=1e-9
    )


def test_another_arm_id_renames_links_and_joints() -> None:
    robot = ElementTree.fromstring(robot_description("panda"))
    names = [element.get("name") for element in robot if element.tag in ("link", "joint")]
    assert "panda_link0" in names and "panda_joint7" in names and "panda_finger_joint1" in names
    assert not [name for name in names if name is not None and name.startswith("fr3")]


def test_meshes_are_absolute_addresses() -> None:
    robot = ElementTree.fromstring(robot_description("fr3"))
    meshes = [mesh.get("filename", "") for mesh in robot.iter("mesh")]
    assert meshes and all(mesh.startswith("file:///") for mesh in meshes)


@pytest.mark.parametrize("seed", range(8))
def test_quaternions_are_those_of_the_rotation(seed: int) -> None:
    rotation = Rotation.random(random_state=seed)
    quaternion = np.array(quaternion_xyzw(rotation.as_matrix()))
    assert abs(quaternion @ rotation.as_quat()) == pytest.approx(1.0)


@pytest.mark.parametrize("axis", ["x", "y", "z"])
def test_half_turns_have_quaternions_too(axis: str) -> None:
    rotation = Rotation.from_euler(axis, np.pi)
    quaternion = np.array(quaternion_xyzw(rotation.as_matrix()))
    assert abs(quaternion @ rotation.as_quat()) == pytest.approx(1.0)
