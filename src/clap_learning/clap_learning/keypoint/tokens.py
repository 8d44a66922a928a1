"""A fused cloud as tokens: patches of coloured points, spread over what stands and what lies.

The table takes most of a cloud's points and says nothing. What lies flat on it (pads, targets,
money) differs from it by colour only, so it has tokens of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from clap_core.compiled import compiled
from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud
from clap_learning.keypoint.colours import to_lab

STANDING = 184
LYING = 72
TOKENS = STANDING + LYING
PATCH = 24
"""Points of a token's patch, every second one of its 48 nearest: a disc of about 4 cm."""
_NEAREST = 48

LYING_M = 0.010
"""Points less high over the table lie on it."""

COLOUR_M = 0.0012
"""What a difference of 1 in L*a*b* counts in spreading tokens: 50 are 6 cm."""

BARE = 16
"""Tokens of the bare table, where there is something else to look at."""
BARE_COLOUR = 20.0
"""Difference in L*a*b* to the table's own colour up to which it is bare."""

_PLANE_OF = 13
"""Points that tell how the surface lies: about 1 cm each way."""
_SPREAD_OVER = 4000
"""Points that tokens are drawn from, of each kind."""
_TABLE_BIN_M = 0.004
_TABLE_WITHIN_M = 0.06
MIN_POINTS = 200


@dataclass(frozen=True, eq=False)
class Patches:
    """A tokenised cloud.

    Attributes:
        centres: [TOKENS, 3] float32 m, base frame.
        xyz: [TOKENS, PATCH, 3] float32 m, base frame.
        lab: [TOKENS, PATCH, 3] float32 L*a*b*.
        normals: [TOKENS, PATCH, 3] float32, of length 1, either way: of the surface there.
        bends: [TOKENS, PATCH] float32, 0 where the surface is flat to 1/3 where there is none.
        table_m: height of the table, base frame.
    """

    centres: NDArray[np.float32]
    xyz: NDArray[np.float32]
    lab: NDArray[np.float32]
    normals: NDArray[np.float32]
    bends: NDArray[np.float32]
    table_m: float


def patches_of(cloud: PointCloud, seed: int = 0) -> Patches:
    """Tokens of a cloud; the same cloud and seed give the same.

    Args:
        cloud: fused, in the base frame.
        seed: of which points are drawn from.

    Raises:
        ClapError: CLOUD_EMPTY if there is too little to look at.
    """
    return drawings_of(cloud, (seed,))[0]


def drawings_of(cloud: PointCloud, seeds: Iterable[int]) -> list[Patches]:
    """Tokens of a cloud, drawn with several seeds; arguments and errors as of `patches_of`."""
    if len(cloud) < MIN_POINTS:
        raise ClapError(
            ErrorCode.CLOUD_EMPTY,
            f"the cloud has {len(cloud)} points, too few to find anything in",
            "Look at the cameras' depth and at the workspace box of cloud_fusion",
        )
    xyz, lab = cloud.xyz, to_lab(cloud.rgb)
    table_m = table_height(xyz)
    lies = np.abs(xyz[:, 2] - table_m) < LYING_M
    bare = lies.copy()
    if lies.any():
        table_lab = np.median(lab[lies], axis=0)
        bare &= np.linalg.norm(lab - table_lab, axis=1) < BARE_COLOUR
    kinds = (
        np.flatnonzero(~lies),
        np.flatnonzero(lies & ~bare),
        np.flatnonzero(bare) if bare.any() else np.arange(len(xyz)),
    )
    places = np.hstack([xyz, lab * np.float32(COLOUR_M)])
    tree = cKDTree(xyz)
    reach = min(_NEAREST, len(xyz))
    kept = np.linspace(0, reach - 1, PATCH).astype(int)
    patches = [tree.query(xyz[_chosen(places, kinds, seed)], reach)[1][:, kept] for seed in seeds]
    # Drawings share points: how the surface lies is worked out once for each.
    used, where = np.unique(np.stack(patches), return_inverse=True)
    normals, bends = _surface(xyz, tree, used)
    where = where.reshape(-1, TOKENS, PATCH)
    return [
        Patches(xyz[near].mean(axis=1), xyz[near], lab[near], normals[at], bends[at], table_m)
        for near, at in zip(patches, where, strict=True)
    ]


def _chosen(
    places: NDArray[np.float32], kinds: Sequence[NDArray[np.intp]], seed: int
) -> NDArray[np.intp]:
    """[TOKENS] points in the middle of patches: of what stands, what lies, and the bare table."""
    rng = np.random.default_rng(seed)
    standing, lying, rest = kinds
    chosen = np.concatenate([
        _spread(places, standing, STANDING, rng),
        _spread(places, lying, LYING - BARE, rng),
    ])  # fmt: skip
    chosen = np.concatenate([chosen, _spread(places, rest, TOKENS - len(chosen), rng)])
    if len(chosen) < TOKENS:
        chosen = np.concatenate([chosen, rng.choice(len(places), TOKENS - len(chosen))])
    return chosen


def _surface(
    xyz: NDArray[np.float32], tree: cKDTree, index: NDArray[np.intp]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """[N, 3] normals and [N] bends at those points, from the plane through their neighbours."""
    _, near = tree.query(xyz[index], min(_PLANE_OF, len(xyz)))
    away = xyz[near].astype(np.float64)
    away -= away.mean(axis=1, keepdims=True)
    spread, axes = np.linalg.eigh(np.einsum("nki,nkj->nij", away, away))
    bends = spread[:, 0] / np.maximum(spread.sum(axis=1), 1e-12)
    return axes[:, :, 0].astype(np.float32), bends.astype(np.float32)


def table_height(xyz: NDArray[np.float32]) -> float:
    """Height of the fullest level near the base's own, base frame."""
    z = xyz[np.abs(xyz[:, 2]) < _TABLE_WITHIN_M, 2]
    if not len(z):
        return 0.0
    bins = np.arange(-_TABLE_WITHIN_M, _TABLE_WITHIN_M + _TABLE_BIN_M, _TABLE_BIN_M)
    counts, edges = np.histogram(z, bins)
    low = edges[int(counts.argmax())]
    return float(np.median(z[(z >= low) & (z <= low + _TABLE_BIN_M)]))


def _spread(
    places: NDArray[np.float32], index: NDArray[np.intp], count: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Indices of `count` of the places, far from each other."""
    if len(index) > _SPREAD_OVER:
        index = rng.choice(index, _SPREAD_OVER, replace=False)
    if len(index) <= count:
        return index
    return index[_farthest(np.ascontiguousarray(places[index], dtype=np.float32), count)]


@compiled()
def _farthest(
    places: NDArray[np.float32], count: int
) -> NDArray[np.int64]:  # pragma: no cover - compiled
    """Farthest-point sampling, from the first place on."""
    chosen = np.zeros(count, np.int64)
    distance = np.full(len(places), np.float32(np.inf))
    last = 0
    for step in range(1, count):
        best, far = 0, np.float32(-1.0)
        for i in range(len(places)):
            d = np.float32(0.0)
            for axis in range(places.shape[1]):
                difference = places[i, axis] - places[last, axis]
                d += difference * difference
            if d < distance[i]:
                distance[i] = d
            if distance[i] > far:
                far = distance[i]
                best = i
        chosen[step] = best
        last = best
    return chosen
