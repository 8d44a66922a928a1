"""The objects on the table, found in a fused cloud and described."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from clap_baseline import colour, shapes
from clap_baseline.colour import ColourProfile
from clap_baseline.hand import HandShape, RobotMask
from clap_baseline.segments import clusters
from clap_baseline.segments.table import Table, fit_table
from clap_baseline.shapes import SegmentShape
from clap_core.backends import Scene
from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud


class SegmentationConfig(BaseModel, frozen=True, extra="forbid"):
    """How the cloud is taken apart."""

    min_height_m: float = Field(
        0.007,
        description="points lower above the table belong to it [m]",
        ge=0.001,
        le=0.05,
    )
    max_height_m: float = Field(
        0.6,
        description="points higher above the table are ignored [m]",
        ge=0.05,
        le=2.0,
    )
    floating_height_m: float = Field(
        0.05,
        description="clusters whose lowest point is higher are the robot or carried by it [m]",
        ge=0.01,
        le=0.5,
    )
    voxel_m: float = Field(
        0.010,
        description="points this close belong to one object [m]",
        ge=0.002,
        le=0.05,
    )
    min_points: int = Field(40, description="smaller clusters are taken for noise", ge=5, le=10000)
    hand: HandShape = Field(HandShape(), description="measures of the gripper")


@dataclass(frozen=True)
class Segment:
    """One object.

    Attributes:
        cloud: its points, in the base frame.
        height: [N] heights of the points above the table [m].
        colour: its colours.
        shape: its shape.
        cap: for a button, its cap; None otherwise.
    """

    cloud: PointCloud
    height: NDArray[np.float32]
    colour: ColourProfile
    shape: SegmentShape
    cap: Segment | None = None

    @property
    def kind(self) -> str:
        """mug, plate, bowl, block, can, ball, stick, cabinet, button or object."""
        return self.shape.kind

    @property
    def name(self) -> str:
        """Colour and kind, e.g. ``red mug``."""
        return f"{(self.cap or self).colour.name} {self.kind}"

    @property
    def label(self) -> str:
        """Name and place, e.g. ``red mug at (0.45, 0.10)``."""
        x, y = self.shape.center
        return f"{self.name} at ({x:.2f}, {y:.2f})"

    @property
    def table_z(self) -> float:
        """Height of the table below it in the base frame [m]."""
        return float(np.median(self.cloud.xyz[:, 2] - self.height))

    @property
    def size(self) -> NDArray[np.float64]:
        """[3] extent along the base axes [m]."""
        low, high = np.percentile(self.cloud.xyz, [1, 99], axis=0)
        return np.asarray(high - low, dtype=np.float64)

    def extent(self, direction: NDArray[np.float64]) -> float:
        """How far it reaches from its centre along a horizontal unit direction [2], metres."""
        along = (self.cloud.xyz[:, :2] - self.shape.center) @ direction
        return float(np.percentile(along, 99))


@dataclass(frozen=True)
class SegmentedScene:
    """What stands on the table.

    Attributes:
        table: the table's plane.
        segments: the objects, largest first.
    """

    table: Table
    segments: tuple[Segment, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Name and place of every object."""
        return tuple(segment.label for segment in self.segments)


