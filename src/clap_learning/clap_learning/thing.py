"""Which of the points around a keypoint are the thing that is meant."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

_LINK_M = 0.012
"""Points nearer to each other than this are of one thing."""

_SEED_M = 0.02
"""What is nearer to the keypoint than this, seen from above, is of the thing."""

_MISSED_M = 0.05
"""How far beside the keypoint the thing may begin."""


def thing_at(
    keypoint_m: NDArray[np.float64], around_m: NDArray[np.float64], within_m: float = np.inf
) -> NDArray[np.float64]:
    """The points that hang together with those nearest to the keypoint, seen from above.

    Args:
        keypoint_m: [3] base frame.
        around_m: [M, 3] what stands around, base frame, without table and hand.
        within_m: how far from the keypoint, seen from above, it may go on.

    Returns:
        [N, 3], base frame; none where nothing is near.
    """
    out_m = np.hypot(*(around_m[:, :2] - keypoint_m[:2]).T)
    near_m = around_m[out_m < within_m]
    if not len(near_m):
        return near_m
    tree = cKDTree(near_m)
    out_m = np.hypot(*(near_m[:, :2] - keypoint_m[:2]).T)
    seed_m = min(max(_SEED_M, float(out_m.min()) + 1e-6), _MISSED_M)
    front = set(np.flatnonzero(out_m < seed_m).tolist())
    reached = set(front)
    while front:
        linked = tree.query_ball_point(near_m[sorted(front)], _LINK_M)
        front = {index for some in linked for index in some} - reached
        reached |= front
    return near_m[sorted(reached)]
