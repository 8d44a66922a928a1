"""How good a calibration is on looks that it has not seen, and whether it can be true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_calibration.errors import WrongCameraError
from clap_calibration.looks import BoardLook, Estimate, Setup, Transform
from clap_calibration.solver import MIN_LOOKS, Calibration, calibrate, refine
from clap_calibration.systematics import Size, focal_length
from clap_core.errors import ErrorCode
from clap_core.geometry import rotation_distance

HOLD_OUT_EVERY = 4
SWAPPED_M = 0.15
"""A camera that is so far from where it was thought to be, and nearer to another one's place, is
that other one."""


@dataclass(frozen=True)
class Verified:
    """A calibration of all looks, and what its parts say about it.

    Attributes:
        calibration: of all looks.
        held_out_mm: root mean square error at the board's corners, of every fourth look, by a
            calibration of the others.
        held_out: how many looks that were.
        focal: how the camera's focal length is off, by the arm's motion.
        halves_mm, halves_deg: how far calibrations of either half of the looks are apart;
            NaN with too few looks.
    """

    calibration: Calibration
    held_out_mm: float
    held_out: int
    focal: Size
    halves_mm: float
    halves_deg: float


def verify(setup: Setup, looks: Sequence[BoardLook]) -> Verified:
    """Calibrate, and try the calibration on looks that it has not seen.

    Raises:
        ClapError: as `calibrate`.
    """
    whole = calibrate(setup, looks)
    kept = [looks[number] for number in whole.used]
    unseen = kept[HOLD_OUT_EVERY - 1 :: HOLD_OUT_EVERY]
    seen = [look for number, look in enumerate(kept, 1) if number % HOLD_OUT_EVERY]
    if len(seen) >= MIN_LOOKS and unseen:
        error_mm = corner_error_mm(setup, refine(setup, seen, whole.estimate), unseen)
    else:
        error_mm, unseen = float("nan"), []
    halves_mm = halves_deg = float("nan")
    if len(kept) >= 2 * MIN_LOOKS:
        first, second = (
            refine(setup, kept[begin::2], whole.estimate).parent_T_camera for begin in (0, 1)
        )
        halves_mm, halves_deg = difference(first, second)
    focal = focal_length(setup, kept, whole.estimate)
    return Verified(whole, error_mm, len(unseen), focal, halves_mm, halves_deg)


def corner_error_mm(setup: Setup, estimate: Estimate, looks: Sequence[BoardLook]) -> float:
    """Root mean square distance on the board of corners from where they should be, millimetres."""
    squares = np.concatenate([_on_board(setup, estimate, look) for look in looks])
    return float(1e3 * np.sqrt(squares.mean()))


def _on_board(setup: Setup, estimate: Estimate, look: BoardLook) -> NDArray[np.float64]:
    """[N] squared distances, m^2: rays through pixels, cut with the board where it should be."""
    k = setup.intrinsics
    camera_T_board = estimate.camera_T_board(setup, look.base_T_hand)
    rays = np.column_stack(
        [(look.corners.pixels - (k.cx, k.cy)) / (k.fx, k.fy), np.ones(len(look.corners.ids))]
    )
    rotation, origin = camera_T_board[:3, :3], camera_T_board[:3, 3]
    directions = rays @ rotation
    start = -rotation.T @ origin
    hits = start - directions * (start[2] / directions[:, 2:])
    offsets = (hits - setup.board.corners[look.corners.ids])[:, :2]
    return np.asarray(np.sum(offsets**2, axis=1))


def difference(first: Transform, second: Transform) -> tuple[float, float]:
    """How far two poses are apart: millimetres and degrees."""
    shift = float(1e3 * np.linalg.norm(first[:3, 3] - second[:3, 3]))
    return shift, float(np.degrees(rotation_distance(first, second)))


def require_own_place(
    camera: str, parent_T_camera: Transform, places: Mapping[str, Transform]
) -> None:
    """Refuse a result that is where another camera is.

    Args:
        camera: that was calibrated.
        parent_T_camera: [4, 4] the result.
        places: of all cameras on that parent, as they were known before; same kind of frame.

    Raises:
        WrongCameraError: names the other camera.
    """
    distance = {
        name: float(np.linalg.norm(place[:3, 3] - parent_T_camera[:3, 3]))
        for name, place in places.items()
    }
    own = distance.get(camera)
    if own is None or own < SWAPPED_M:
        return
    nearest = min(distance, key=distance.__getitem__)
    if nearest == camera:
        return
    raise WrongCameraError(
        ErrorCode.INVALID_REQUEST,
        f"the camera '{camera}' is found {own:.2f} m from its place in the file, and "
        f"{distance[nearest]:.2f} m from that of '{nearest}'",
        f"Check whether the serial numbers of '{camera}' and '{nearest}' are swapped in the "
        "launch; if the cameras were moved, correct their nominal poses in the file first",
    )
