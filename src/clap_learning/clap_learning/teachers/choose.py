"""Choosing a teacher by measurement: whose features find the same place in another view?

Scenes of known geometry are seen by several cameras. Each cell of view A is projected into view B
by its depth; among all cells of B, the one with the nearest feature should be where the point is.
Local alignment asks just this of a teacher: that a thing looks alike from wherever it is seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise, permutations
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from clap_core.camera.projection import depth_in_metres
from clap_core.camera.view import CameraView
from clap_core.errors import ClapError
from clap_learning.clar.projection import project, seen, to_cells
from clap_learning.teachers.registry import make_teacher
from clap_learning.teachers.teacher import Teacher

ANGLES_DEG = (0.0, 15.0, 30.0, 60.0, 90.0, 180.0)
"""Edges of the bins of the angle under which two cameras see a point."""
TOLERANCE_M = 0.01
"""How far behind the measured depth a point still counts as seen."""
NEAR_PX = 16.0
"""A match within this distance is counted as near, whatever the size of a teacher's cells."""


@dataclass
class Matches:
    """How the cells of one bin were matched.

    Attributes:
        count: cells of which both views show what is there.
        within_cell: share that was found at most one cell off, along rows and columns.
        chance: share of B's cells that would have counted as within one cell.
        near: share that was found within ``NEAR_PX`` pixels.
        median_px: median distance from where the point is, pixels.
    """

    count: int
    within_cell: float
    chance: float
    near: float
    median_px: float


@dataclass
class TeacherScore:
    """What a teacher's features are worth for matching.

    Attributes:
        teacher: name.
        all: over all pairs of views.
        by_angle: over the cells whose two lines of sight are that many degrees apart, such as
            ``15-30``; bins without a cell are left out.
        error: why it could not be measured, where it could not.
    """

    teacher: str
    all: Matches | None = None
    by_angle: dict[str, Matches] = field(default_factory=dict)
    error: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def choose(
    scenes: Sequence[Sequence[CameraView]], names: Iterable[str]
) -> tuple[str, list[TeacherScore]]:
    """Measure teachers by name, and choose the one that is near most often.

    Args:
        scenes: the views of each scene, with exact depth (simulated).
        names: of teachers; one that is not installed is reported with its error.

    Returns:
        The name of the best (empty if none could be measured), and all scores, best first.
        Compared is ``near``, averaged over the angles, so that the many pairs of neighbouring
        cameras do not decide alone, and large cells bring no advantage.
    """
    scores = []
    for name in names:
        try:
            scores.append(measure(make_teacher(name), scenes))
        except ClapError as error:
            scores.append(TeacherScore(name, error=error.message))
    scores.sort(key=_worth, reverse=True)
    return (scores[0].teacher if scores and scores[0].all else ""), scores


def measure(teacher: Teacher, scenes: Sequence[Sequence[CameraView]]) -> TeacherScore:
    """Match all ordered pairs of views of each scene."""
    rows: list[Tensor] = []
    for views in scenes:
        maps = [_standard_map(teacher, view) for view in views]
        rows += [
            match(views[a], maps[a], views[b], maps[b])
            for a, b in permutations(range(len(views)), 2)
        ]
    matches = torch.cat(rows) if rows else torch.zeros(0, 4)
    if not len(matches):
        return TeacherScore(teacher.name, error="no cell is shown by two views of a scene")
    score = TeacherScore(teacher.name, _summary(matches))
    for low, high in pairwise(ANGLES_DEG):
        chosen = matches[(matches[:, 0] >= low) & (matches[:, 0] < high)]
        if len(chosen):
            score.by_angle[f"{low:g}-{high:g}"] = _summary(chosen)
    return score


