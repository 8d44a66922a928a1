"""What a key pose can be told from: frames that are known before anything is looked at.

Each patch of what is seen is one more. An anchor votes for where the key poses are, seen from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from clap_core.geometry import invert, make_transform
from clap_learning.policy.clap.situation import SubTaskSituation
from clap_learning.policy.frames import Transform, radial_yaw, upright


class VoteAnchor(str, Enum):
    """A frame."""

    KEYPOINT = "keypoint"
    """Its own."""

    WAY = "way"
    """At the keypoint; x from where the carried point starts to it. What is pushed goes that
    way."""

    ONWARD = "onward"
    """At the keypoint; x from it to the next sub-task's place."""

    HAND = "hand"
    """The carried point, along the axes of the TCP: a hand draws back along its own."""

    LEVEL = "level"
    """The carried point, along the axes of the keypoint's frame, with the TCP's orientation: what
    is lifted goes up."""


ANCHORS = tuple(VoteAnchor)


def anchor_frames(now: SubTaskSituation) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The frames in the keypoint's.

    Returns:
        [A, 2, 4, 4] of each of `ANCHORS`: along which axes positions are told from it, and what
        rotations are told from; [A] which of them there are.
    """
    level = np.eye(4)
    onward, goes_on = level, now.next_m is not None
    if now.next_m is not None:
        onward = upright(np.zeros(3), radial_yaw(now.next_m))
    way = upright(np.zeros(3), radial_yaw(-now.carried_m))
    hand = with_origin(now.key_T_tcp, now.carried_m)
    frames = np.array([
        [level, level],
        [way, way],
        [onward, onward],
        [hand, hand],
        [with_origin(level, now.carried_m), hand],
    ])  # fmt: skip
    return frames, np.array([True, not now.at_hand, goes_on, True, True])


def with_origin(pose: Transform, origin_m: NDArray[np.float64]) -> Transform:
    """[4, 4] the same axes somewhere else."""
    moved = np.array(pose)
    moved[:3, 3] = origin_m
    return moved


def tcp_poses(
    positions_m: Sequence[NDArray[np.float64]],
    rotations: Sequence[NDArray[np.float64]],
    tcp_p_held: NDArray[np.float64] | None,
) -> list[Transform]:
    """[4, 4] of the TCP, from where the carried point comes and how the hand is turned."""
    poses = []
    for position_m, rotation in zip(positions_m, rotations, strict=True):
        pose = make_transform(position_m, (0.0, 0.0, 0.0, 1.0))
        pose[:3, :3] = rotation
        if tcp_p_held is not None:
            pose[:3, 3] -= rotation @ tcp_p_held
        poses.append(pose)
    return poses


def seen_from(pose: Transform, other: Transform) -> Transform:
    """[4, 4] a pose in another's frame."""
    return np.asarray(invert(other) @ pose)
