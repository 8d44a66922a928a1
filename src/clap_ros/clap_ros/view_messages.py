"""Looks of cameras to CameraView messages and back."""

from __future__ import annotations

from rclpy.time import Time
from std_msgs.msg import Header

from clap_core.camera.camera_info import rectification_from_message
from clap_core.camera.image_message import to_array
from clap_core.camera.view import CameraView
from clap_msgs import msg
from clap_ros import images
from clap_ros.stamps import stamp_ns
from clap_ros.task_messages import pose_from_message, pose_to_message


def to_message(view: CameraView, base_frame: str) -> msg.CameraView:
    """The message of a look.

    Args:
        view: the look.
        base_frame: what its pose is relative to.
    """
    header = Header(frame_id=view.frame, stamp=Time(nanoseconds=view.stamp_ns).to_msg())
    encoding = "16UC1" if view.depth.dtype.kind == "u" else "32FC1"
    return msg.CameraView(
        header=header,
        camera=view.name,
        color=images.to_message(view.rgb, "rgb8", header),
        depth=images.to_message(view.depth, encoding, header),
        camera_info=images.intrinsics_to_message(view.intrinsics, header),
        base_frame=base_frame,
        base_from_camera=pose_to_message(view.base_T_camera),
    )


def from_message(message: msg.CameraView) -> CameraView:
    """The look in a message.

    Raises:
        ClapError: INVALID_REQUEST when pictures, intrinsics and pose do not fit together.
    """
    rectification = rectification_from_message(message.camera_info)
    view = CameraView(
        message.camera,
        to_array(message.depth),
        to_array(message.color, "rgb8"),
        rectification.intrinsics,
        pose_from_message(message.base_from_camera),
        stamp_ns(message.header.stamp),
        message.header.frame_id,
    )
    return rectification.apply(view)
