"""Values as the fields of the messages that a bag of the robot holds, and back.

Fields are mappings by name, as ``messages.MessageWriter`` takes them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError
from clap_core.frames import FrameBuffer, Sample
from clap_core.geometry import quaternion_xyzw
from clap_core.task_types import KeyAction, SubTask

IMAGE_TYPE = "sensor_msgs/msg/Image"
INFO_TYPE = "sensor_msgs/msg/CameraInfo"
JOINT_STATE_TYPE = "sensor_msgs/msg/JointState"
TF_TYPE = "tf2_msgs/msg/TFMessage"
PLAN_TYPE = "clap_msgs/msg/Plan"
FEEDBACK_TYPE = "clap_msgs/action/ExecuteTask_FeedbackMessage"
KEYPOINT_TYPE = "clap_msgs/msg/Keypoint"

NS_PER_S = 1_000_000_000

Fields = dict[str, Any]


def header_fields(stamp_ns: int, frame: str = "") -> Fields:
    """Of a std_msgs/Header."""
    sec, nanosec = divmod(stamp_ns, NS_PER_S)
    return {"stamp": {"sec": sec, "nanosec": nanosec}, "frame_id": frame}


def vector_fields(values: Iterable[float]) -> Fields:
    """Of a Point, Vector3 or Quaternion: x, y, z and perhaps w."""
    return dict(zip("xyzw", map(float, values), strict=False))


def transform_fields(
    parent: str, child: str, parent_T_child: NDArray[np.float64], stamp_ns: int
) -> Fields:
    """Of a geometry_msgs/TransformStamped."""
    return {
        "header": header_fields(stamp_ns, parent),
        "child_frame_id": child,
        "transform": {
            "translation": vector_fields(parent_T_child[:3, 3]),
            "rotation": vector_fields(quaternion_xyzw(parent_T_child)),
        },
    }


def joint_fields(stamp_ns: int, names: list[str], positions: list[float]) -> Fields:
    """Of a sensor_msgs/JointState; positions in radians and metres."""
    return {"header": header_fields(stamp_ns), "name": names, "position": positions}


def subtask_fields(subtask: SubTask) -> Fields:
    """Of a clap_msgs/SubTask."""
    words = {"action": subtask.action.value, "relation": subtask.relation.value}
    return asdict(subtask) | words


def keypoint_fields(label: str, point_m: Iterable[float], frame: str, stamp_ns: int) -> Fields:
    """Of a clap_msgs/Keypoint that somebody is sure of."""
    return {
        "header": header_fields(stamp_ns, frame),
        "label": label,
        "point": vector_fields(point_m),
        "confidence": 1.0,
    }


def key_action_fields(action: KeyAction) -> Fields:
    """Of a clap_msgs/KeyAction."""
    return {
        "target": {
            "position": vector_fields(action.base_T_tcp[:3, 3]),
            "orientation": vector_fields(quaternion_xyzw(action.base_T_tcp)),
        },
        "motion": int(action.motion),
        "gripper": int(action.gripper),
        "width_m": action.width_m,
        "force_n": action.force_n,
        "speed_scale": action.speed_scale,
        "text": action.text,
    }


def add_transforms(frames: FrameBuffer, message: Any, is_static: bool) -> bool:
    """Take the transforms of a tf2_msgs/TFMessage into a buffer; tells whether any was good.

    As in the live nodes, one that is no transform is left out.
    """
    has_any = False
    for item in message.transforms:
        t, q = item.transform.translation, item.transform.rotation
        stamp = item.header.stamp
        with contextlib.suppress(ClapError):
            frames.set(
                item.header.frame_id,
                item.child_frame_id,
                Sample((t.x, t.y, t.z), (q.x, q.y, q.z, q.w)),
                int(stamp.sec) * NS_PER_S + int(stamp.nanosec),
                is_static=is_static,
            )
            has_any = True
    return has_any
