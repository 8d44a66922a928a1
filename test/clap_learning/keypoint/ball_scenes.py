"""Clouds of coloured balls on a table, and examples made of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clap_core.point_cloud import PointCloud
from clap_core.task_types import Action, SubTask
from clap_learning.keypoint.examples import KeypointExample
from clap_learning.keypoint.tokens import patches_of

RGB = {"red": (200, 20, 20), "blue": (20, 30, 200), "green": (20, 140, 30)}
TABLE_RGB = (150, 130, 110)
RADIUS_M = 0.03


def balls(
    places: dict[str, tuple[float, float]], table_m: float = 0.0, seed: int = 0
) -> PointCloud:
    """A table with balls of a radius of 3 cm, by colour."""
    rng = np.random.default_rng(seed)
    x, y = np.mgrid[0.25:0.8:0.005, -0.4:0.4:0.005]
    table = np.column_stack([x.ravel(), y.ravel(), rng.normal(0.0, 1e-3, x.size)])
    xyz: list[NDArray[np.float64]] = [table]
    rgb = [np.tile(TABLE_RGB, (len(table), 1))]
    for name, spot in places.items():
        normals = rng.normal(size=(400, 3))
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        xyz.append(normals * RADIUS_M + (*spot, RADIUS_M))
        rgb.append(np.tile(RGB[name], (400, 1)))
    points = np.concatenate(xyz) + np.array([0.0, 0.0, table_m])
    return PointCloud(points.astype(np.float32), np.concatenate(rgb).astype(np.uint8))


def grasp(name: str) -> SubTask:
    """Grasp the ball of a colour."""
    return SubTask(Action.GRASP, f"grasp the {name} ball", f"{name} ball")


def scene_of(number: int) -> dict[str, tuple[float, float]]:
    """Where two balls lie, the one that is meant first."""
    rng = np.random.default_rng(number)
    names = rng.permutation(list(RGB))[:2].tolist()
    x, y = rng.uniform((0.35, -0.25), (0.65, 0.05)).tolist()
    return {names[0]: (x, y), names[1]: (x, y + 0.15)}


def examples(count: int) -> list[KeypointExample]:
    """Grasp one of two balls, in each scene another."""
    made = []
    for number in range(count):
        places = scene_of(number)
        name, (x, y) = next(iter(places.items()))
        made.append(
            KeypointExample(
                "balls",
                str(number),
                grasp(name),
                np.array([x, y, 0.0]),
                np.zeros(3),
                0.08,
                (patches_of(balls(places, seed=number)),),
            )
        )
    return made
