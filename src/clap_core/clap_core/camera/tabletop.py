"""A made-up tabletop seen by depth cameras: exact, quick, the same on every machine.

For benchmarks and tests that need RGB-D images with known geometry but no simulator.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_core.camera.intrinsics import CameraIntrinsics
from clap_core.camera.projection import MILLIMETRES_PER_METRE
from clap_core.camera.view import CameraView

TABLE_RGB = (150, 120, 90)

D435_NOISE_M = 0.0026
"""Standard deviation of a D435's depth at 1 m: 0.08 px of disparity, 50 mm baseline, 610 px focal
length (Intel's tuning guide). Like any stereo camera's it grows with the square of the depth."""


@dataclass(frozen=True)
class Ball:
    """A sphere in the base frame.

    Attributes:
        centre: x, y, z, metres.
        radius: metres.
        rgb: its colour, 0 to 255.
    """

    centre: tuple[float, float, float]
    radius: float
    rgb: tuple[int, int, int]


BALLS = (
    Ball((0.50, 0.00, 0.05), 0.05, (200, 40, 40)),
    Ball((0.60, 0.20, 0.04), 0.04, (40, 160, 60)),
    Ball((0.40, -0.20, 0.06), 0.06, (40, 60, 190)),
)

EYES = {"front": (1.20, 0.0, 0.70), "left": (0.55, 0.75, 0.60), "right": (0.55, -0.75, 0.60)}
"""Positions of the three scene cameras in the base frame, metres; all look at `TARGET`."""

TARGET = (0.50, 0.0, 0.0)


def look_at(
    eye: tuple[float, float, float], target: tuple[float, float, float]
) -> NDArray[np.float64]:
    """Pose of an optical frame that looks from one point at another, upright.

    Args:
        eye: position of the camera in the base frame, metres; not straight above `target`.
        target: the point in the middle of the image.

    Returns:
        [4, 4] base_T_camera.
    """
    forward = np.subtract(target, eye)
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, 0], pose[:3, 1], pose[:3, 2] = right, np.cross(forward, right), forward
    pose[:3, 3] = eye
    return pose


def render(
    base_T_camera: NDArray[np.float64],
    intrinsics: CameraIntrinsics,
    balls: tuple[Ball, ...] = BALLS,
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Cast a ray through each pixel at the table (the plane z = 0) and the balls.

    Args:
        base_T_camera: [4, 4] pose of the optical frame.
        intrinsics: of the camera.
        balls: what lies on the table.

    Returns:
        [H, W] exact depth along the optical axis in metres, 0 where a ray meets nothing, and
        [H, W, 3] colours.
    """
    u, v = np.meshgrid(np.arange(intrinsics.width), np.arange(intrinsics.height))
    x, y = (u - intrinsics.cx) / intrinsics.fx, (v - intrinsics.cy) / intrinsics.fy
    # Rays with z = 1 in the camera: the ray parameter is the depth.
    rays = np.stack([x, y, np.ones_like(x)], axis=-1) @ base_T_camera[:3, :3].T
    eye = base_T_camera[:3, 3]
    with np.errstate(divide="ignore"):
        depth = np.where(rays[..., 2] < 0.0, -eye[2] / rays[..., 2], np.inf)
    rgb = np.empty((*depth.shape, 3), np.uint8)
    rgb[...] = TABLE_RGB
    for ball in balls:
        offset = eye - np.asarray(ball.centre)
        a = np.sum(rays * rays, axis=-1)
        b = rays @ offset
        discriminant = b * b - a * (offset @ offset - ball.radius**2)
        hit = (-b - np.sqrt(np.maximum(discriminant, 0.0))) / a
        nearer = (discriminant > 0.0) & (hit > 0.0) & (hit < depth)
        depth[nearer] = hit[nearer]
        rgb[nearer] = ball.rgb
    return np.where(np.isfinite(depth), depth, 0.0), rgb


def views(
    seed: int = 0,
    width: int = 640,
    height: int = 480,
    fovy_rad: float = 0.76,
    noise_m: float = D435_NOISE_M,
) -> list[CameraView]:
    """The tabletop in the three scene cameras, with noise, as 16UC1 depth.

    Args:
        seed: of the noise.
        width: columns, pixels.
        height: rows, pixels.
        fovy_rad: vertical field of view, radians; the default is a D435's colour camera.
        noise_m: standard deviation of the depth at 1 m, metres.
    """
    random = np.random.default_rng(seed)
    intrinsics = CameraIntrinsics.from_field_of_view(width, height, fovy_rad)
    result = []
    for name, eye in EYES.items():
        pose = look_at(eye, TARGET)
        depth, rgb = render(pose, intrinsics)
        depth += random.normal(0.0, noise_m, depth.shape) * depth**2
        noisy_rgb = rgb + random.integers(-8, 9, rgb.shape)
        result.append(
            CameraView(
                name,
                np.clip(np.rint(depth * MILLIMETRES_PER_METRE), 0, 65535).astype(np.uint16),
                np.clip(noisy_rgb, 0, 255).astype(np.uint8),
                intrinsics,
                pose,
            )
        )
    return result
