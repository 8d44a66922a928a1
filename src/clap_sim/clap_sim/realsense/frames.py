"""Where the simulated cameras are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from builtin_interfaces.msg import Time
from geometry_msgs.msg import TransformStamped

from clap_core.camera.realsense import LINK_T_OPTICAL, link_frame
from clap_core.geometry.transforms import invert
from clap_realsense.frames import camera_transforms, transform_message
from clap_sim.world.cameras import STAND, Mount


def static_transforms(
    mounts: Sequence[Mount], base_frame: str, hand_frame: str, stamp: Time
) -> list[TransformStamped]:
    """The body that carries each camera, its link, and the link's other frames.

    Args:
        mounts: the cameras; they have colour and depth in one place.
        base_frame: name of the frame of stands.
        hand_frame: name of the frame of the hand.
        stamp: of the transforms.
    """
    messages = []
    for mount in mounts:
        parent = base_frame if mount.body == STAND else hand_frame
        parent_T_link = mount.parent_T_optical() @ invert(LINK_T_OPTICAL)
        messages.append(transform_message(parent, link_frame(mount.name), parent_T_link, stamp))
        messages += camera_transforms(mount.name, np.eye(4), stamp)
    return messages
