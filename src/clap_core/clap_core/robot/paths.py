"""The shapes of motions: straight through joint space, or along lines of the TCP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import interpolate, rotation_distance
from clap_core.robot.kinematics import ArmKinematics, Joints, Transform
from clap_core.robot.trajectory import Path

STEP_M = 0.005
"""Distance between the stations of a path; turns and joint motions count by the two below."""

METRES_PER_RADIAN = 0.25
METRES_PER_JOINT_RADIAN = 0.2
MIN_STATIONS = 24
MAX_JOINT_STEP_RAD = 0.2
"""A larger step of a joint between two stations is a jump, not a motion."""


@dataclass(frozen=True)
class Anchor:
    """A place that a path leads past.

    Attributes:
        position: [3] of the TCP, metres.
        turned: 0..1 of the rotation from the first to the last orientation.
        joints: [7] a posture there.
    """

    position: NDArray[np.float64]
    turned: float
    joints: Joints


def joint_path(kinematics: ArmKinematics, start: Joints, end: Joints) -> Path:
    """The straight line in joint space between two postures."""
    count = max(MIN_STATIONS, int(np.ceil(np.abs(end - start).max() / 0.02)))
    joints = start + np.linspace(0.0, 1.0, count + 1)[:, None] * (end - start)
    return measured(kinematics, joints)


def joint_polyline(
    kinematics: ArmKinematics, postures: Sequence[Joints], blend_radius_m: float
) -> Path:
    """Straight lines in joint space past `postures`, two or more, with the corners cut smoothly.

    Args:
        kinematics: of the arm.
        postures: [7] rad each; neighbours must differ.
        blend_radius_m: from a corner, where the path leaves the polyline; one radian of a joint
            counts as `METRES_PER_JOINT_RADIAN`.
    """
    rows = np.array(postures)
    lengths = np.abs(np.diff(rows, axis=0)).max(axis=1) * METRES_PER_JOINT_RADIAN
    return measured(kinematics, _blended(rows, lengths, blend_radius_m))


def tcp_path(
    kinematics: ArmKinematics,
    start: Transform,
    end: Transform,
    anchors: Sequence[Anchor],
    blend_radius_m: float,
) -> Path:
    """The polyline of the TCP through `anchors`, its corners cut smoothly.

    All that varies along the polyline (position, turn, posture) is averaged with a smooth
    window as wide as the blend, which leaves straight stretches as they are. Each station is
    then solved exactly for the joints nearest to the averaged posture.

    Args:
        kinematics: of the arm.
        start, end: [4, 4] poses at the first and the last anchor.
        anchors: two or more; neighbours must differ.
        blend_radius_m: from a corner, where the path leaves the polyline; reduced where a
            stretch is too short for it.

    Raises:
        ClapError: UNREACHABLE where a station has no solution or the joints jump.
    """
    rows = np.array([[*a.position, a.turned, *a.joints] for a in anchors])
    turn = rotation_distance(start, end)
    lengths = np.array([_length(before, after, turn) for before, after in pairwise(rows)])
    stations = _blended(rows, lengths, blend_radius_m)
    joints = np.empty((len(stations), rows.shape[1] - 4))
    for index, station in enumerate(stations):
        pose = interpolate(start, end, float(np.clip(station[3], 0.0, 1.0)))
        pose[:3, 3] = station[:3]
        solved = kinematics.project(pose, station[4:])
        if solved is None:
            raise _broken(station[:3], "the arm is stretched out or folded up there")
        joints[index] = solved
    joints[0] = anchors[0].joints
    jumps = np.abs(np.diff(joints, axis=0)).max(axis=1)
    if jumps.max() > MAX_JOINT_STEP_RAD:
        where = stations[int(jumps.argmax())][:3]
        raise _broken(where, f"a joint would jump by {jumps.max():.2f} rad there")
    return measured(kinematics, joints)


def measured(kinematics: ArmKinematics, joints: NDArray[np.float64]) -> Path:
    """A path with the TCP's travelled length and turned angle at each station."""
    poses = [kinematics.forward(row) for row in joints]
    pairs = list(pairwise(poses))
    travel = [float(np.linalg.norm(b[:3, 3] - a[:3, 3])) for a, b in pairs]
    turn = [rotation_distance(a, b) for a, b in pairs]
    return Path(
        joints,
        np.concatenate([[0.0], np.cumsum(travel)]),
        np.concatenate([[0.0], np.cumsum(turn)]),
    )


def _length(before: NDArray[np.float64], after: NDArray[np.float64], turn: float) -> float:
    change = np.abs(after - before)
    return max(
        float(np.linalg.norm(change[:3])),
        float(change[3]) * turn * METRES_PER_RADIAN,
        float(change[4:].max()) * METRES_PER_JOINT_RADIAN,
    )


def _blended(
    rows: NDArray[np.float64], lengths: NDArray[np.float64], radius: float
) -> NDArray[np.float64]:
    """The polyline `rows` [A, C], averaged, at even stations [N, C]."""
    knots = np.concatenate([[0.0], np.cumsum(lengths)])
    count = max(MIN_STATIONS, int(np.ceil(knots[-1] / STEP_M)))
    step = knots[-1] / count
    places = np.arange(count + 1) * step
    # A window that reaches past the first or last corner from an end would move that end.
    reach = int(min(radius, lengths[0], lengths[-1]) / step) if len(rows) > 2 else 0
    if reach == 0:
        return _on_polyline(places, knots, rows)
    padded = np.arange(-reach, count + reach + 1) * step
    values = _on_polyline(padded, knots, rows)
    window = 1.0 + np.cos(np.pi * np.arange(-reach, reach + 1) / (reach + 1))
    window /= window.sum()
    return np.stack([np.convolve(column, window, mode="valid") for column in values.T], axis=1)


def _on_polyline(
    places: NDArray[np.float64], knots: NDArray[np.float64], rows: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Linear interpolation that goes on straight beyond both ends."""
    segment = np.clip(np.searchsorted(knots, places, side="right") - 1, 0, len(knots) - 2)
    fraction = (places - knots[segment]) / (knots[segment + 1] - knots[segment])
    return rows[segment] + fraction[:, None] * (rows[segment + 1] - rows[segment])


def _broken(position: NDArray[np.float64], why: str) -> ClapError:
    x, y, z = position
    return ClapError(
        ErrorCode.UNREACHABLE,
        f"the line of the tool breaks off at ({x:.3f}, {y:.3f}, {z:.3f}) m: {why}",
        "Split the motion, use a free motion, or bring the goal nearer to the middle of the "
        "work area",
    )