def match(view_a: CameraView, map_a: Tensor, view_b: CameraView, map_b: Tensor) -> Tensor:
    """Look for A's cells in B.

    Args:
        view_a, view_b: what was seen.
        map_a, map_b: [C, h, w] features of each.

    Returns:
        [N, 4] for each cell of A whose middle B shows too: angle between the lines of sight in
        degrees, distance in pixels of B from where it is, whether it is within one cell (0 or 1),
        and the share of B's cells that are.
    """
    cells, points = _points_of_cells(view_a, map_a)
    intrinsics, pose, depth_m = _tensors(view_b)
    pixels, distances = project(points[None], intrinsics[None, None], pose[None, None])
    there = torch.ones(1, 1, dtype=torch.bool)
    shown = seen(pixels, distances, depth_m[None, None], there, TOLERANCE_M)[0, 0]
    shown &= _agrees(pixels[0, 0], distances[0, 0], depth_m)
    cells, points, true_px = cells[shown], points[shown], pixels[0, 0][shown]
    rows, columns = map_b.shape[-2:]
    size = (view_b.intrinsics.height, view_b.intrinsics.width)
    grid = torch.stack(
        torch.meshgrid(torch.arange(columns), torch.arange(rows), indexing="xy"), dim=-1
    ).flatten(0, 1)
    wanted = map_a[:, cells[:, 1], cells[:, 0]].T
    cosines = functional.normalize(wanted, dim=-1) @ functional.normalize(map_b.flatten(1), dim=0)
    found = grid[cosines.argmax(dim=1)]
    true_cells = to_cells(true_px, size, (rows, columns))
    scale = true_px.new_tensor([size[1] / columns, size[0] / rows])
    off_px = ((found - true_cells) * scale).norm(dim=-1)
    within = (grid[None] - true_cells[:, None]).abs().amax(dim=-1) <= 1.0
    hit = (found - true_cells).abs().amax(dim=-1) <= 1.0
    angle = _angles(points, _tensors(view_a)[1], pose)
    return torch.stack([angle, off_px, hit.float(), within.float().mean(dim=1)], dim=1)


def _points_of_cells(view: CameraView, features: Tensor) -> tuple[Tensor, Tensor]:
    """Columns and rows [N, 2] of the cells with a measured depth, and the points [N, 3] m in the
    base frame that their middle pixels show."""
    intrinsics, pose, depth_m = _tensors(view)
    rows, columns = features.shape[-2:]
    cells = torch.stack(
        torch.meshgrid(torch.arange(columns), torch.arange(rows), indexing="xy"), dim=-1
    ).flatten(0, 1)
    height, width = depth_m.shape
    pixels = (cells + 0.5) * cells.new_tensor([width, height]) / cells.new_tensor([columns, rows])
    pixels = pixels.floor().long()
    z = depth_m[pixels[:, 1], pixels[:, 0]]
    rays = torch.cat([pixels.float(), torch.ones(len(pixels), 1)], dim=1) @ intrinsics.inverse().T
    points = (rays * z[:, None]) @ pose[:3, :3].T + pose[:3, 3]
    return cells[z > 0], points[z > 0]


def _agrees(pixels: Tensor, distances: Tensor, depth_m: Tensor) -> Tensor:
    """[N] whether the depth image shows the very point: not in front of it, and not behind."""
    height, width = depth_m.shape
    nearest = pixels.round().long()
    measured = depth_m[nearest[:, 1].clamp(0, height - 1), nearest[:, 0].clamp(0, width - 1)]
    return (measured - distances).abs() <= TOLERANCE_M


def _angles(points: Tensor, pose_a: Tensor, pose_b: Tensor) -> Tensor:
    """[N] degrees between the lines from two cameras to each point."""
    sights = [functional.normalize(points - pose[:3, 3], dim=-1) for pose in (pose_a, pose_b)]
    return (sights[0] * sights[1]).sum(dim=-1).clamp(-1.0, 1.0).acos().rad2deg()


def _standard_map(teacher: Teacher, view: CameraView) -> Tensor:
    """The map [C, h, w] less what all of its cells have in common."""
    image = torch.from_numpy(np.ascontiguousarray(view.rgb)).permute(2, 0, 1).float() / 255.0
    features = teacher.maps(image[None, None])[0, 0].cpu()
    mean = features.mean(dim=(1, 2), keepdim=True)
    return (features - mean) / (features.std(dim=(1, 2), keepdim=True) + 1e-6)


def _tensors(view: CameraView) -> tuple[Tensor, Tensor, Tensor]:
    """Camera matrix [3, 3], base_T_camera [4, 4], and depth [H, W] in m with 0 for none."""
    depth_m = np.nan_to_num(depth_in_metres(view.depth), nan=0.0, posinf=0.0, neginf=0.0)
    return (
        torch.from_numpy(view.intrinsics.matrix).float(),
        torch.from_numpy(np.array(view.base_T_camera)).float(),
        torch.from_numpy(depth_m),
    )


def _summary(matches: Tensor) -> Matches:
    return Matches(
        count=len(matches),
        within_cell=round(float(matches[:, 2].mean()), 4),
        chance=round(float(matches[:, 3].mean()), 4),
        near=round(float((matches[:, 1] <= NEAR_PX).float().mean()), 4),
        median_px=round(float(matches[:, 1].median()), 2),
    )


def _worth(score: TeacherScore) -> float:
    if not score.by_angle:
        return -1.0
    return float(np.mean([matches.near for matches in score.by_angle.values()]))
