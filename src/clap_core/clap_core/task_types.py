"""The data that the parts of the stack exchange, as plain values.

They mirror the messages of ``clap_msgs`` one to one; ``clap_ros.task_messages`` converts.
Lengths are in metres, angles in radians, poses are 4x4 homogeneous matrices of the tool
centre point (TCP) in the robot's base frame unless a name says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode


class Action(str, Enum):
    """What a sub-task does."""

    APPROACH = "approach"
    GRASP = "grasp"
    MOVE = "move"
    RELEASE = "release"
    PUSH = "push"
    PRESS = "press"
    OPEN = "open"
    CLOSE = "close"
    TURN = "turn"


class Relation(str, Enum):
    """Where, relative to a reference, something goes. Directions are the robot's own:
    left is +y of the base frame, in front of is -x (towards the robot), behind is +x."""

    NONE = ""
    NEXT_TO = "next_to"
    LEFT_OF = "left_of"
    RIGHT_OF = "right_of"
    IN_FRONT_OF = "in_front_of"
    BEHIND = "behind"
    ON = "on"
    IN = "in"
    UP = "up"
    TOWARDS = "towards"


class Motion(IntEnum):
    """How a key action moves the TCP."""

    NONE = 0
    JOINT = 1
    LINEAR = 2
    GUARDED = 3


class GripperCommand(IntEnum):
    """What a key action does with the gripper once the motion has ended."""

    KEEP = 0
    OPEN = 1
    GRASP = 2


@dataclass(frozen=True)
class SubTask:
    """One step of a plan; see ``clap_msgs/msg/SubTask``."""

    action: Action
    text: str
    object: str = ""
    part: str = ""
    relation: Relation = Relation.NONE
    reference: str = ""

    @classmethod
    def of_message(cls, message: Any) -> SubTask:
        """From a ``clap_msgs/msg/SubTask`` of any library's class: rclpy's or rosbags'.

        Raises:
            ClapError: INVALID_REQUEST on an unknown action or relation.
        """
        try:
            action, relation = Action(message.action), Relation(message.relation)
        except ValueError as error:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"sub-task '{message.text}': {error}",
                "Use the ACTION_ and RELATION_ words of clap_msgs/msg/SubTask",
            ) from error
        return cls(action, message.text, message.object, message.part, relation, message.reference)


@dataclass(frozen=True)
class Keypoint:
    """A 3D point in the base frame at which a sub-task happens.

    Attributes:
        label: what was found.
        point: [3] position.
        size: [3] extent of the object along the base axes; zeros when unknown.
        confidence: 0..1.
        stamp_ns: time of the cloud it was found in.
    """

    label: str
    point: NDArray[np.float64]
    size: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    confidence: float = 1.0
    stamp_ns: int = 0


@dataclass(frozen=True)
class HeldObject:
    """What the policy remembers of the object between the fingers; see the message.

    A radius of zero means that it was not measured.
    """

    name: str
    tcp_above_bottom_m: float = 0.0
    radius_m: float = 0.0
    tcp_to_center_m: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    tcp_yaw_rad: float = 0.0

    @property
    def is_known(self) -> bool:
        """Whether it is known what this is; else the fingers alone tell that something is there."""
        return self.name != UNKNOWN_OBJECT.name


UNKNOWN_OBJECT = HeldObject("unknown object")
"""What a hand may hold that was found neither closed nor fully open."""


@dataclass(frozen=True)
class KeyAction:
    """One end-effector action.

    Attributes:
        base_T_tcp: [4, 4] target of the TCP (z of the TCP points out of the fingers).
        motion: how to get there.
        gripper: what to do after arriving.
        width_m: opening to move to, or the smallest width that counts as an object.
        force_n: grasp force.
        speed_scale: 0..1 of the configured speed.
        text: the action in words.
    """

    base_T_tcp: NDArray[np.float64]
    motion: Motion = Motion.LINEAR
    gripper: GripperCommand = GripperCommand.KEEP
    width_m: float = 0.0
    force_n: float = 0.0
    speed_scale: float = 1.0
    text: str = ""


@dataclass(frozen=True)
class ActionChunk:
    """What a policy answers: actions to execute in order, then `done` or another look.

    Attributes:
        actions: may be empty when the sub-task is already done.
        held: what is held once the actions have succeeded; None for nothing.
        done: the sub-task is finished after these actions.
    """

    actions: tuple[KeyAction, ...]
    held: HeldObject | None
    done: bool


@dataclass(frozen=True)
class SubTaskResult:
    """How one sub-task ended."""

    subtask: SubTask
    keypoint: Keypoint | None
    actions: tuple[KeyAction, ...]
    attempts: int
    error_code: ErrorCode
    error_msg: str
    duration_s: float
