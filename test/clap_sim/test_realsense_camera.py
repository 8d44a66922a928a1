"""The cameras' pictures agree with the world's geometry."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from clap_core.camera.projection import back_project, project
from clap_core.errors import ClapError
from clap_sim.realsense.camera import CameraRig
from clap_sim.realsense.config import DepthConfig
from clap_sim.scenes import scene
from clap_sim.world import World
from clap_sim.world.cameras import RGBD_CAMERAS, SPECTATOR, STAND
from clap_sim.world.robot import FINGER_BODIES

EXACT = DepthConfig(
    noise=False, quantization=False, grazing_holes=False, stereo_shadow=False, range_limits=False
)
MOUNTS = {mount.name: mount for mount in RGBD_CAMERAS}


@pytest.fixture(scope="module")
def world() -> World:
    return World(scene("blocks"), seed=0)


@pytest.fixture(scope="module")
def rig(world: World) -> Iterator[CameraRig]:
    rig = CameraRig(world.model, EXACT)
    yield rig
    rig.close()


def base_T_optical(world: World, name: str) -> NDArray[np.float64]:
    mount = MOUNTS[name]
    base_T_body = np.eye(4)
    if mount.body != STAND:
        body = world.data.body(mount.body)
        base_T_body[:3, :3], base_T_body[:3, 3] = body.xmat.reshape(3, 3), body.xpos
    return base_T_body @ mount.parent_T_optical()


@pytest.mark.parametrize("name", MOUNTS)
def test_depth_falls_on_the_surfaces_of_the_world(world: World, rig: CameraRig, name: str) -> None:
    image = rig.capture(world.data, name)
    rows, columns = np.mgrid[0:480:7, 0:640:7].reshape(2, -1)
    pixels = np.stack([columns, rows], axis=1)
    points = back_project(pixels, image.depth_mm[rows, columns] / 1000.0, rig.intrinsics[name])
    pose = base_T_optical(world, name)
    base = points @ pose[:3, :3].T + pose[:3, 3]
    # The colour says what a pixel shows: the table's top is grey, no block is.
    color = image.color[rows, columns].astype(int)
    work_area = (np.abs(base[:, 0] - 0.5) < 0.2) & (np.abs(base[:, 1]) < 0.35)
    table = work_area & (np.ptp(color, axis=1) < 40) & (base[:, 2] < 0.1)
    assert table.sum() > 100
    assert np.abs(base[table, 2]).max() < 2e-3


@pytest.mark.parametrize("name", ["front", "left", "right"])
def test_objects_appear_where_projection_says(world: World, rig: CameraRig, name: str) -> None:
    image = rig.capture(world.data, name)
    for block, channel in (("red_block", 0), ("green_block", 1), ("blue_block", 2)):
        top = world.base_T_object(block)[:3, 3] + [0.0, 0.0, world.find(block).model.height_m]
        pixel, depth, inside = project(top[None], rig.intrinsics[name], base_T_optical(world, name))
        assert inside[0]
        column, row = np.round(pixel[0]).astype(int)
        assert image.color[row, column].argmax() == channel
        assert image.depth_mm[row, column] / 1000.0 == pytest.approx(depth[0], abs=1.5e-3)


def test_the_scene_cameras_see_all_of_the_work_area(world: World, rig: CameraRig) -> None:
    x, y, z = np.meshgrid(np.linspace(0.3, 0.7, 9), np.linspace(-0.4, 0.4, 17), [0.0, 0.15])
    points = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    seen = sum(
        project(points, rig.intrinsics[name], base_T_optical(world, name))[2].astype(int)
        for name in ("front", "left", "right")
    )
    assert np.min(seen) >= 2


def test_the_wrist_camera_sees_both_finger_tips(world: World, rig: CameraRig) -> None:
    pads = np.array([world.data.geom(f"{finger}_pad").xpos for finger in FINGER_BODIES])
    _, _, inside = project(pads, rig.intrinsics["wrist"], base_T_optical(world, "wrist"))
    assert inside.all()
    lower_corners = rig.capture(world.data, "wrist").color[420:, [60, 580]]
    assert (lower_corners.max(axis=-1) < 90).any(axis=0).all()


def test_effects_leave_most_of_the_table_and_no_flying_pixels(world: World) -> None:
    rig = CameraRig(world.model, DepthConfig())
    exact = CameraRig(world.model, EXACT)
    measured = rig.capture(world.data, "front").depth_mm.astype(float)
    truth = exact.capture(world.data, "front").depth_mm.astype(float)
    rig.close()
    exact.close()
    near = truth < 1500.0
    assert (measured[near] > 0).mean() > 0.95
    read = near & (measured > 0)
    assert np.abs(measured - truth)[read].max() < 40.0
    assert 1.0 < (measured - truth)[read].std() < 6.0


def test_the_spectator_has_a_picture_of_its_own_size(world: World, rig: CameraRig) -> None:
    picture = rig.spectate(world.data)
    assert picture.shape == (SPECTATOR.height, SPECTATOR.width, 3)
    assert picture.std() > 20.0
    assert not np.array_equal(picture, rig.spectate(world.data, shadows=False))


def test_a_machine_that_cannot_render_is_told_the_cure(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_display(*_: object) -> None:
        raise RuntimeError("cannot open a display")

    monkeypatch.setattr("mujoco.GLContext", no_display)
    # As in a thread that has not rendered yet.
    monkeypatch.setattr("clap_sim.realsense.offscreen._kept", threading.local())
    with pytest.raises(ClapError, match="libegl1"):
        CameraRig(world.model, EXACT)
