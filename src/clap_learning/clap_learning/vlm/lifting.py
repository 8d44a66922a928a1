"""From one pixel in each of several pictures to one place in 3D.

Every pixel is a ray, and with depth a point where the ray meets a surface. Where two rays pass each
other and where a ray meets a surface are candidates; the one that most views agree with wins, and
is refined over their rays. So a place inside a thing (the middle of its foot) is found by the rays,
and a wrong pixel or a hole in the depth of one view is outvoted.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_core.camera.projection import back_project, depth_in_metres
from clap_core.camera.view import CameraView
from clap_core.errors import ClapError, ErrorCode
from clap_learning.vlm.settings import LiftingConfig

_MIN_ANGLE_RAD = np.deg2rad(5.0)
"""Rays closer to parallel than that do not tell how far away they meet."""

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class LiftedPlace:
    """A place.

    Attributes:
        point: [3] m, base frame.
        agreeing: cameras whose rays pass it nearby.
        asked: cameras that had a pixel.
    """

    point: Vector
    agreeing: tuple[str, ...]
    asked: tuple[str, ...]


@dataclass(frozen=True)
class _Ray:
    camera: str
    origin: Vector
    direction: Vector
    surface: Vector | None

    def distance(self, point: Vector) -> float:
        along = max(float((point - self.origin) @ self.direction), 0.0)
        return float(np.linalg.norm(point - self.origin - along * self.direction))


def lift(
    pixels: Mapping[str, tuple[float, float]], views: Sequence[CameraView], config: LiftingConfig
) -> LiftedPlace:
    """The place that pixels of several views show.

    Args:
        pixels: column and row in each view that shows it, by camera.
        views: all views of the look.
        config: when they agree.

    Raises:
        ClapError: OBJECT_NOT_FOUND without a pixel; DEPTH_INVALID when one view alone shows it and
            measured no depth there; AMBIGUOUS when the views do not agree; OUT_OF_WORKSPACE.
    """
    rays = [_ray(view, pixels[view.name], config) for view in views if view.name in pixels]
    if not rays:
        raise ClapError(
            ErrorCode.OBJECT_NOT_FOUND,
            "no picture shows where the step happens",
            "Bring what is named into the view of a camera",
        )
    candidates = [*_crossings(rays), *(ray.surface for ray in rays if ray.surface is not None)]
    if not candidates:
        raise ClapError(
            ErrorCode.DEPTH_INVALID,
            f"camera '{rays[0].camera}' measured no depth where the step happens",
            "Move the camera or the thing, or add a camera that sees it from another side",
        )
    point = max(candidates, key=lambda candidate: _support(candidate, rays, config))
    agreeing = [ray for ray in rays if ray.distance(point) <= config.agreement_m]
    needed = min(config.min_views, len(views))
    if len(agreeing) < needed:
        shown = ", ".join(ray.camera for ray in rays)
        raise ClapError(
            ErrorCode.AMBIGUOUS,
            f"the pictures of {shown} show no one place: {len(agreeing)} of them agree within "
            f"{100 * config.agreement_m:.0f} cm, {needed} must",
            "Say the step in more words, or check the cameras' calibration",
        )
    point = _refined(point, agreeing, config)
    _check_workspace(point, config)
    return LiftedPlace(
        point, tuple(ray.camera for ray in agreeing), tuple(ray.camera for ray in rays)
    )


def heatmap(
    pixel: tuple[float, float], view: CameraView, deviation_px: float
) -> NDArray[np.float32]:
    """[H, W] 0..1: a Gaussian about a pixel (column, row)."""
    rows = np.arange(view.intrinsics.height, dtype=np.float32) - pixel[1]
    columns = np.arange(view.intrinsics.width, dtype=np.float32) - pixel[0]
    squared = rows[:, None] ** 2 + columns[None, :] ** 2
    return np.exp(-squared / (2.0 * deviation_px**2)).astype(np.float32)


def _ray(view: CameraView, pixel: tuple[float, float], config: LiftingConfig) -> _Ray:
    rotation, origin = view.base_T_camera[:3, :3], view.base_T_camera[:3, 3]
    (forward,) = back_project(np.array([pixel]), np.ones(1), view.intrinsics) @ rotation.T
    depth_m = _depth_at(view, pixel, config.window_px)
    surface = None if depth_m is None else origin + depth_m * forward
    return _Ray(view.name, origin, forward / np.linalg.norm(forward), surface)


def _depth_at(view: CameraView, pixel: tuple[float, float], window_px: int) -> float | None:
    """Median of what was measured around a pixel, metres."""
    column, row = round(pixel[0]), round(pixel[1])
    half = window_px // 2
    window = view.depth[
        max(row - half, 0) : row + half + 1, max(column - half, 0) : column + half + 1
    ]
    metres = depth_in_metres(window)
    measured = metres[np.isfinite(metres) & (metres > 0.0)]
    return float(np.median(measured)) if measured.size else None


def _crossings(rays: Sequence[_Ray]) -> list[Vector]:
    """Where two rays are nearest to each other, of all pairs that tell."""
    found = []
    for one, other in itertools.combinations(rays, 2):
        angle = np.arccos(np.clip(abs(one.direction @ other.direction), 0.0, 1.0))
        if angle >= _MIN_ANGLE_RAD:
            found.append(_nearest_to([one, other]))
    return found


def _nearest_to(rays: Sequence[_Ray]) -> Vector:
    """The point with the least sum of squared distances to the rays' lines."""
    across = [np.eye(3) - np.outer(ray.direction, ray.direction) for ray in rays]
    moments = [plane @ ray.origin for plane, ray in zip(across, rays, strict=True)]
    return np.asarray(np.linalg.lstsq(np.sum(across, axis=0), np.sum(moments, axis=0))[0])


def _support(candidate: Vector, rays: Sequence[_Ray], config: LiftingConfig) -> tuple[int, float]:
    """How many views agree, and the negative of how far they pass it."""
    distances = [ray.distance(candidate) for ray in rays]
    near = [distance for distance in distances if distance <= config.agreement_m]
    return len(near), -float(np.mean(near)) if near else -np.inf


def _refined(point: Vector, agreeing: Sequence[_Ray], config: LiftingConfig) -> Vector:
    if not _crossings(agreeing):
        return point
    refined = _nearest_to(agreeing)
    is_near = float(np.linalg.norm(refined - point)) <= config.agreement_m
    return refined if is_near else point


def _check_workspace(point: Vector, config: LiftingConfig) -> None:
    lower, upper = config.workspace.lower, config.workspace.upper
    if not (np.isfinite(point).all() and (point >= lower).all() and (point <= upper).all()):
        x, y, z = point
        raise ClapError(
            ErrorCode.OUT_OF_WORKSPACE,
            f"the pictures show the step at ({x:.2f}, {y:.2f}, {z:.2f}) m, outside the workspace",
            "Bring what is named into the workspace, or say it in other words",
        )
