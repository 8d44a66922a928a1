"""Fusion of views into a cloud, against a plain reference and against its promises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError
from scipy.spatial import cKDTree

from clap_core.camera import CameraIntrinsics, CameraView, back_project
from clap_core.camera.projection import depth_in_metres
from clap_core.camera.tabletop import BALLS, TABLE_RGB, views
from clap_core.errors import ClapError, ErrorCode
from clap_core.fusion import CloudFuser, FusionConfig, WorkspaceBox
from clap_core.point_cloud import PointCloud

ALL_POINTS = FusionConfig(min_neighbours=0)


@pytest.fixture(scope="module")
def tabletop() -> list[CameraView]:
    return views(seed=1, width=160, height=120)


def points_of(view: CameraView) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """All measured points of a view in the base frame, and their colours."""
    rows, columns = np.nonzero(view.depth > 0)
    depth = depth_in_metres(view.depth)[rows, columns]
    points = back_project(np.stack([columns, rows], axis=1), depth, view.intrinsics)
    pose = view.base_T_camera
    return points @ pose[:3, :3].T + pose[:3, 3], view.rgb[rows, columns]


def reference(seen: list[CameraView], config: FusionConfig) -> dict[tuple[int, ...], list[float]]:
    """Mean position and colour by voxel, said as plainly as can be."""
    box = config.workspace
    parts = [points_of(view) for view in seen]
    xyz = np.concatenate([part[0] for part in parts])
    rgb = np.concatenate([part[1] for part in parts])
    inside = ((xyz >= box.lower) & (xyz <= box.upper)).all(axis=1)
    voxels: dict[tuple[int, ...], list[NDArray[np.float64]]] = {}
    for point, colour in zip(xyz[inside], rgb[inside], strict=True):
        voxel = tuple(np.floor(point / config.voxel_m + 0.5).astype(int))
        voxels.setdefault(voxel, []).append(np.concatenate([point, colour]))
    return {voxel: list(np.mean(members, axis=0)) for voxel, members in voxels.items()}


def test_each_voxel_holds_the_mean_of_its_points(tabletop: list[CameraView]) -> None:
    cloud = CloudFuser(ALL_POINTS).fuse(tabletop)
    expected = reference(tabletop, ALL_POINTS)
    assert len(cloud) == len(expected)
    in_order = [expected[voxel] for voxel in sorted(expected, key=lambda voxel: voxel[::-1])]
    np.testing.assert_allclose(cloud.xyz, np.array(in_order)[:, :3], atol=2e-6)
    np.testing.assert_allclose(cloud.rgb, np.array(in_order)[:, 3:], atol=0.51)


def test_shapes_and_colours_are_where_they_are(tabletop: list[CameraView]) -> None:
    cloud = CloudFuser(FusionConfig()).fuse(tabletop)
    for ball in BALLS:
        colour_error = np.abs(cloud.rgb.astype(int) - ball.rgb).max(axis=1)
        surface = cloud.xyz[colour_error < 20]
        assert len(surface) > 50
        distance = np.linalg.norm(surface - ball.centre, axis=1)
        assert np.abs(np.median(distance) - ball.radius) < 0.001


def test_noise_does_not_split_the_table_into_layers() -> None:
    seen = views(width=160, height=120, noise_m=0.001)
    cloud = CloudFuser(FusionConfig()).fuse(seen)
    table = np.abs(cloud.rgb.astype(int) - TABLE_RGB).max(axis=1) < 20
    columns = np.floor(cloud.xyz[table, :2] / 0.005 + 0.5).astype(int)
    _, layers = np.unique(columns, axis=0, return_counts=True)
    # With noise of 1 mm at 1 m a voxel boundary at z = 0 would split most columns.
    assert np.mean(layers > 1) < 0.05


def test_same_views_same_bytes_in_any_order(tabletop: list[CameraView]) -> None:
    fuser = CloudFuser(FusionConfig())
    first = fuser.fuse(tabletop)
    for again in (fuser.fuse(tabletop[::-1]), CloudFuser(FusionConfig()).fuse(tabletop)):
        assert again.xyz.tobytes() == first.xyz.tobytes()
        assert again.rgb.tobytes() == first.rgb.tobytes()


def test_metres_and_millimetres_give_the_same_bytes(tabletop: list[CameraView]) -> None:
    metres = [replace(view, depth=depth_in_metres(view.depth)) for view in tabletop]
    fuser = CloudFuser(FusionConfig())
    assert fuser.fuse(metres).xyz.tobytes() == fuser.fuse(tabletop).xyz.tobytes()


def test_the_box_crops_and_does_not_shift_voxels(tabletop: list[CameraView]) -> None:
    small = WorkspaceBox(x_min_m=0.403, x_max_m=0.57, y_min_m=-0.1, y_max_m=0.1, z_min_m=0.011)
    cloud = CloudFuser(FusionConfig(workspace=small, min_neighbours=0)).fuse(tabletop)
    assert (cloud.xyz >= small.lower - 2e-6).all()
    assert (cloud.xyz <= small.upper + 2e-6).all()
    everything = CloudFuser(ALL_POINTS).fuse(tabletop).xyz
    inner = cloud.xyz[((cloud.xyz > small.lower + 0.01) & (cloud.xyz < small.upper - 0.01)).all(1)]
    assert len(inner) > 100
    distance, _ = cKDTree(everything).query(inner)
    assert distance.max() == 0.0


def test_depth_limits_and_invalid_pixels_are_left_out(tabletop: list[CameraView]) -> None:
    view = tabletop[0]
    depth = depth_in_metres(view.depth).copy()
    depth[:60, :80], depth[:60, 80:], depth[60:, :80] = np.nan, np.inf, -1.0
    config = FusionConfig(min_neighbours=0, max_depth_m=0.9)
    cloud = CloudFuser(config).fuse([replace(view, depth=depth)])
    pose = view.base_T_camera
    in_camera = (cloud.xyz - pose[:3, 3]) @ pose[:3, :3]
    pixels = in_camera[:, :2] / in_camera[:, 2:] * view.intrinsics.fx
    assert (pixels > np.subtract([77, 57], [view.intrinsics.cx, view.intrinsics.cy])).all()
    assert in_camera[:, 2].max() < 0.9 + 1e-6


def flying_pixel(view: CameraView) -> CameraView:
    depth = view.depth.copy()
    depth[60, 80] = 500
    return replace(view, depth=depth)


def test_a_voxel_without_neighbours_is_dropped(tabletop: list[CameraView]) -> None:
    seen = [flying_pixel(tabletop[0]), *tabletop[1:]]
    only_spot = np.where(seen[0].depth == 500, seen[0].depth, np.uint16(0))
    (spot,), _ = points_of(replace(seen[0], depth=only_spot))

    def nearest(cloud: PointCloud) -> float:
        return float(np.linalg.norm(cloud.xyz - spot, axis=1).min())

    assert nearest(CloudFuser(ALL_POINTS).fuse(seen)) < 1e-5
    assert nearest(CloudFuser(FusionConfig()).fuse(seen)) > 0.01


def test_nothing_remains_of_earlier_views(tabletop: list[CameraView]) -> None:
    fuser = CloudFuser(FusionConfig())
    fuser.fuse(tabletop[:2])
    with pytest.raises(ClapError):
        fuser.fuse([replace(tabletop[0], depth=np.zeros_like(tabletop[0].depth))])
    again = fuser.fuse(tabletop[2:])
    assert again.xyz.tobytes() == CloudFuser(FusionConfig()).fuse(tabletop[2:]).xyz.tobytes()


def test_stamp_is_that_of_the_oldest_view(tabletop: list[CameraView]) -> None:
    seen = [replace(view, stamp_ns=stamp) for view, stamp in zip(tabletop, (7, 5, 6), strict=True)]
    cloud = CloudFuser(FusionConfig(), frame="table").fuse(seen)
    assert (cloud.stamp_ns, cloud.frame) == (5, "table")


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((120, 160), np.uint16),
        np.full((120, 160), np.nan, np.float32),
        np.full((120, 160), 9000, np.uint16),
    ],
)
def test_depth_without_measurements_names_the_camera(
    tabletop: list[CameraView], bad: np.ndarray
) -> None:
    seen = [tabletop[0], replace(tabletop[1], depth=bad), tabletop[2]]
    fuser = CloudFuser(FusionConfig())
    with pytest.raises(ClapError, match="'left'") as raised:
        fuser.fuse(seen)
    assert raised.value.code is ErrorCode.DEPTH_INVALID
    usable = fuser.fuse_usable(seen)
    assert list(usable.faults) == ["left"]
    rest = fuser.fuse([tabletop[0], tabletop[2]])
    assert usable.cloud.xyz.tobytes() == rest.xyz.tobytes()


def test_an_empty_workspace_is_said(tabletop: list[CameraView]) -> None:
    sky = FusionConfig(workspace=WorkspaceBox(z_min_m=0.4))
    with pytest.raises(ClapError, match="front, left, right") as raised:
        CloudFuser(sky).fuse(tabletop)
    assert raised.value.code is ErrorCode.CLOUD_EMPTY
    with pytest.raises(ClapError, match="no camera"):
        CloudFuser(sky).fuse([])


def test_any_memory_layout_is_read(tabletop: list[CameraView]) -> None:
    view = tabletop[0]
    depth = np.asfortranarray(view.depth)
    depth.flags.writeable = False
    fuser = CloudFuser(FusionConfig())
    fused = fuser.fuse([replace(view, depth=depth, rgb=view.rgb[:, :, ::-1][:, :, ::-1])])
    assert fused.xyz.tobytes() == fuser.fuse([view]).xyz.tobytes()


def test_the_corners_of_the_box_stay_inside_the_grid() -> None:
    """Points on the very bounds of the box must not leave the index grid."""
    box = WorkspaceBox(x_min_m=0.0, x_max_m=0.01, y_min_m=0.0, y_max_m=0.01, z_min_m=1, z_max_m=1.5)
    camera = CameraIntrinsics(2, 2, 100.0, 100.0, 0.0, 0.0)
    rgb = np.zeros((2, 2, 3), np.uint8)
    config = FusionConfig(workspace=box, min_neighbours=0)
    view = CameraView("corner", np.full((2, 2), 1000, np.uint16), rgb, camera, np.eye(4))
    cloud = CloudFuser(config).fuse([view])
    corners = [[0, 0, 1], [0.01, 0, 1], [0, 0.01, 1], [0.01, 0.01, 1]]
    np.testing.assert_allclose(cloud.xyz, corners, atol=2e-6)


@pytest.mark.parametrize(
    "values",
    [
        {"workspace": {"x_min_m": 1.0, "x_max_m": 0.5}},
        {"min_depth_m": 2.0, "max_depth_m": 1.0},
        {"voxel_m": 0.001, "workspace": {"x_max_m": 5.0}},
    ],
)
def test_configurations_that_cannot_work_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        FusionConfig.model_validate(values)