class Segmenter:
    """Takes a scene apart: table, robot, objects."""

    def __init__(self, config: SegmentationConfig | None = None) -> None:
        self._config = config or SegmentationConfig()
        self._robot = RobotMask(self._config.hand)

    def segment(self, scene: Scene) -> SegmentedScene:
        """Find and describe the objects.

        Raises:
            ClapError: CLOUD_EMPTY when the cloud has no point.
        """
        cloud, config = scene.cloud, self._config
        if len(cloud) == 0:
            raise ClapError(
                ErrorCode.CLOUD_EMPTY,
                "the fused cloud has no points",
                "Check the cameras, their transforms and the workspace limits of cloud_fusion",
            )
        finite = np.flatnonzero(np.isfinite(cloud.xyz).all(axis=1))
        if len(finite) < len(cloud):
            cloud = cloud.select(finite)
        table = fit_table(cloud.xyz)
        height = table.height(cloud.xyz)
        lowest = max(config.min_height_m, 3.5 * table.noise_m)
        keep = (height > lowest) & (height < config.max_height_m)
        if scene.base_T_tcp is not None:
            keep[keep] = ~self._robot(cloud.xyz[keep], scene.base_T_tcp, scene.gripper_width_m)
        low = np.flatnonzero(np.abs(height) <= lowest)
        base, base_height = cloud.select(low), height[low]
        cloud, height = cloud.select(keep), height[keep]
        if len(cloud) == 0:
            return SegmentedScene(table, ())
        component = clusters.connected(cloud.xyz, config.voxel_m)
        segments: list[Segment] = []
        for index in np.flatnonzero(np.bincount(component) >= config.min_points):
            members = np.flatnonzero(component == index)
            if height[members].min() > config.floating_height_m:
                continue
            segments.extend(self._objects(cloud.select(members), height[members]))
        segments = [_with_floor(segment, base, base_height) for segment in segments]
        segments.sort(key=lambda segment: -len(segment.cloud))
        return SegmentedScene(table, tuple(segments))

    def _objects(self, cloud: PointCloud, height: NDArray[np.float32]) -> list[Segment]:
        """The objects in one cluster of touching points."""
        config = self._config
        parts = clusters.by_colour(cloud.xyz, cloud.rgb, config.voxel_m, config.min_points // 2)
        if len(parts) == 1:
            return [_describe(cloud, height)]
        whole = _describe(cloud, height)
        pieces = [_describe(cloud.select(part), height[part]) for part in parts]
        button = _as_button(whole, pieces)
        if button is not None:
            return [button]
        pieces = _merge_lids(pieces)
        if whole.shape.scores["cabinet"] > 0.5:
            return _as_cabinet(whole, pieces)
        return [piece for piece in pieces if len(piece.cloud) >= config.min_points]


def _describe(cloud: PointCloud, height: NDArray[np.float32]) -> Segment:
    return Segment(cloud, height, colour.profile(cloud.rgb), shapes.measure(cloud.xyz, height))


def _join(pieces: list[Segment]) -> Segment:
    first = pieces[0].cloud
    cloud = PointCloud(
        np.concatenate([piece.cloud.xyz for piece in pieces]),
        np.concatenate([piece.cloud.rgb for piece in pieces]),
        first.frame,
        first.stamp_ns,
    )
    return _describe(cloud, np.concatenate([piece.height for piece in pieces]))


_FLOOR_SHARE = 0.9


def _with_floor(segment: Segment, base: PointCloud, base_height: NDArray[np.float32]) -> Segment:
    """Add the low inner floor of a plate or bowl, which was taken for the table."""
    shape = segment.shape
    if not shape.is_round or segment.kind not in ("plate", "bowl"):
        return segment
    distance = np.hypot(*(base.xyz[:, :2] - shape.circle.center).T)
    inside = np.flatnonzero(distance < _FLOOR_SHARE * shape.circle.radius_m)
    if len(inside) == 0:
        return segment
    cloud = PointCloud(
        np.concatenate([segment.cloud.xyz, base.xyz[inside]]),
        np.concatenate([segment.cloud.rgb, base.rgb[inside]]),
        base.frame,
        base.stamp_ns,
    )
    height = np.concatenate([segment.height, base_height[inside]])
    floor = shapes.floor_height(cloud.xyz, height, shape.circle)
    if floor is not None:
        shape = replace(shape, floor_m=floor)
    return replace(segment, cloud=cloud, height=height, shape=shape)


_LID_THICKNESS_M = 0.025
_LID_OVERHANG_M = 0.006


def _merge_lids(pieces: list[Segment]) -> list[Segment]:
    """Give a thin piece within the outline of a taller one to it: a lid, a band, a bottom."""
    owners = list(pieces)
    for piece in sorted(pieces, key=lambda piece: len(piece.cloud)):
        thickness = float(np.ptp(np.percentile(piece.height, [3, 97])))
        if thickness > _LID_THICKNESS_M:
            continue
        for index, owner in enumerate(owners):
            if owner is piece or len(owner.cloud) < len(piece.cloud):
                continue
            reach = np.hypot(*(piece.cloud.xyz[:, :2] - owner.shape.circle.center).T)
            if np.percentile(reach, 98) < owner.shape.circle.radius_m + _LID_OVERHANG_M:
                owners[index] = _join([owner, piece])
                owners = [other for other in owners if other is not piece]
                break
    return owners


_BUTTON_MAX_HEIGHT_M = 0.10
_BUTTON_MAX_BASE_M = 0.16
_CAP_MAX_DIAMETER_M = 0.08
_CAP_MAX_SHARE = 0.85


def _as_button(whole: Segment, pieces: list[Segment]) -> Segment | None:
    """The cluster as a button: a small cap in the middle of a low base; None if it is not."""
    if len(pieces) != 2 or whole.shape.top_m > _BUTTON_MAX_HEIGHT_M:
        return None
    base, cap = sorted(pieces, key=lambda piece: float(np.median(piece.height)))
    base_m, cap_m = base.shape.rectangle.length_m, cap.shape.rectangle.length_m
    if base_m > _BUTTON_MAX_BASE_M or cap_m > min(_CAP_MAX_DIAMETER_M, _CAP_MAX_SHARE * base_m):
        return None
    offset = float(np.hypot(*(base.shape.rectangle.center - cap.shape.rectangle.center)))
    cap_height = cap.shape.top_m - float(np.percentile(cap.height, 2))
    if offset > 0.25 * base_m or cap_height > 0.6 * cap_m:
        return None
    return _with_kind(whole, "button", cap)


def _as_cabinet(whole: Segment, pieces: list[Segment]) -> list[Segment]:
    """A cabinet keeps the bars and fronts of its drawers; what stands on its top is apart."""
    body = max(pieces, key=lambda piece: len(piece.cloud))
    on_top = [
        piece
        for piece in pieces
        if piece is not body and np.percentile(piece.height, 5) > body.shape.top_m - 0.015
    ]
    if not on_top:
        return [whole]
    rest = [piece for piece in pieces if all(piece is not other for other in on_top)]
    return [_join(rest), *on_top]


def _with_kind(segment: Segment, kind: str, cap: Segment) -> Segment:
    shape = segment.shape
    scores = {kind: 1.0, **{name: 0.0 for name in shape.scores if name != kind}}
    return replace(segment, shape=replace(shape, handle=None, scores=scores), cap=cap)
