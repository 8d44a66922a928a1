"""How a door that stands open closes: where it hangs, which way, and how far."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clap_learning.policy.articulation.doors import Swing
from clap_learning.policy.articulation.leaf import Leaf

Vector = NDArray[np.float64]

_FIXED_TO_LEAF_M = 0.06
"""What is no farther from a leaf's face than this may be fixed to it."""
_JAMB_M = 0.12
"""What a leaf hangs on is so near to its hinge."""
_AROUND = 1.5
_MEETS = 0.12
"""What a leaf closes against is its length from the hinge, give or take this part."""
_BESIDE_M = (0.015, 0.06)
_LEAST_LEAF_M = 0.06
_LEAST_RAD, _MOST_RAD = np.radians(12.0), np.radians(130.0)
_LEAST_BODY = 12
_CLOSED_PERCENT = 5


def closing_of(around_m: Vector, leaf: Leaf, keypoint_m: Vector) -> tuple[Swing | None, float]:
    """How a leaf that stands open closes: about the end that furniture is near to, until its other
    end meets furniture.

    Args:
        around_m: [N, 3] what lies around the keypoint, relative to it.
        leaf: where it stands.
        keypoint_m: [3] on it, base frame.

    Returns:
        The swing, and the angle to where it meets the furniture; no swing if nothing is met.
    """
    flat = around_m[:, :2] + keypoint_m[:2]
    # What is fixed to the leaf, such as racks and its handle, turns with it.
    body = flat[np.abs((flat - leaf.point_m) @ leaf.outward) > _FIXED_TO_LEAF_M]
    near = [np.count_nonzero(np.linalg.norm(body - leaf.end(side), axis=1) < _JAMB_M)
            for side in (-1, 1)]  # fmt: skip
    hinge, free = (leaf.end(side) for side in ((-1, 1) if near[0] > near[1] else (1, -1)))
    if max(near) < _LEAST_BODY:
        return None, 0.0
    sense = _towards(body, hinge, free)
    hinge = _before_body(flat, hinge, free, sense)
    length = float(np.linalg.norm(free - hinge))
    if length < _LEAST_LEAF_M:
        return None, 0.0
    arm = (free - hinge) / length
    from_hinge = body - hinge
    met = np.abs(np.linalg.norm(from_hinge, axis=1) / length - 1.0) < _MEETS
    angles = sense * np.arctan2(
        from_hinge[met] @ np.array([-arm[1], arm[0]]), from_hinge[met] @ arm
    )
    ahead = angles[(angles > _LEAST_RAD) & (angles < _MOST_RAD)]
    if len(ahead) < _LEAST_BODY:
        return None, 0.0
    return Swing(hinge, sense), float(np.percentile(ahead, _CLOSED_PERCENT))


def _towards(body: Vector, hinge: Vector, free: Vector) -> float:
    """The sense in which a leaf turns towards the furniture."""
    arm = free - hinge
    near = body[np.linalg.norm(body - hinge, axis=1) < _AROUND * np.linalg.norm(arm)]
    from_hinge = near - hinge
    sides = np.sign(arm[0] * from_hinge[:, 1] - arm[1] * from_hinge[:, 0])
    return 1.0 if sides.sum() > 0.0 else -1.0


def _before_body(flat: Vector, hinge: Vector, free: Vector, sense: float) -> Vector:
    """[2] the hinge, if the leaf's line went on into the furniture: there are points on the leaf's
    outer side, where else only its handle is."""
    length = float(np.linalg.norm(free - hinge))
    arm = (free - hinge) / max(length, 1e-6)
    along = (flat - hinge) @ arm
    outside = -sense * ((flat - hinge) @ np.array([-arm[1], arm[0]]))
    low, high = _BESIDE_M
    beside = along[(outside > low) & (outside < high) & (along > 0.0) & (along < 0.5 * length)]
    if len(beside) < _LEAST_BODY:
        return hinge
    return np.asarray(hinge + float(np.percentile(beside, 30)) * arm)
