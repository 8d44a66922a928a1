"""`./clap bench fusion`: the stack's cloud fusion against the plain Open3D pipeline."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import open3d as o3d
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.spatial import cKDTree

from clap_core.camera import CameraView
from clap_core.camera.projection import MILLIMETRES_PER_METRE
from clap_core.camera.tabletop import views as tabletop_views
from clap_core.fusion import CloudFuser, FusionConfig
from clap_core.fusion.grid import VoxelLattice

HELP = "time the fusion of three RGB-D frames against the plain Open3D pipeline"

SCENES = 5
"""Different noise, so that no pipeline sees the same images twice in a row."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--frames", type=int, default=60, help="fusions to time (default 60)")
    parser.add_argument("--json", action="store_true", help="print only the JSON line")


def run(args: argparse.Namespace) -> int:
    """Run the benchmark; its last line of output is JSON."""
    result = measure(max(args.frames, 1))
    if not args.json:
        Console().print(_table(result))
    print(json.dumps(result))
    return 0


def measure(frames: int) -> dict[str, float]:
    """Time both pipelines in turns on the same images, then compare their clouds.

    Both do the same work, and the same clouds are timed and compared: without the removal of
    flying pixels, which Open3D's pipeline does not have. What the node does, that removal
    included, is timed beside it. For the comparison both use one voxel grid.

    Args:
        frames: how often each pipeline runs.
    """
    node_config = FusionConfig()
    config = node_config.model_copy(update={"min_neighbours": 0})
    fuser, node_fuser = CloudFuser(config), CloudFuser(node_config)
    fuser.warm_up()
    scenes = [tabletop_views(seed) for seed in range(SCENES)]
    pipelines = [_open3d_pipeline(scene, config) for scene in scenes]

    fuser.fuse(scenes[0])
    node_fuser.fuse(scenes[0])
    pipelines[0]()
    ours_ms, node_ms, open3d_ms = [], [], []
    for frame in range(frames):
        scene = frame % SCENES
        ours_ms.append(_milliseconds(partial(fuser.fuse, scenes[scene])))
        node_ms.append(_milliseconds(partial(node_fuser.fuse, scenes[scene])))
        open3d_ms.append(_milliseconds(pipelines[scene]))

    median, reference = float(np.median(ours_ms)), float(np.median(open3d_ms))
    return {
        "median_ms": round(median, 2),
        "p95_ms": round(float(np.percentile(ours_ms, 95)), 2),
        "node_median_ms": round(float(np.median(node_ms)), 2),
        "node_p95_ms": round(float(np.percentile(node_ms, 95)), 2),
        "open3d_median_ms": round(reference, 2),
        "open3d_p95_ms": round(float(np.percentile(open3d_ms, 95)), 2),
        "ratio_vs_open3d": round(reference / median, 2),
        "max_difference_m": round(max(_difference(fuser, scene, config) for scene in scenes), 7),
        "min_neighbours": config.min_neighbours,
        "voxel_m": config.voxel_m,
        "points": len(fuser.fuse(scenes[0])),
        "frames": frames,
    }


def _open3d_pipeline(
    views: Sequence[CameraView], config: FusionConfig, anchor: NDArray[np.float64] | None = None
) -> Callable[[], o3d.geometry.PointCloud]:
    """The plain Open3D legacy pipeline; what can be prepared once is left out of its time.

    Args:
        views: RGB-D with 16UC1 depth.
        config: the same for both pipelines.
        anchor: [3] a point to add, below all others: Open3D's voxel grid starts half a voxel
            below the smallest point.
    """
    box = o3d.geometry.AxisAlignedBoundingBox(config.workspace.lower, config.workspace.upper)
    images = [
        (o3d.geometry.Image(view.rgb.data), o3d.geometry.Image(view.depth.data)) for view in views
    ]
    cameras = [
        o3d.camera.PinholeCameraIntrinsic(
            view.intrinsics.width, view.intrinsics.height, *_focal_lengths_and_centre(view)
        )
        for view in views
    ]

    def pipeline() -> o3d.geometry.PointCloud:
        fused = o3d.geometry.PointCloud()
        for view, (rgb, depth), camera in zip(views, images, cameras, strict=True):
            rgbd = o3d.geometry.RGBDImage.create_from_color_and_depth(
                rgb,
                depth,
                depth_scale=MILLIMETRES_PER_METRE,
                depth_trunc=config.max_depth_m,
                convert_rgb_to_intensity=False,
            )
            cloud = o3d.geometry.PointCloud.create_from_rgbd_image(rgbd, camera)
            cloud.transform(view.base_T_camera)
            fused += cloud.crop(box)
        if anchor is not None:
            fused.points.append(anchor)
            fused.colors.append(np.zeros(3))
        return fused.voxel_down_sample(config.voxel_m)

    return pipeline


def _difference(fuser: CloudFuser, views: Sequence[CameraView], config: FusionConfig) -> float:
    """The largest distance from a point of one cloud to the nearest of the other, metres."""
    ours = fuser.fuse(views).xyz
    lattice = VoxelLattice.over(config.workspace, config.voxel_m)
    anchor = lattice.origin + 0.5 * config.voxel_m
    theirs = np.asarray(_open3d_pipeline(views, config, anchor)().points)
    theirs = theirs[np.linalg.norm(theirs - anchor, axis=1) > 1e-9]
    there, _ = cKDTree(theirs).query(ours)
    back, _ = cKDTree(ours).query(theirs)
    return float(max(there.max(), back.max()))


def _focal_lengths_and_centre(view: CameraView) -> tuple[float, float, float, float]:
    k = view.intrinsics
    return k.fx, k.fy, k.cx, k.cy


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


def _table(result: dict[str, float]) -> Table:
    table = Table(title=f"Three 640x480 RGB-D frames to a {result['voxel_m'] * 1e3:g} mm cloud")
    table.add_column("pipeline")
    table.add_column("median ms", justify="right")
    table.add_column("p95 ms", justify="right")
    table.add_row("clap_core.fusion", f"{result['median_ms']}", f"{result['p95_ms']}")
    table.add_row(
        "the same, flying pixels removed", f"{result['node_median_ms']}", f"{result['node_p95_ms']}"
    )
    table.add_row("Open3D legacy", f"{result['open3d_median_ms']}", f"{result['open3d_p95_ms']}")
    table.caption = (
        f"{result['ratio_vs_open3d']} times faster; {result['points']} points; the clouds differ "
        f"by at most {result['max_difference_m'] * 1e3:g} mm"
    )
    return table
