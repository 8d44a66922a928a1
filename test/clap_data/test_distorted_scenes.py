"""Scenes of bags whose lenses distort, as a D455's and a D405's do, have a pinhole's pixels.

The images are those that OpenCV, or librealsense's deprojection, would have taken: nothing here
comes from the code that takes the distortion out.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from builtin_interfaces.msg import Time
from geometry_msgs.msg import TransformStamped
from numpy.typing import NDArray
from rclpy.serialization import serialize_message
from rosbags.rosbag2 import StoragePlugin, Writer
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from clap_core.camera import CameraIntrinsics
from clap_core.camera.tabletop import Ball, look_at, render
from clap_core.geometry import quaternion_xyzw
from clap_data.bags.definitions import Definitions
from clap_data.bags.scene_log import SceneSampling
from clap_data.bags.to_scenes import convert
from clap_data.scenes import SceneSample, SceneShard, shard_paths
from tf2_msgs.msg import TFMessage

CAMERA = CameraIntrinsics(320, 240, 300.0, 299.0, 161.5, 118.0)
POSE = look_at((1.00, 0.0, 0.60), (0.45, 0.0, 0.0))
BALLS = (
    Ball((0.66, 0.22, 0.03), 0.03, (200, 40, 40)),
    Ball((0.66, -0.22, 0.03), 0.03, (40, 160, 60)),
    Ball((0.22, 0.28, 0.05), 0.05, (40, 60, 190)),
    Ball((0.22, -0.28, 0.05), 0.05, (200, 40, 190)),
)
"""Towards the corners of the square that is kept, where a lens moves pixels most."""

D455 = (-0.0557, 0.0664, -0.00071, 0.00034, -0.0214)
D405 = (-0.0541, 0.0605, 0.00085, 0.00042, -0.0194)

STAMP = Time(sec=1_760_000_000)
OPTICAL = "front_color_optical_frame"

Rays = Callable[[NDArray[np.float64], tuple[float, ...]], NDArray[np.float64]]


def by_opencv(pixels: NDArray[np.float64], d: tuple[float, ...]) -> NDArray[np.float64]:
    """[N, 2] x/z and y/z that a plumb_bob lens shows at [N, 2] pixels."""
    found = cv2.undistortPoints(pixels[:, None], CAMERA.matrix, np.array(d))
    return np.asarray(found[:, 0], dtype=np.float64)


def by_librealsense(pixels: NDArray[np.float64], d: tuple[float, ...]) -> NDArray[np.float64]:
    """The same for its inverse Brown-Conrady model: ten steps of a fixed point."""
    k1, k2, p1, p2, k3 = d
    seen = (pixels - (CAMERA.cx, CAMERA.cy)) / (CAMERA.fx, CAMERA.fy)
    x, y = seen.T
    for _ in range(10):
        r2 = x**2 + y**2
        radial = 1 + ((k3 * r2 + k2) * r2 + k1) * r2
        xq, yq = x * radial, y * radial
        x = (seen[:, 0] - 2 * p1 * xq * yq - p2 * (r2 + 2 * xq * xq)) / radial
        y = (seen[:, 1] - 2 * p2 * xq * yq - p1 * (r2 + 2 * yq * yq)) / radial
    return np.stack([x, y], axis=-1)


def taken(rays: Rays, d: tuple[float, ...]) -> tuple[NDArray[np.uint16], NDArray[np.uint8]]:
    """Depth in millimetres and colour as the distorting camera takes them."""
    scale, margin = 6, 1.2
    width, height = (int(scale * margin * side) for side in (CAMERA.width, CAMERA.height))
    fine = CameraIntrinsics(
        width, height, scale * CAMERA.fx, scale * CAMERA.fy, width / 2, height / 2
    )
    depth, rgb = render(POSE, fine, BALLS)
    v, u = np.mgrid[: CAMERA.height, : CAMERA.width]
    x, y = rays(np.stack([u.ravel(), v.ravel()], axis=-1).astype(np.float64), d).T
    columns = np.rint(fine.cx + fine.fx * x).astype(np.int64)
    rows = np.rint(fine.cy + fine.fy * y).astype(np.int64)
    shape = (CAMERA.height, CAMERA.width)
    millimetres = np.rint(1000.0 * depth[rows, columns]).astype(np.uint16)
    return millimetres.reshape(shape), rgb[rows, columns].reshape(*shape, 3)


def image(pixels: NDArray[np.generic], encoding: str) -> Image:
    height, width = pixels.shape[:2]
    data = pixels.tobytes()
    return Image(
        header=Header(stamp=STAMP, frame_id=OPTICAL),
        height=height, width=width, encoding=encoding, step=len(data) // height, data=data,
    )  # fmt: skip


def write_bag(
    folder: Path, colour_topic: str, d: tuple[float, ...],
    depth: NDArray[np.uint16], rgb: NDArray[np.uint8],
) -> None:  # fmt: skip
    info = CameraInfo(
        header=Header(stamp=STAMP, frame_id=OPTICAL),
        width=CAMERA.width, height=CAMERA.height, k=CAMERA.matrix.ravel().tolist(),
        d=list(d), distortion_model="plumb_bob",  # what realsense-ros says of all its cameras
    )  # fmt: skip
    where = TransformStamped(header=Header(stamp=STAMP, frame_id="base"), child_frame_id=OPTICAL)
    translation, rotation = where.transform.translation, where.transform.rotation
    translation.x, translation.y, translation.z = map(float, POSE[:3, 3])
    rotation.x, rotation.y, rotation.z, rotation.w = map(float, quaternion_xyzw(POSE))
    depth_root = "/camera/front/aligned_depth_to_color"
    messages = {
        "/tf_static": TFMessage(transforms=[where]),
        "/camera/front/color/camera_info": info,
        f"{depth_root}/camera_info": info,
        colour_topic: image(rgb, "rgb8"),
        f"{depth_root}/image_raw": image(depth, "16UC1"),
    }
    with Writer(folder, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        for topic, message in messages.items():
            package, kind = type(message).__module__.split(".")[0], type(message).__name__
            text, digest = Definitions().get(f"{package}/msg/{kind}")
            connection = writer.add_connection(
                topic, f"{package}/msg/{kind}", msgdef=text, rihs01=digest
            )
            writer.write(connection, STAMP.sec * 10**9, serialize_message(message))


def middles(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """[balls, 2] column and row of the middle of what is seen of each ball."""
    found = []
    for ball in BALLS:
        is_it = np.abs(rgb.astype(int) - ball.rgb).sum(axis=-1) < 40
        assert is_it.sum() > 50, ball
        found.append(np.argwhere(is_it).mean(axis=0)[::-1])
    return np.array(found)


@pytest.mark.parametrize(
    ("rays", "d", "colour"),
    [(by_opencv, D455, "image_raw"), (by_librealsense, D405, "image_rect_raw")],
    ids=["D455", "D405"],
)
def test_a_lens_with_distortion_gives_a_pinhole_s_pixels(
    tmp_path: Path, rays: Rays, d: tuple[float, ...], colour: str
) -> None:
    depth, rgb = taken(rays, d)
    straight = render(POSE, CAMERA, BALLS)[1]
    moved_px = np.linalg.norm(middles(rgb) - middles(straight), axis=1)
    assert moved_px.min() > 0.5, "this lens distorts nothing here"

    write_bag(tmp_path / "bag", f"/camera/front/color/{colour}", d, depth, rgb)
    convert(tmp_path / "bag", tmp_path / "scenes", SceneSampling())
    (path,) = shard_paths(tmp_path / "scenes")
    with SceneShard(path) as shard:
        (scene,) = [stored.unpack() for stored in shard]
    check(scene)


def check(scene: SceneSample) -> None:
    (view,) = scene.views
    exact_m, exact_rgb = render(POSE, view.intrinsics, BALLS)
    np.testing.assert_allclose(view.base_T_camera, POSE, atol=1e-6)
    off_px = np.linalg.norm(middles(view.rgb) - middles(exact_rgb), axis=1)
    assert off_px.mean() < 0.3, off_px
    for ball in BALLS:
        # Not the rim, where half a pixel is another surface.
        is_it = (exact_rgb == ball.rgb).all(axis=-1).astype(np.uint8)
        inner = cv2.erode(is_it, np.ones((5, 5), np.uint8)).astype(bool)
        assert inner.sum() > 20
        error_m = view.depth[inner] / 1000.0 - exact_m[inner]
        assert abs(np.median(error_m)) < 0.001
        assert np.abs(error_m).max() < 0.006, ball
