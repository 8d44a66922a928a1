"""From a scene to what one step of pre-training sees of it.

As on a robot: a few cameras, each with a noisy depth and a slightly wrong calibration, are fused
in the base frame by what the node ``cloud_fusion`` runs, and the cloud is cropped around a point
of interest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, model_validator

from clap_core.camera import CameraView, back_project
from clap_core.camera.projection import depth_in_metres
from clap_core.camera.stereo import TABLE_SIZE, DepthConfig, measure_stereo
from clap_core.errors import ClapError, ErrorCode
from clap_core.fusion import CloudFuser, FusionConfig, WorkspaceBox
from clap_core.geometry import make_transform
from clap_data.scenes import PackedScene, SceneRecord, SceneSample
from clap_data.scenes.records import MAX_LABEL
from clap_learning.data.colours import jittered
from clap_learning.data.stored_labels import StoredLabels

_EXACT_RANGE_M = 3.0
_LEAST_POINTS_OF_INTEREST = 20
"""Pixels that an object must have to be one worth looking at."""


class SceneAugmentConfig(BaseModel, frozen=True, extra="forbid"):
    """What is drawn for each sample, and from where."""

    views_min: int = Field(1, description="Fewest views that are fused.", ge=1, le=16)
    views_max: int = Field(4, description="Most views that are fused.", ge=1, le=16)
    crop_min_m: float = Field(0.10, description="Smallest half edge of the crop in m.", gt=0.0)
    crop_max_m: float = Field(
        0.35,
        description="Largest half edge of the crop in m; sizes are drawn evenly by logarithm.",
        le=2.0,
    )
    off_centre: float = Field(
        0.4,
        description="How far the point of interest may be from the crop's middle, as a share of "
        "its half edge, along each axis.",
        ge=0.0,
        lt=1.0,
    )
    floor_m: float = Field(
        -0.02, description="Height in m, base frame, below which points are not kept."
    )
    voxel_m: float = Field(
        0.005, description="Edge of the fusion's voxels in m, as the node's.", ge=0.001, le=0.1
    )
    depth_noise: bool = Field(
        True, description="Measure exact depth as a D435 would; recorded depth stays as it is."
    )
    depth: DepthConfig = Field(DepthConfig(), description="The depth camera's effects.")
    stereo_focal_px: float = Field(
        610.0,
        description="Focal length in px of the depth camera's own images, which the stored ones "
        "are smaller than (a D435 at 848 x 480 or 640 x 480).",
        gt=0.0,
    )
    calibration_m: float = Field(
        0.003, description="Standard deviation of a camera's position error in m.", ge=0.0
    )
    calibration_rad: float = Field(
        0.004, description="Standard deviation of a camera's orientation error in rad.", ge=0.0
    )
    colour: float = Field(
        0.2,
        description="Strength of the change of brightness, contrast, saturation and white balance "
        "of each view; 0 for none.",
        ge=0.0,
        le=1.0,
    )
    dropout: float = Field(
        0.5, description="Largest share of the cloud's points that is left out.", ge=0.0, lt=1.0
    )
    tries: int = Field(
        6, description="Crops that are tried until one has enough points.", ge=1, le=100
    )

    @model_validator(mode="after")
    def _check(self) -> SceneAugmentConfig:
        if self.views_min > self.views_max:
            raise ValueError("views_min must not be above views_max")
        if self.crop_min_m > self.crop_max_m:
            raise ValueError("crop_min_m must not be above crop_max_m")
        return self


PLAIN = SceneAugmentConfig(
    depth_noise=False, calibration_m=0.0, calibration_rad=0.0, colour=0.0, dropout=0.0
)
"""Without any noise: for probes and for looking at what is there."""


@dataclass(frozen=True)
class CroppedScene:
    """A sample: a cloud, and the views that it was fused of.

    Attributes:
        xyz: [N, 3] float32 m, base frame.
        rgb: [N, 3] uint8.
        views: as the robot believes them: noisy depth, colours changed, poses slightly wrong.
        labels: [H, W] uint8 of each view; None where there is none.
        point_m: [3] the point of interest.
        box_m: [2, 3] lower and upper corner of the crop.
        record: of the scene.
        numbers: of the views in the record.
    """

    xyz: NDArray[np.float32]
    rgb: NDArray[np.uint8]
    views: tuple[CameraView, ...]
    labels: Sequence[NDArray[np.uint8] | None]
    point_m: NDArray[np.float64]
    box_m: NDArray[np.float64]
    record: SceneRecord
    numbers: tuple[int, ...] = ()


class Augmenter:
    """Draws samples of scenes.

    Args:
        config: what is drawn.
        least_points: of a cloud; the encoder's patch size at least.
    """

    def __init__(self, config: SceneAugmentConfig | None = None, least_points: int = 256) -> None:
        self.config = config or SceneAugmentConfig()
        self._least = least_points
        self._table = np.random.default_rng(0).standard_normal(TABLE_SIZE).astype(np.float32)

    def sample(self, scene: PackedScene, rng: np.random.Generator) -> CroppedScene:
        """Draw a sample.

        Args:
            scene: only the views that are drawn are decoded.
            rng: draws everything; the same state gives the same sample.

        Raises:
            ClapError: CLOUD_EMPTY if no crop has enough points.
        """
        config = self.config
        most = min(config.views_max, len(scene.images))
        count = int(rng.integers(min(config.views_min, most), most + 1))
        chosen = tuple(sorted(rng.permutation(len(scene.images))[:count].tolist()))
        true = SceneSample(
            scene.record,
            tuple(scene.view(number) for number in chosen),
            StoredLabels(scene, chosen),
        )
        views = tuple(self.as_seen(view, scene.record, rng) for view in true.views)
        for _ in range(config.tries):
            sample = self._crop(true, views, rng)
            if sample is not None:
                return replace(sample, numbers=chosen)
        raise ClapError(
            ErrorCode.CLOUD_EMPTY,
            f"no crop of scene {scene.record.number} of {scene.record.source} "
            f"{scene.record.split} has {self._least} points",
            "Widen crop_min_m, or leave scenes out that show little",
        )

    def as_seen(
        self, view: CameraView, record: SceneRecord, rng: np.random.Generator
    ) -> CameraView:
        """A view as a robot would have it: its depth measured, its colours changed, its pose
        slightly wrong.

        Args:
            view: exact.
            record: of its scene.
            rng: draws the errors.
        """
        config = self.config
        depth = view.depth
        if record.exact_depth and config.depth_noise:
            # What shows nothing is far away, not near.
            exact = depth_in_metres(depth)
            exact[depth == 0] = 2.0 * _EXACT_RANGE_M
            depth = measure_stereo(
                exact,
                view.intrinsics,
                config.depth,
                self._table,
                rng,
                max_range_m=_EXACT_RANGE_M,
                stereo_focal_px=config.stereo_focal_px,
            )
        # Small angles: half of them are a quaternion's first three numbers.
        turn = 0.5 * rng.normal(0.0, config.calibration_rad, 3)
        shift = rng.normal(0.0, config.calibration_m, 3)
        error = make_transform(shift, (*turn, 1.0))
        return replace(
            view,
            depth=depth,
            rgb=jittered(view.rgb, config.colour, rng),
            base_T_camera=view.base_T_camera @ error,
        )

    def _crop(
        self, true: SceneSample, views: tuple[CameraView, ...], rng: np.random.Generator
    ) -> CroppedScene | None:
        """A random crop of the fused views; None if it has too few points."""
        config = self.config
        point = point_of_interest(true, rng)
        if point is None:
            return None
        half = np.exp(rng.uniform(np.log(config.crop_min_m), np.log(config.crop_max_m)))
        middle = point + half * rng.uniform(-config.off_centre, config.off_centre, 3)
        box = np.stack([middle - half, middle + half])
        box[0, 2] = max(box[0, 2], config.floor_m)
        if box[1, 2] <= box[0, 2] + config.voxel_m:
            return None
        xyz, rgb = self.fuse(views, box)
        if config.dropout > 0.0 and len(xyz) > self._least:
            keep = max(self._least, round(len(xyz) * (1.0 - rng.uniform(0.0, config.dropout))))
            kept = np.sort(rng.permutation(len(xyz))[:keep])
            xyz, rgb = xyz[kept], rgb[kept]
        if len(xyz) < self._least:
            return None
        return CroppedScene(xyz, rgb, views, true.labels, point, box, true.record)

    def fuse(
        self, views: tuple[CameraView, ...], box: NDArray[np.float64]
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Positions [N, 3] and colours [N, 3] of the cloud that views give within a box [2, 3]."""
        (x0, y0, z0), (x1, y1, z1) = box.tolist()
        workspace = WorkspaceBox(
            x_min_m=x0, x_max_m=x1, y_min_m=y0, y_max_m=y1, z_min_m=z0, z_max_m=z1
        )
        fuser = CloudFuser(
            FusionConfig(workspace=workspace, voxel_m=self.config.voxel_m, min_valid_fraction=0.0)
        )
        cloud = fuser.fuse_usable(views).cloud
        return cloud.xyz, cloud.rgb


