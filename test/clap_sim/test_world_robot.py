"""The robot's model: kinematics, weightlessness, light meshes and their cache."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mujoco
import numpy as np
import pytest

from clap_sim.scenes import scene
from clap_sim.world import World
from clap_sim.world.meshes import cache_folder, decimated_meshes
from clap_sim.world.robot import FINGER_BODIES, HAND_BODY, TCP_OFFSET_M

EXAMPLE_OBJ = """v 0 0 0
v 1 0 0
v 0 1 0
v 0 0 1
f 1 3 2
f 1 2 4
f 2 3 4
f 1 4 3
"""


@pytest.fixture(scope="module")
def world() -> World:
    return World(scene("empty"))


def test_tcp_is_where_franka_says(world: World) -> None:
    tcp = world.base_T_tcp()
    hand = world.data.body(HAND_BODY)
    assert np.allclose(tcp[:3, 3] - hand.xpos, TCP_OFFSET_M * tcp[:3, 2], atol=1e-9)
    assert np.allclose(tcp[:3, :3], np.diag([1.0, -1.0, -1.0]), atol=1e-6)
    assert np.allclose(tcp[:3, 3], [0.3069, 0.0, 0.4869], atol=1e-3)


def test_finger_pads_meet_at_the_tcp(world: World) -> None:
    tcp = world.base_T_tcp()[:3, 3]
    pads = [world.data.geom(f"{finger}_pad").xpos for finger in FINGER_BODIES]
    assert np.linalg.norm(np.mean(pads, axis=0) - tcp) < 1e-3


def test_the_arm_weighs_nothing_without_control(world: World) -> None:
    world.reset()
    mujoco.mj_forward(world.model, world.data)
    gravity = world.data.qfrc_bias - world.data.qfrc_gravcomp
    assert np.abs(gravity[world.arm_dofs]).max() < 0.05
    assert np.abs(world.data.qfrc_bias[world.arm_dofs]).max() > 5.0


def test_the_arm_holds_home(world: World) -> None:
    world.reset()
    before = world.base_T_tcp()
    for _ in range(1000):
        mujoco.mj_step(world.model, world.data)
    assert np.allclose(world.base_T_tcp(), before, atol=1e-4)
    assert world.data.qpos[world.finger_qpos] == pytest.approx([0.04, 0.04], abs=1e-3)


def test_meshes_are_light(world: World) -> None:
    assert world.model.nmeshface < 30_000


def test_mesh_cache_is_safe_when_several_make_it_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    names = tuple(f"part{i}.obj" for i in range(4))
    for name in names:
        (tmp_path / name).write_text(EXAMPLE_OBJ)
    with ThreadPoolExecutor(4) as pool:
        folders = list(pool.map(lambda _: decimated_meshes(tmp_path, names), range(4)))
    assert len(set(folders)) == 1
    assert {file.name for file in folders[0].iterdir()} == set(names)
    assert list(cache_folder().iterdir()) == [folders[0]]


def test_an_incomplete_mesh_cache_is_repaired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("a.obj", "b.obj"):
        (tmp_path / name).write_text(EXAMPLE_OBJ)
    folder = decimated_meshes(tmp_path, ("a.obj",))
    assert decimated_meshes(tmp_path, ("a.obj", "b.obj")) == folder
    assert (folder / "b.obj").is_file()
