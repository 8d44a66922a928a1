"""What each point of a sample belongs to, for probes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clap_core.camera import project
from clap_core.camera.projection import depth_in_metres
from clap_learning.data.augment import CroppedScene

AGREES_M = 0.02
"""A pixel whose depth is further from a point's than this shows something else."""


def point_labels(sample: CroppedScene, xyz: NDArray[np.float32] | None = None) -> NDArray[np.uint8]:
    """Labels [N] of a sample's points: that of the pixel which agrees best with the point.

    Args:
        sample: with labels.
        xyz: [N, 3] m, base frame; the sample's own cloud by default.

    Returns:
        Numbers of ``sample.record.labels``; 0 for a point that no labelled view shows.
    """
    points = sample.xyz if xyz is None else xyz
    labels = np.zeros(len(points), dtype=np.uint8)
    best = np.full(len(points), AGREES_M)
    for view, image in zip(sample.views, sample.labels, strict=True):
        if image is None:
            continue
        pixels, depth_m, inside = project(points, view.intrinsics, view.base_T_camera)
        seen = np.flatnonzero(inside)
        columns, rows = np.rint(pixels[seen]).astype(np.int64).T
        off = np.abs(depth_in_metres(view.depth)[rows, columns] - depth_m[seen])
        better = off < best[seen]
        best[seen[better]] = off[better]
        labels[seen[better]] = image[rows[better], columns[better]]
    return labels