def point_of_interest(sample: SceneSample, rng: np.random.Generator) -> NDArray[np.float64] | None:
    """A random point [3], base frame, on a random object of a random view; without labels, on
    anything that stands on the table. None where there is nothing."""
    objects = np.array(list(sample.record.objects), dtype=np.int64)
    for place in rng.permutation(len(sample.views)).tolist():
        view = sample.views[place]
        if len(objects):
            pixels = _of_an_object(sample.labels[place], objects, rng)
        else:
            pixels = _standing(view)
        pixels = pixels[view.depth.ravel()[pixels] > 0]
        if len(pixels) >= _LEAST_POINTS_OF_INTEREST:
            return _points(view, pixels[[rng.integers(len(pixels))]])[0]
    return None


def _of_an_object(
    labels: NDArray[np.uint8] | None, objects: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Flat numbers of the pixels of a random one of the objects that a view shows."""
    if labels is None:
        return np.empty(0, dtype=np.int64)
    sizes = np.bincount(labels.ravel(), minlength=MAX_LABEL + 1)
    large = objects[sizes[objects] >= _LEAST_POINTS_OF_INTEREST]
    if not len(large):
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(labels == large[rng.integers(len(large))])


_STANDING_M = (0.015, 0.60)
_WORKSPACE_M = ((0.20, 0.85), (-0.55, 0.55))


def _standing(view: CameraView) -> NDArray[np.int64]:
    """Flat numbers of the pixels that show something above the table, in the workspace."""
    flat_m = depth_in_metres(view.depth).ravel()
    measured = np.flatnonzero((flat_m > 0.0) & (flat_m < _EXACT_RANGE_M))
    x, y, z = _points(view, measured).T
    inside = (z > _STANDING_M[0]) & (z < _STANDING_M[1])
    for values, (low, high) in zip((x, y), _WORKSPACE_M, strict=True):
        inside &= (values > low) & (values < high)
    return np.asarray(measured[inside], dtype=np.int64)


def _points(view: CameraView, pixels: NDArray[np.int64]) -> NDArray[np.float64]:
    """[N, 3] points in the base frame of pixels' flat numbers [N]."""
    width = view.intrinsics.width
    columns_rows = np.stack([pixels % width, pixels // width], axis=1)
    depth_m = depth_in_metres(view.depth.ravel()[pixels])
    points = back_project(columns_rows, depth_m, view.intrinsics)
    pose = view.base_T_camera
    return np.asarray(points @ pose[:3, :3].T + pose[:3, 3], dtype=np.float64)
