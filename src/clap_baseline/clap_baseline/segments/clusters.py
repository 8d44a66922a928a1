"""Grouping points: by contact, then by colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from clap_baseline import colour

_SMOOTHING_NEIGHBOURS = 12
_MIN_PART_SHARE = 0.1
_ALIKE = 0.5


def connected(xyz: NDArray[np.floating], voxel_m: float) -> NDArray[np.intp]:
    """[N] number of the connected component of each point, from 0.

    Points touch when their voxels are equal or neighbours, over faces, edges or corners.

    Args:
        xyz: [N, 3] points, N >= 1.
        voxel_m: edge of a voxel; somewhat more than the cloud's own spacing.
    """
    index = np.floor((xyz - xyz.min(axis=0)) / voxel_m).astype(np.intp)
    grid = np.zeros(index.max(axis=0) + 1, dtype=bool)
    grid[tuple(index.T)] = True
    label, _ = ndimage.label(grid, structure=np.ones((3, 3, 3), dtype=bool))
    return np.asarray(label[tuple(index.T)], dtype=np.intp) - 1


def by_colour(
    xyz: NDArray[np.floating], rgb: NDArray[np.uint8], voxel_m: float, min_points: int
) -> list[NDArray[np.intp]]:
    """Split one cluster into parts of one colour each.

    Hue families that are alike count as one, and labels are smoothed over neighbours, so that
    highlights, shaded hues and the mixed pixels of an edge do not become parts.

    Args:
        xyz: [N, 3] points of the cluster.
        rgb: [N, 3] their colours.
        voxel_m: see ``connected``.
        min_points: smaller parts go to the nearest part that is large enough.

    Returns:
        Index arrays that together cover all points; one array when there is one colour.
    """
    everything = [np.arange(len(xyz))]
    if len(xyz) < 2 * min_points:
        return everything
    family = _merge_alike(colour.families(rgb))
    if np.bincount(family).max() > (1.0 - _MIN_PART_SHARE / 2) * len(family):
        return everything
    family = _smooth(xyz, family)
    enough = max(min_points, int(_MIN_PART_SHARE * len(xyz)))
    cores: list[NDArray[np.intp]] = []
    for value in np.unique(family):
        members = np.flatnonzero(family == value)
        if len(members) < enough:
            continue
        component = connected(xyz[members], voxel_m)
        sizes = np.bincount(component)
        cores.extend(members[component == c] for c in np.flatnonzero(sizes >= enough))
    if len(cores) < 2:
        return everything
    owner = np.concatenate([np.full(len(core), i) for i, core in enumerate(cores)])
    tree = cKDTree(xyz[np.concatenate(cores)])
    nearest = owner[tree.query(xyz)[1]]
    return [np.flatnonzero(nearest == i) for i in range(len(cores))]


def _merge_alike(family: NDArray[np.intp]) -> NDArray[np.intp]:
    """Give a family the number of a more frequent one that is hard to tell from it."""
    counts = np.bincount(family, minlength=len(colour.FAMILIES))
    order = np.argsort(-counts, kind="stable")
    target = np.arange(len(colour.FAMILIES))
    for rank, index in enumerate(order):
        for bigger in order[:rank]:
            alike = colour.similarity(colour.FAMILIES[index], colour.FAMILIES[bigger])
            if target[bigger] == bigger and alike >= _ALIKE:
                target[index] = bigger
                break
    return target[family]


def _smooth(xyz: NDArray[np.floating], family: NDArray[np.intp]) -> NDArray[np.intp]:
    """Majority of the labels of each point's nearest neighbours."""
    neighbours = cKDTree(xyz).query(xyz, k=min(_SMOOTHING_NEIGHBOURS, len(xyz)))[1]
    votes = np.zeros((len(xyz), len(colour.FAMILIES)), dtype=np.int16)
    for column in neighbours.T:
        votes[np.arange(len(xyz)), family[column]] += 1
    return np.asarray(votes.argmax(axis=1), dtype=np.intp)
