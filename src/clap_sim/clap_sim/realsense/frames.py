"""Frames of the cameras, named and placed as realsense-ros does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from builtin_interfaces.msg import Time
from geometry_msgs.msg import TransformStamped

from clap_core.geometry.transforms import Transform, invert, quaternion_xyzw
from clap_sim.world.cameras import STAND, Mount

LINK_T_OPTICAL = np.array(
    [[0.0, 0.0, 1.0, 0.0], [-1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
)
"""From a camera's link (x forward, y left, z up) to its optical frame (REP-103)."""


def color_frame(camera: str) -> str:
    """Optical frame of colour and of depth aligned to it."""
    return f"{camera}_color_optical_frame"


def depth_frame(camera: str) -> str:
    """Optical frame of depth. The simulation has colour and depth in one place."""
    return f"{camera}_depth_optical_frame"


def static_transforms(
    mounts: Sequence[Mount], base_frame: str, hand_frame: str, stamp: Time
) -> list[TransformStamped]:
    """Where the cameras are: the body that carries each, its link, and the link's other frames.

    Args:
        mounts: the cameras.
        base_frame: name of the frame of stands.
        hand_frame: name of the frame of the hand.
        stamp: of the transforms.
    """
    return [
        _message(parent, child, transform, stamp)
        for mount in mounts
        for parent, child, transform in _tree(
            mount, base_frame if mount.body == STAND else hand_frame
        )
    ]


def _tree(mount: Mount, parent: str) -> Iterator[tuple[str, str, Transform]]:
    link = f"{mount.name}_link"
    yield parent, link, mount.parent_T_optical() @ invert(LINK_T_OPTICAL)
    for channel, optical in (
        ("color", color_frame(mount.name)),
        ("depth", depth_frame(mount.name)),
    ):
        frame = f"{mount.name}_{channel}_frame"
        yield link, frame, np.eye(4)
        yield frame, optical, LINK_T_OPTICAL


def _message(parent: str, child: str, transform: Transform, stamp: Time) -> TransformStamped:
    message = TransformStamped()
    message.header.stamp = stamp
    message.header.frame_id = parent
    message.child_frame_id = child
    translation, rotation = message.transform.translation, message.transform.rotation
    translation.x, translation.y, translation.z = (float(value) for value in transform[:3, 3])
    rotation.x, rotation.y, rotation.z, rotation.w = map(float, quaternion_xyzw(transform))
    return message
