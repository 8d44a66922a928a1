"""Kinematics and collision capsules against an independent model: franky-sim's MJCF of the FR3."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import mujoco
import numpy as np
import pytest

from clap_core.geometry import invert, transform_points
from clap_core.robot.collision import CAPSULES
from clap_core.robot.kinematics import ArmKinematics
from clap_core.robot.specification import HOME, arm_specification

TCP_BEYOND_HAND_M = 0.1034
LINKS = tuple(f"link{number}" for number in range(8))


@pytest.fixture(scope="module")
def model() -> mujoco.MjModel:
    spec = find_spec("franky_sim")
    assert spec is not None and spec.submodule_search_locations
    assets = Path(spec.submodule_search_locations[0]) / "assets"
    mjcf = (assets / "fr3.xml").read_text()
    mjcf = re.sub(r'meshdir="[^"]*"', f'meshdir="{assets / "meshes"}" autolimits="true"', mjcf)
    return mujoco.MjModel.from_xml_string(mjcf)


@pytest.fixture(scope="module")
def kinematics() -> ArmKinematics:
    return ArmKinematics(arm_specification("fr3"))


def postures(kinematics: ArmKinematics, count: int) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    limits = kinematics.position_min, kinematics.position_max
    return [np.array(HOME), *(random.uniform(*limits) for _ in range(count))]


def body_pose(model: mujoco.MjModel, data: mujoco.MjData, name: str) -> np.ndarray:
    body = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY, name)
    pose = np.eye(4)
    pose[:3, :3] = data.xmat[body].reshape(3, 3)
    pose[:3, 3] = data.xpos[body]
    return pose


def test_every_frame_agrees_within_a_tenth_of_a_millimetre(
    model: mujoco.MjModel, kinematics: ArmKinematics
) -> None:
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, 0)
    keyframe = data.qpos[:7].copy()
    for joints in [keyframe, *postures(kinematics, 20)]:
        data.qpos[:7] = joints
        mujoco.mj_kinematics(model, data)
        frames = kinematics.frames(joints)
        for link in LINKS:
            expected = body_pose(model, data, f"fr3_{link}")
            np.testing.assert_allclose(frames[f"fr3_{link}"], expected, atol=1e-6)
        tcp = body_pose(model, data, "hand")
        tcp[:3, 3] += TCP_BEYOND_HAND_M * tcp[:3, 2]
        for ours in (frames["fr3_hand_tcp"], kinematics.forward(joints)):
            assert np.linalg.norm(ours[:3, 3] - tcp[:3, 3]) < 1e-4
            np.testing.assert_allclose(ours[:3, :3], tcp[:3, :3], atol=1e-6)


def test_home_points_down_where_the_manufacturer_says(kinematics: ArmKinematics) -> None:
    tcp = kinematics.forward(np.array(HOME))
    np.testing.assert_allclose(tcp[:3, 3], [0.30689, 0.0, 0.4869], atol=1e-3)
    np.testing.assert_allclose(tcp[:3, :3], np.diag([1.0, -1.0, -1.0]), atol=1e-6)


def test_joint_ranges_agree(model: mujoco.MjModel, kinematics: ArmKinematics) -> None:
    np.testing.assert_allclose(kinematics.position_min, model.jnt_range[:7, 0])
    np.testing.assert_allclose(kinematics.position_max, model.jnt_range[:7, 1])


@pytest.mark.parametrize("part", [*LINKS, "hand"])
def test_capsules_contain_the_collision_meshes(model: mujoco.MjModel, part: str) -> None:
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    name = "hand" if part == "hand" else f"fr3_{part}"
    base_T_part = body_pose(model, data, name)
    body = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY, name)
    distances = []
    for geom in np.flatnonzero((model.geom_bodyid == body) & (model.geom_contype > 0)):
        mesh = model.geom_dataid[geom]
        first = model.mesh_vertadr[mesh]
        vertices = model.mesh_vert[first : first + model.mesh_vertnum[mesh]]
        base_T_geom = np.eye(4)
        base_T_geom[:3, :3] = data.geom_xmat[geom].reshape(3, 3)
        base_T_geom[:3, 3] = data.geom_xpos[geom]
        points = transform_points(invert(base_T_part) @ base_T_geom, vertices)
        distances.append(np.min([outside(points, *c) for c in CAPSULES[part]], axis=0))
    assert distances
    assert np.concatenate(distances).max() < 0.003


def outside(points: np.ndarray, start: object, end: object, radius: float) -> np.ndarray:
    """How far [N] points [N, 3] lie outside a capsule; negative inside."""
    a, b = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
    along = np.clip((points - a) @ (b - a) / ((b - a) @ (b - a)), 0.0, 1.0)
    return np.linalg.norm(points - a - along[:, None] * (b - a), axis=1) - radius
