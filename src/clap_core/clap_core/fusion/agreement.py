"""How far the clouds of cameras that see the same things are apart: whether their poses fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from clap_core.camera.projection import back_project, depth_in_metres
from clap_core.camera.view import CameraView
from clap_core.fusion.config import FusionConfig
from clap_core.geometry import invert, transform_points

COLUMNS = 320
"""Of a wider image so many columns, and rows alike, are looked at."""

VOXEL_M = 0.012
"""Points are averaged over voxels: a D435's noise of millimetres becomes one of tenths."""

LEAST_POINTS = 3
NEIGHBOURS = 12
FLAT = 0.06
"""Share of the least spread of a surface's neighbourhood; above it there is no clear normal."""

MATCH_M = 0.03
SAME_NORMAL = 0.9
MIN_OVERLAP = 150
MOVED_POINTS = 2000
"""Of the cloud that is laid onto the other; more tell no more."""

ROUNDS = 6
STILL_SHARE = 0.05
"""Such a share of all points would have to tell of a motion for half of it to be believed. What the
surfaces do not tell, such as a shift along a bare table, stays at zero, though the rims of a few
objects, of which two cameras see different sides, would pull at it."""

HUBER_M = 0.004


@dataclass(frozen=True)
class SeenSurface:
    """What one camera sees in the workspace, thinned out.

    Attributes:
        camera: its name.
        points: [N, 3] in the base frame, metres.
        normals: [N, 3] unit vectors towards the camera.
    """

    camera: str
    points: NDArray[np.float64]
    normals: NDArray[np.float64]

    def thinned(self, limit: int) -> SeenSurface:
        """The same with at most so many points, evenly left out."""
        step = -(-len(self.points) // limit) or 1
        return SeenSurface(self.camera, self.points[::step], self.normals[::step])


@dataclass(frozen=True)
class Agreement:
    """How two cameras' clouds lie to each other.

    Attributes:
        first, second: names of the cameras.
        apart_mm: root mean square way by which the motion that lays one cloud onto the other moves
            the points that both see: how far they are apart across the surfaces, and less than
            that along them; NaN where they see too little together.
        residual_mm: median distance along the normals that is left after that.
        points: how many points both see.
    """

    first: str
    second: str
    apart_mm: float
    residual_mm: float
    points: int


def surface(view: CameraView, config: FusionConfig) -> SeenSurface:
    """The surface that a camera sees.

    Args:
        view: of the camera.
        config: box and depths that count.
    """
    k = view.intrinsics
    stride = max(1, k.width // COLUMNS)
    depth = depth_in_metres(view.depth[::stride, ::stride])
    rows, columns = np.nonzero((depth >= config.min_depth_m) & (depth <= config.max_depth_m))
    pixels = np.column_stack([columns, rows]) * stride
    points = transform_points(view.base_T_camera, back_project(pixels, depth[rows, columns], k))
    box = config.workspace
    points = points[((points >= box.lower) & (points <= box.upper)).all(axis=1)]
    points = _averaged(points)
    if len(points) < NEIGHBOURS:
        return SeenSurface(view.name, np.empty((0, 3)), np.empty((0, 3)))
    _, near = cKDTree(points).query(points, NEIGHBOURS)
    around = points[near] - points[near].mean(axis=1, keepdims=True)
    values, vectors = np.linalg.eigh(np.swapaxes(around, 1, 2) @ around)
    normals = vectors[:, :, 0]
    towards = np.sum(normals * (view.base_T_camera[:3, 3] - points), axis=1)
    normals = normals * np.where(towards < 0, -1.0, 1.0)[:, None]
    flat = values[:, 0] < FLAT * values.sum(axis=1)
    return SeenSurface(view.name, points[flat], normals[flat])


def agreements(surfaces: Sequence[SeenSurface]) -> list[Agreement]:
    """All pairs of cameras."""
    return [agreement(first, second) for first, second in combinations(surfaces, 2)]


def agreement(first: SeenSurface, second: SeenSurface) -> Agreement:
    """Lay the first cloud onto the second, point to plane, and tell how far that moves it."""
    if min(len(first.points), len(second.points)) < MIN_OVERLAP:
        return Agreement(first.camera, second.camera, float("nan"), float("nan"), 0)
    first, tree = first.thinned(MOVED_POINTS), cKDTree(second.points)
    moved = np.eye(4)
    ours = theirs = np.empty(0, int)
    for _ in range(ROUNDS):
        points = transform_points(moved, first.points)
        ours, theirs = _matches(points, first.normals @ moved[:3, :3].T, tree, second.normals)
        if len(ours) < MIN_OVERLAP:
            return Agreement(first.camera, second.camera, float("nan"), float("nan"), len(ours))
        moved = _step(points[ours], second.points[theirs], second.normals[theirs], moved)
    here = transform_points(moved, first.points[ours])
    way = np.linalg.norm(here - first.points[ours], axis=1)
    left = np.abs(np.sum((here - second.points[theirs]) * second.normals[theirs], axis=1))
    return Agreement(
        first.camera,
        second.camera,
        float(1e3 * np.sqrt(np.mean(way**2))),
        float(1e3 * np.median(left)),
        len(ours),
    )


def table_height_mm(seen: SeenSurface, height_m: float = 0.0) -> tuple[float, float]:
    """How far the table that a camera sees is from where it should be, and how it is tilted.

    Args:
        seen: by the camera.
        height_m: of the table in the base frame.

    Returns:
        Millimetres that it is too high in the middle of what is seen, and degrees of its tilt; NaN
        where too little of it is seen.
    """
    flat = (np.abs(seen.points[:, 2] - height_m) < MATCH_M) & (seen.normals[:, 2] > SAME_NORMAL)
    points = seen.points[flat]
    if len(points) < MIN_OVERLAP:
        return float("nan"), float("nan")
    centre = points.mean(axis=0)
    slopes = np.column_stack([points[:, :2] - centre[:2], np.ones(len(points))])
    heights = points[:, 2] - height_m
    weights: NDArray[np.float64] = np.ones(len(points))
    plane: NDArray[np.float64] = np.zeros(3)
    for _ in range(ROUNDS):
        fit = np.linalg.lstsq(slopes * weights[:, None], heights * weights, rcond=None)
        plane = np.asarray(fit[0])
        off = np.abs(heights - slopes @ plane)
        weights = np.asarray(np.sqrt(np.minimum(1.0, HUBER_M / np.maximum(off, 1e-9))))
    return float(1e3 * plane[2]), float(np.degrees(np.arctan(np.hypot(plane[0], plane[1]))))


def _averaged(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """[M, 3] means of the points of each voxel that holds enough."""
    if not len(points):
        return points
    cells = np.floor(points / VOXEL_M).astype(np.int64)
    cells -= cells.min(axis=0)
    size = cells.max(axis=0) + 1
    keys = (cells[:, 0] * size[1] + cells[:, 1]) * size[2] + cells[:, 2]
    _, index, counts = np.unique(keys, return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(index, points[:, axis]) for axis in range(3)], axis=1)
    enough = counts >= LEAST_POINTS
    return np.asarray(sums[enough] / counts[enough, None])


def _matches(
    points: NDArray[np.float64],
    normals: NDArray[np.float64],
    tree: cKDTree,
    others: NDArray[np.float64],
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Numbers of points and of their nearest ones on the other surface, if it faces alike."""
    distance, nearest = tree.query(points, distance_upper_bound=MATCH_M)
    found = np.flatnonzero(np.isfinite(distance))
    alike = np.sum(normals[found] * others[nearest[found]], axis=1) > SAME_NORMAL
    found = found[alike]
    return found, nearest[found]


def _step(
    points: NDArray[np.float64],
    targets: NDArray[np.float64],
    normals: NDArray[np.float64],
    moved: NDArray[np.float64],
) -> NDArray[np.float64]:
    """One step of point-to-plane alignment from `moved`, held by the prior on the whole motion."""
    centre = points.mean(axis=0)
    offsets = np.sum((targets - points) * normals, axis=1)
    weights = np.minimum(1.0, HUBER_M / np.maximum(np.abs(offsets), 1e-9))
    arms = points - centre
    slopes = np.hstack([normals, np.cross(arms, normals)])
    reach2 = float(np.mean(np.sum(arms**2, axis=1)))
    prior = STILL_SHARE * weights.sum() * np.array([1.0] * 3 + [reach2] * 3)
    # What has been moved so far, at the centre, counts against the prior too.
    turned = Rotation.from_matrix(moved[:3, :3]).as_rotvec()
    so_far = np.concatenate([centre - transform_points(invert(moved), centre), turned])
    left = slopes.T @ (weights[:, None] * slopes) + np.diag(prior)
    twist = np.linalg.solve(left, slopes.T @ (weights * offsets) - prior * so_far)
    step = np.eye(4)
    step[:3, :3] = Rotation.from_rotvec(twist[3:]).as_matrix()
    step[:3, 3] = centre + twist[:3] - step[:3, :3] @ centre
    return np.asarray(step @ moved)
