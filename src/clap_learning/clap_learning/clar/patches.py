"""Clouds to patches: centres by farthest points, around each its nearest neighbours.

As in Point-MAE (Pang et al., ECCV 2022, section 3.1). Sampling is not differentiated and runs on
the CPU: farthest points are a chain of tiny steps that a GPU only slows down.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clap_core.compiled import compiled
from clap_core.errors import ClapError, ErrorCode
from clap_learning.clar.config import EncoderConfig


def check_cloud(xyz: NDArray[np.float32], rgb: NDArray[np.uint8], config: EncoderConfig) -> None:
    """Refuse what cannot be encoded.

    Raises:
        ClapError: CLOUD_EMPTY when there are fewer points than a patch has; INVALID_REQUEST for
            coordinates that are not finite, or colours that do not belong to the points.
    """
    if len(xyz) < config.patch_points:
        raise ClapError(
            ErrorCode.CLOUD_EMPTY,
            f"the cloud has {len(xyz)} points, fewer than one patch ({config.patch_points})",
            "Widen the crop around the keypoint, or look whether the cameras see it",
        )
    if not np.isfinite(xyz).all():
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{int((~np.isfinite(xyz).all(axis=1)).sum())} points are not finite",
            "Filter the cloud; the node cloud_fusion never publishes such points",
        )
    if xyz.shape != rgb.shape or xyz.shape[1:] != (3,):
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"positions {xyz.shape} and colours {rgb.shape} do not fit together",
            "Give both as [N, 3]",
        )


def make_patches(
    xyz: NDArray[np.float32],
    rgb: NDArray[np.uint8],
    config: EncoderConfig,
    rng: np.random.Generator | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Patches of one cloud.

    A cloud larger than ``config.points`` is thinned out evenly (at random with a generator); in
    a smaller one points are repeated.

    Args:
        xyz: [N, 3] m in the base frame.
        rgb: [N, 3] colours.
        config: sizes.
        rng: draws the points and the first centre; without it the same cloud gives the same
            patches.

    Returns:
        Centres [G, 3] and points [G, K, 6]; see `PatchBatch`.

    Raises:
        ClapError: see `check_cloud`.
    """
    check_cloud(xyz, rgb, config)
    chosen = _choose(len(xyz), config.points, rng)
    xyz = np.ascontiguousarray(xyz[chosen], dtype=np.float32)
    features = np.empty((config.points, 6), dtype=np.float32)
    features[:, :3] = xyz / np.float32(config.patch_scale_m)
    features[:, 3:] = rgb[chosen].astype(np.float32) / 127.5 - 1.0
    first = 0 if rng is None else int(rng.integers(config.points))
    centers = _farthest(xyz, config.patches, first)
    patches = _gather(xyz, features, centers, config.patch_points)
    return xyz[centers], patches


def _choose(count: int, wanted: int, rng: np.random.Generator | None) -> NDArray[np.int64]:
    if rng is None:
        # Evenly over the cloud as it is stored; a voxel grid's order has no more structure.
        return np.linspace(0, count - 1, wanted).round().astype(np.int64)
    whole, rest = divmod(wanted, count)
    parts = [np.arange(count)] * whole + [rng.choice(count, rest, replace=False)]
    return np.concatenate(parts)


FAST_BUT_FINITE = {"reassoc", "contract", "arcp", "nsz"}
"""Of the compiler's fast arithmetic all but the assumption that nothing is infinite or NaN."""


@compiled(fastmath=FAST_BUT_FINITE)
def _farthest(xyz: NDArray[np.float32], count: int, first: int) -> NDArray[np.int64]:
    """Indices of points each of which is farthest from all before."""
    chosen = np.empty(count, dtype=np.int64)
    nearest = np.full(len(xyz), np.float32(np.inf), dtype=np.float32)
    current = first
    for k in range(count):
        chosen[k] = current
        x, y, z = xyz[current]
        best = np.float32(-1.0)
        following = current
        for i in range(len(xyz)):
            dx, dy, dz = xyz[i, 0] - x, xyz[i, 1] - y, xyz[i, 2] - z
            distance = min(nearest[i], dx * dx + dy * dy + dz * dz)
            nearest[i] = distance
            if distance > best:
                best = distance
                following = i
        current = following
    return chosen


@compiled(fastmath=FAST_BUT_FINITE)
def _gather(
    xyz: NDArray[np.float32],
    features: NDArray[np.float32],
    centers: NDArray[np.int64],
    neighbours: int,
) -> NDArray[np.float32]:
    """[G, K, 6] features of each centre's nearest points, positions relative to the centre."""
    out = np.empty((len(centers), neighbours, 6), dtype=np.float32)
    count = len(xyz)
    xs, ys, zs = xyz[:, 0].copy(), xyz[:, 1].copy(), xyz[:, 2].copy()
    squared = np.empty(count, dtype=np.float32)
    # The nearest so far, the farthest of them on top of a heap: few points get past it.
    heap = np.empty(neighbours, dtype=np.float32)
    near = np.empty(neighbours, dtype=np.int64)
    for g in range(len(centers)):
        center = centers[g]
        x, y, z = xs[center], ys[center], zs[center]
        for i in range(count):
            dx, dy, dz = xs[i] - x, ys[i] - y, zs[i] - z
            squared[i] = dx * dx + dy * dy + dz * dz
        heap[:] = np.float32(np.inf)
        # A cloud is mostly stored along space: from the centre on, the near ones come early.
        begin = max(center - neighbours // 2, 0)
        for step in range(count):
            i = begin + step
            if i >= count:
                i -= count
            distance = squared[i]
            if distance >= heap[0]:
                continue
            place = 0
            while True:
                child = 2 * place + 1
                if child >= neighbours:
                    break
                if child + 1 < neighbours and heap[child + 1] > heap[child]:
                    child += 1
                if heap[child] <= distance:
                    break
                heap[place], near[place] = heap[child], near[child]
                place = child
            heap[place], near[place] = distance, i
        for k in range(neighbours):
            out[g, k] = features[near[k]]
            for axis in range(3):
                out[g, k, axis] -= features[center, axis]
    return out
