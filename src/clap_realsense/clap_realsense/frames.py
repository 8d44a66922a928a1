"""A camera's frames as messages, placed as realsense-ros places them."""

from __future__ import annotations

import numpy as np
from builtin_interfaces.msg import Time
from geometry_msgs.msg import TransformStamped

from clap_core.camera.realsense import LINK_T_OPTICAL, color_frame, depth_frame, link_frame
from clap_core.geometry.transforms import Transform, quaternion_xyzw


def camera_transforms(camera: str, link_T_color: Transform, stamp: Time) -> list[TransformStamped]:
    """What is below the camera's link: the frames of colour and depth, and their optical ones.

    Args:
        camera: its name.
        link_T_color: [4, 4] pose of the colour sensor's frame (x forward), metres; depth is in the
            link itself.
        stamp: of the transforms.
    """
    messages = []
    for channel, optical, link_T_sensor in (
        ("color", color_frame(camera), link_T_color),
        ("depth", depth_frame(camera), np.eye(4)),
    ):
        frame = f"{camera}_{channel}_frame"
        messages.append(transform_message(link_frame(camera), frame, link_T_sensor, stamp))
        messages.append(transform_message(frame, optical, LINK_T_OPTICAL, stamp))
    return messages


def transform_message(
    parent: str, child: str, parent_T_child: Transform, stamp: Time
) -> TransformStamped:
    """A transform as a message.

    Args:
        parent, child: names of the frames.
        parent_T_child: [4, 4], metres.
        stamp: of the message.
    """
    message = TransformStamped()
    message.header.stamp = stamp
    message.header.frame_id = parent
    message.child_frame_id = child
    translation, rotation = message.transform.translation, message.transform.rotation
    translation.x, translation.y, translation.z = (float(value) for value in parent_T_child[:3, 3])
    rotation.x, rotation.y, rotation.z, rotation.w = map(float, quaternion_xyzw(parent_T_child))
    return message
