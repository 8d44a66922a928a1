"""From votes to ways of doing a sub-task, the most likely first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from clap_learning.policy.clap.anchors import tcp_poses
from clap_learning.policy.clap.network import Votes
from clap_learning.policy.frames import Transform

_LEAST_SHARE = 0.02
"""Of the most believed anchor's weight: votes with less are not listened to."""

_LEAST_WAY = 0.1
"""Of the heatmap that is for the first way: one with less is no other way, but noise."""

_SAME_M, _SAME_RAD = 0.02, 0.35
"""Votes that differ by less at each key pose are for one way."""

_TWIN = np.diag([-1.0, -1.0, 1.0])


@dataclass(frozen=True, eq=False)
class Proposal:
    """A way to do a sub-task.

    Attributes:
        poses: [4, 4] of the TCP at each key pose, the keypoint's frame.
        share: 0..1, how much of the heatmap is for it.
        spread_m: how far off its positions may be, by the votes' own words.
    """

    poses: tuple[Transform, ...]
    share: float
    spread_m: float


def proposals(
    votes: Votes,
    row: int,
    steps: int,
    tcp_p_held: NDArray[np.float64] | None,
) -> list[Proposal]:
    """Ways that differ, the most believed first.

    Votes for one way are put together, each by its weight and how exact it claims to be.

    Args:
        votes: of a batch.
        row: of the batch.
        steps: key poses that there are.
        tcp_p_held: [3] foot of what is held, in the TCP's frame; None if nothing is.
    """
    weights = _numbers(votes.heat[row].softmax(dim=0))
    positions_m = _numbers(votes.positions_m[row, :, :steps])
    rotations = _numbers(votes.rotations[row, :, :steps])
    log_m = _numbers(votes.log_m[row, :, :steps])
    log_rad = _numbers(votes.log_rad[row, :, :steps])
    peaks = np.log(weights + 1e-12) - 3.0 * (log_m + log_rad).mean(axis=1)
    left = weights >= _LEAST_SHARE * weights.max()
    found = []
    while left.any():
        best = int(np.where(left, peaks, -np.inf).argmax())
        turned = _nearer_twins(rotations, rotations[best])
        near_m = np.linalg.norm(positions_m - positions_m[best], axis=-1).max(axis=1)
        near = left & (near_m < _SAME_M) & (_angles(turned, rotations[best]).max(1) < _SAME_RAD)
        near[best] = True
        believed = np.where(near[:, None], weights[:, None] * np.exp(-2.0 * log_m), 0.0)
        believed /= believed.sum(axis=0)
        where_m = np.einsum("nk,nkx->kx", believed, positions_m)
        how = [_rotation(one) for one in np.einsum("nk,nkxy->kxy", believed, turned)]
        left &= ~near
        found.append(
            Proposal(
                tuple(tcp_poses(list(where_m), how, tcp_p_held)),
                float(weights[near].sum()),
                float(np.exp(log_m[best]).max()),
            )
        )
    found.sort(key=lambda way: -way.share)
    return [way for way in found if way.share >= _LEAST_WAY * found[0].share]


def _nearer_twins(
    rotations: NDArray[np.float64], other: NDArray[np.float64]
) -> NDArray[np.float64]:
    """[N, K, 3, 3] turned by half about the approach axis where that is nearer to another."""
    twins = rotations @ _TWIN
    nearer = _angles(twins, other).mean(1) < _angles(rotations, other).mean(1)
    return np.where(nearer[:, None, None, None], twins, rotations)


def _angles(rotations: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """[N, K] between [N, K, 3, 3] and [K, 3, 3], rad."""
    cosines = 0.5 * (np.einsum("nkxy,kxy->nk", rotations, other) - 1.0)
    return np.arccos(np.clip(cosines, -1.0, 1.0))


def _rotation(mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """[3, 3] the rotation nearest to a mean of rotations."""
    left, _, right = np.linalg.svd(mean)
    straight = np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    return np.asarray(left @ straight @ right)


def _numbers(tensor: torch.Tensor) -> NDArray[np.float64]:
    return tensor.double().numpy()
