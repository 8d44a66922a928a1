"""To set down what is held on a free place: from above, as it was taken, until it touches."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from clap_core.task_types import KeyAction, Motion
from clap_learning.policy.feeling import FEELS_FOR_M

_ABOVE_M = 0.10
_TURNS_RAD = tuple(np.radians((0.0, 35.0, -35.0, 70.0, -70.0, 120.0, -120.0, 180.0)))
"""Turns about the vertical that are tried, where the arm does not reach the place as it is."""


def ways_down(
    base_T_tcp: NDArray[np.float64],
    tcp_p_foot: NDArray[np.float64],
    place_m: NDArray[np.float64],
    text: str,
) -> Iterator[tuple[KeyAction, ...]]:
    """Ways to bring the foot of what is held to a place, the least turned first.

    Args:
        base_T_tcp: [4, 4] the hand now.
        tcp_p_foot: [3] the foot of what is held, in the TCP's frame.
        place_m: [3] base frame.
        text: of the key poses.
    """
    for turn_rad in _TURNS_RAD:
        c, s = np.cos(turn_rad), np.sin(turn_rad)
        pose = base_T_tcp.copy()
        pose[:3, :3] = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]) @ pose[:3, :3]
        pose[:3, 3] = place_m - pose[:3, :3] @ tcp_p_foot
        above = pose.copy()
        above[2, 3] += _ABOVE_M
        pose[2, 3] -= FEELS_FOR_M
        lifted = base_T_tcp.copy()
        lifted[2, 3] = max(lifted[2, 3], above[2, 3])
        yield (
            KeyAction(lifted, Motion.LINEAR, text=text),
            KeyAction(above, Motion.JOINT, text=text),
            KeyAction(pose, Motion.GUARDED, text=text),
        )
