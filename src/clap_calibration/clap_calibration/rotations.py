"""How far the hand was turned about which axis, and what is still missing, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from clap_calibration.errors import MissingRotationError
from clap_core.errors import ErrorCode

ENOUGH_DEG = 25.0
"""Range about one axis of the hand from which on it is not missed."""

LEAST_DEG = 10.0
"""The camera's place is found if the hand was turned so far about two axes."""

MOVES = {
    "x": "tilt the hand sideways (about its x axis)",
    "y": "nod with the hand (about its y axis, along which the fingers open)",
    "z": "turn the hand about its approach axis (z, mostly joint 7)",
}


def ranges_deg(hands: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """[3] range of the rotation about the hand's x, y and z axes, degrees.

    Args:
        hands: [4, 4] base_T_hand of each look.
    """
    if len(hands) < 2:
        return np.zeros(3)
    turns = Rotation.from_matrix(np.stack([hand[:3, :3] for hand in hands]))
    about = (turns.mean().inv() * turns).as_rotvec(degrees=True)
    return np.asarray(np.ptp(about, axis=0))


def second_axis_deg(hands: Sequence[NDArray[np.float64]]) -> float:
    """Range about the second most turned of all axes, degrees; a calibration stands on two."""
    if len(hands) < 2:
        return 0.0
    turns = Rotation.from_matrix(np.stack([hand[:3, :3] for hand in hands]))
    about = (turns.mean().inv() * turns).as_rotvec(degrees=True)
    _, _, axes = np.linalg.svd(about - about.mean(axis=0))
    return float(np.ptp(about @ axes[1]))


def missing(hands: Sequence[NDArray[np.float64]]) -> list[str]:
    """What to do with the hand, for each axis that it was turned too little about."""
    return [
        f"{MOVES[axis]}: {turned:.0f} of {ENOUGH_DEG:.0f} degrees so far"
        for axis, turned in zip("xyz", ranges_deg(hands), strict=True)
        if turned < ENOUGH_DEG
    ]


def require_rotation(hands: Sequence[NDArray[np.float64]]) -> None:
    """Refuse looks that cannot tell where the camera is.

    Raises:
        MissingRotationError: says which rotations are missing.
    """
    second = second_axis_deg(hands)
    if len(hands) >= 3 and second >= LEAST_DEG:
        return
    what = "; ".join(missing(hands)) or "turn the hand about another axis as well"
    raise MissingRotationError(
        ErrorCode.INVALID_REQUEST,
        f"{len(hands)} looks turn the hand by {second:.0f} degrees about a second axis, and "
        f"{LEAST_DEG:.0f} are needed: moves without turns do not tell where the camera is",
        f"Take more looks: {what}",
    )
