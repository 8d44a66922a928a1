"""Between the messages of ``clap_msgs`` and the plain values of ``clap_core.task_types``."""

from __future__ import annotations

import numpy as np
from geometry_msgs.msg import Point, Pose, Quaternion, Vector3
from numpy.typing import NDArray
from rclpy.time import Time
from scipy.spatial.transform import Rotation

from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import (
    GripperCommand,
    HeldObject,
    KeyAction,
    Keypoint,
    Motion,
    SubTask,
    SubTaskResult,
)
from clap_msgs import msg
from clap_ros.stamps import stamp_ns


def subtask_to_message(subtask: SubTask) -> msg.SubTask:
    """SubTask value to message."""
    return msg.SubTask(
        action=subtask.action.value,
        text=subtask.text,
        object=subtask.object,
        part=subtask.part,
        relation=subtask.relation.value,
        reference=subtask.reference,
    )


def subtask_from_message(message: msg.SubTask) -> SubTask:
    """SubTask message to value; errors of `SubTask.of_message`."""
    return SubTask.of_message(message)


def keypoint_to_message(keypoint: Keypoint, frame: str) -> msg.Keypoint:
    """Keypoint value, in `frame`, to message."""
    message = msg.Keypoint(
        label=keypoint.label,
        point=Point(**_xyz(keypoint.point)),
        size=Vector3(**_xyz(keypoint.size)),
        confidence=float(keypoint.confidence),
    )
    message.header.frame_id = frame
    message.header.stamp = Time(nanoseconds=keypoint.stamp_ns).to_msg()
    return message


def keypoint_from_message(message: msg.Keypoint) -> Keypoint:
    """Keypoint message to value; the caller checks the frame.

    Raises:
        ClapError: INVALID_REQUEST when the point or the size is not finite.
    """
    point, size = _array(message.point), _array(message.size)
    if not np.isfinite([point, size]).all():
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"keypoint '{message.label}' is not finite",
            "Ask the keypoint node again",
        )
    return Keypoint(
        label=message.label,
        point=point,
        size=size,
        confidence=message.confidence,
        stamp_ns=stamp_ns(message.header.stamp),
    )


def held_to_message(held: HeldObject | None) -> msg.HeldObject:
    """HeldObject value to message; None becomes an empty name."""
    if held is None:
        return msg.HeldObject()
    return msg.HeldObject(
        name=held.name,
        tcp_above_bottom_m=float(held.tcp_above_bottom_m),
        radius_m=float(held.radius_m),
        tcp_to_center_m=Vector3(**_xyz(held.tcp_to_center_m)),
        tcp_yaw_rad=float(held.tcp_yaw_rad),
    )


def held_from_message(message: msg.HeldObject) -> HeldObject | None:
    """HeldObject message to value; an empty name becomes None.

    Raises:
        ClapError: INVALID_REQUEST when a number is not finite.
    """
    if not message.name:
        return None
    center = _array(message.tcp_to_center_m)
    numbers = (message.tcp_above_bottom_m, message.radius_m, message.tcp_yaw_rad, *center)
    if not np.isfinite(numbers).all():
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the held object '{message.name}' has numbers that are not finite",
            "Send what the policy answered, or an empty name when nothing is held",
        )
    return HeldObject(
        name=message.name,
        tcp_above_bottom_m=message.tcp_above_bottom_m,
        radius_m=message.radius_m,
        tcp_to_center_m=center,
        tcp_yaw_rad=message.tcp_yaw_rad,
    )


def key_action_to_message(action: KeyAction) -> msg.KeyAction:
    """KeyAction value to message."""
    return msg.KeyAction(
        target=pose_to_message(action.base_T_tcp),
        motion=int(action.motion),
        gripper=int(action.gripper),
        width_m=float(action.width_m),
        force_n=float(action.force_n),
        speed_scale=float(action.speed_scale),
        text=action.text,
    )


def key_action_from_message(message: msg.KeyAction) -> KeyAction:
    """KeyAction message to value.

    Raises:
        ClapError: INVALID_REQUEST on unknown enum values, numbers that are not finite or a
            quaternion that is not of unit length.
    """
    try:
        motion, gripper = Motion(message.motion), GripperCommand(message.gripper)
    except ValueError as error:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"key action '{message.text}': {error}",
            "Use the MOTION_ and GRIPPER_ constants of clap_msgs/msg/KeyAction",
        ) from error
    numbers = (message.width_m, message.force_n, message.speed_scale)
    if not np.isfinite(numbers).all():
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"key action '{message.text}' has a width, force or speed that is not finite",
            "Correct the policy that made it",
        )
    return KeyAction(
        pose_from_message(message.target),
        motion,
        gripper,
        message.width_m,
        message.force_n,
        message.speed_scale,
        message.text,
    )


def result_to_message(result: SubTaskResult, frame: str) -> msg.SubTaskResult:
    """SubTaskResult value, in `frame`, to message."""
    message = msg.SubTaskResult(
        subtask=subtask_to_message(result.subtask),
        actions=[key_action_to_message(action) for action in result.actions],
        attempts=result.attempts,
        error_code=int(result.error_code),
        error_msg=result.error_msg,
        duration_s=float(result.duration_s),
    )
    if result.keypoint is not None:
        message.keypoint = keypoint_to_message(result.keypoint, frame)
    return message


def pose_to_message(base_T_tcp: NDArray[np.float64]) -> Pose:
    """[4, 4] transform to a pose message."""
    x, y, z, w = Rotation.from_matrix(base_T_tcp[:3, :3]).as_quat()
    return Pose(
        position=Point(**_xyz(base_T_tcp[:3, 3])),
        orientation=Quaternion(x=float(x), y=float(y), z=float(z), w=float(w)),
    )


def pose_from_message(message: Pose) -> NDArray[np.float64]:
    """Pose message to a [4, 4] transform.

    Raises:
        ClapError: INVALID_REQUEST when it is not finite or its quaternion not of unit length.
    """
    position, q = _array(message.position), message.orientation
    quaternion = np.array([q.x, q.y, q.z, q.w])
    length = float(np.linalg.norm(quaternion))
    if not np.isfinite(position).all() or not abs(length - 1.0) < 1e-3:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the pose at {position} with a quaternion of length {length:.3g} is malformed",
            "Send finite numbers and a unit quaternion x, y, z, w",
        )
    transform = np.eye(4)
    transform[:3, :3] = Rotation.from_quat(quaternion).as_matrix()
    transform[:3, 3] = position
    return transform


def _xyz(values: NDArray[np.floating]) -> dict[str, float]:
    return {axis: float(value) for axis, value in zip("xyz", values, strict=True)}


def _array(message: Point | Vector3) -> NDArray[np.float64]:
    return np.array([message.x, message.y, message.z], dtype=np.float64)
