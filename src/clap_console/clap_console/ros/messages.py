"""The stack's messages as what the page tells."""

from __future__ import annotations

from typing import Any

from clap_console.page.task import Event, KeyPose, Point, StepResult
from clap_core.errors import ErrorCode
from clap_msgs.msg import KeyAction

_GRIPPER = {
    KeyAction.GRIPPER_KEEP: "keep",
    KeyAction.GRIPPER_OPEN: "open",
    KeyAction.GRIPPER_GRASP: "grasp",
}


def event_of(feedback: Any) -> Event:
    """Feedback of ExecuteTask."""
    return Event(
        feedback.stage,
        feedback.text,
        feedback.index,
        feedback.count,
        feedback.subtask.text,
        point_of(feedback.keypoint),
        key_pose_of(feedback.action),
    )


def step_result_of(result: Any) -> StepResult:
    """A SubTaskResult."""
    return StepResult(
        result.subtask.text,
        error_name(result.error_code),
        result.error_msg,
        result.attempts,
        result.duration_s,
        point_of(result.keypoint),
    )


def point_of(keypoint: Any) -> Point | None:
    """A Keypoint; None for one that was left empty."""
    if not keypoint.label:
        return None
    place = keypoint.point
    return Point(keypoint.label, (place.x, place.y, place.z), round(keypoint.confidence, 3))


def key_pose_of(action: Any) -> KeyPose | None:
    """A KeyAction's target; None for one that was left empty."""
    place, turn = action.target.position, action.target.orientation
    if not action.text and (place.x, place.y, place.z) == (0.0, 0.0, 0.0):
        return None
    return KeyPose(
        action.text,
        (place.x, place.y, place.z),
        (turn.x, turn.y, turn.z, turn.w),
        _GRIPPER.get(action.gripper, "keep"),
    )


def error_name(code: int) -> str:
    """The name of an error code, whatever number came."""
    return ErrorCode(code).name if code in {int(known) for known in ErrorCode} else f"error {code}"


def goal_name(goal_id: Any) -> str:
    """A goal's id (unique_identifier_msgs/UUID) as text."""
    return bytes(goal_id.uuid).hex()
