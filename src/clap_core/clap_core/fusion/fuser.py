"""Fusion of RGB-D views into one cloud."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from clap_core.camera.intrinsics import CameraIntrinsics
from clap_core.camera.projection import MILLIMETRES_PER_METRE
from clap_core.camera.view import CameraView
from clap_core.errors import ClapError, ErrorCode
from clap_core.fusion import kernels
from clap_core.fusion.config import FusionConfig
from clap_core.fusion.grid import VoxelLattice
from clap_core.point_cloud import PointCloud


@dataclass(frozen=True)
class Fusion:
    """A fused cloud, and the cameras that could not add to it.

    Attributes:
        cloud: in the base frame; possibly without points.
        faults: by camera name, why its depth was left out (DEPTH_INVALID).
    """

    cloud: PointCloud
    faults: Mapping[str, ClapError]


class CloudFuser:
    """Back-projects, crops and voxelises RGB-D views in one pass over their pixels.

    The cloud holds the mean position and colour of the points of each voxel, ordered by voxel.
    The same views give the same bytes, in whatever order they come. Not for use by several
    threads at once.

    Args:
        config: what to keep, and how finely.
        frame: name of the base frame, for the cloud.
    """

    def __init__(self, config: FusionConfig, frame: str = "base") -> None:
        self._config = config
        self._frame = frame
        self._lattice = VoxelLattice.over(config.workspace, config.voxel_m)
        self._index = np.full(self._lattice.shape[::-1], kernels.EMPTY, dtype=np.int32)
        self._sums = np.empty((0, 8), dtype=np.int32)
        origin = self._lattice.origin
        self._lower = (config.workspace.lower - origin) / config.voxel_m
        self._upper = (config.workspace.upper - origin) / config.voxel_m

    @property
    def config(self) -> FusionConfig:
        """The configuration that the fuser was made with."""
        return self._config

    def warm_up(self) -> None:
        """Compile, or load what was compiled before, so that the first fusion is not late."""
        rgb = np.zeros((2, 2, 3), np.uint8)
        camera = CameraIntrinsics(2, 2, 1.0, 1.0, 0.5, 0.5)
        depth_m = 0.5 * (self._config.min_depth_m + self._config.max_depth_m)
        metres = np.full((2, 2), depth_m, np.float32)
        for depth in (metres, (metres * MILLIMETRES_PER_METRE).astype(np.uint16)):
            self.fuse_usable([CameraView("warm-up", depth, rgb, camera, np.eye(4))])

    def fuse(self, views: Sequence[CameraView]) -> PointCloud:
        """Fuse views, all of which must be good.

        Args:
            views: of one moment.

        Returns:
            The cloud in the base frame, stamped with the oldest view's time.

        Raises:
            ClapError: DEPTH_INVALID, naming the camera; CLOUD_EMPTY.
        """
        fusion = self.fuse_usable(views)
        for fault in fusion.faults.values():
            raise fault
        if not len(fusion.cloud):
            raise self.cloud_empty(views)
        return fusion.cloud

    def fuse_usable(self, views: Sequence[CameraView]) -> Fusion:
        """Fuse views, leaving out those without depth.

        Args:
            views: of one moment.
        """
        faults = {view.name: fault for view in views if (fault := self._depth_fault(view))}
        usable = [view for view in views if view.name not in faults]
        self._reserve(sum(view.depth.size for view in usable))
        used = 0
        for view in usable:
            used = self._accumulate(view, used)
        xyz, rgb = self._collect(used)
        stamp_ns = min((view.stamp_ns for view in usable), default=0)
        return Fusion(PointCloud(xyz, rgb, self._frame, stamp_ns), faults)

    def cloud_empty(self, views: Sequence[CameraView]) -> ClapError:
        """The error that says that nothing of these views lies in the workspace."""
        box = self._config.workspace
        return ClapError(
            ErrorCode.CLOUD_EMPTY,
            f"no point of {_names(views)} lies in the workspace from {box.lower.tolist()} to "
            f"{box.upper.tolist()} m of frame '{self._frame}'",
            "Point the cameras at the workspace, check their calibrated poses in /tf_static, or "
            "widen the parameters workspace.*",
        )

    def _accumulate(self, view: CameraView, used: int) -> int:
        camera, lattice = view.intrinsics, self._lattice
        pose = view.base_T_camera
        is_millimetres = view.depth.dtype == np.uint16
        used = kernels.accumulate(
            # Of one memory layout, so that no other one is compiled for in the middle of work.
            np.require(view.depth, requirements=("C", "W")),
            np.require(view.rgb, requirements=("C", "W")),
            np.float32(MILLIMETRES_PER_METRE if is_millimetres else 1.0),
            self._config.min_depth_m,
            self._config.max_depth_m,
            (np.arange(camera.width) - camera.cx) / camera.fx,
            (np.arange(camera.height) - camera.cy) / camera.fy,
            np.ascontiguousarray(pose[:3, :3] / lattice.voxel_m, dtype=np.float64),
            np.ascontiguousarray((pose[:3, 3] - lattice.origin) / lattice.voxel_m),
            self._lower,
            self._upper,
            self._index,
            self._sums,
            used,
        )
        return int(used)

    def _collect(self, used: int) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        keys = np.sort(self._sums[:used, kernels.KEY])
        xyz = np.empty((used, 3), np.float32)
        rgb = np.empty((used, 3), np.uint8)
        written = kernels.collect(
            keys,
            self._index,
            self._sums,
            self._lattice.origin,
            self._lattice.voxel_m,
            self._config.min_neighbours,
            xyz,
            rgb,
        )
        return xyz[:written], rgb[:written]

    def _reserve(self, points: int) -> None:
        """Make room for as many voxels as there can be: one a point or one a cell."""
        rows = min(points, self._lattice.cells)
        if len(self._sums) < rows:
            self._sums = np.empty((rows, 8), dtype=np.int32)

    def _depth_fault(self, view: CameraView) -> ClapError | None:
        """DEPTH_INVALID, when too few pixels have a depth within the limits."""
        config = self._config
        lowest, highest = config.min_depth_m, config.max_depth_m
        if view.depth.dtype == np.uint16:
            lowest = ceil(max(lowest * MILLIMETRES_PER_METRE, 1.0))
            highest = floor(min(highest * MILLIMETRES_PER_METRE, np.iinfo(np.uint16).max))
        measured = np.count_nonzero((view.depth >= lowest) & (view.depth <= highest))
        if measured > 0 and measured >= config.min_valid_fraction * view.depth.size:
            return None
        return ClapError(
            ErrorCode.DEPTH_INVALID,
            f"camera '{view.name}' measured depth between {config.min_depth_m} and "
            f"{config.max_depth_m} m in {measured} of its {view.depth.size} pixels",
            "Uncover and reconnect the camera, keep it within its range of the scene, and check "
            "that its depth stream is on",
        )


def _names(views: Sequence[CameraView]) -> str:
    return ", ".join(view.name for view in views) or "no camera"
