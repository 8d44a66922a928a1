"""What the fingers tell of the hand, and how that agrees with what is remembered of it."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from functools import partial

from pydantic import BaseModel, Field
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import JointState

from clap_core.errors import ClapError, ErrorCode
from clap_core.robot.joint_track import ImplausibleJointsError, OpeningTrack
from clap_core.robot.names import franka_names
from clap_core.task_types import HeldObject
from clap_ros.names import with_full_names

_POLL_S = 0.02


class HandConfig(BaseModel, frozen=True, extra="forbid"):
    """Where the fingers are heard, and which openings mean an empty hand."""

    arm_id: str = Field("fr3", description="Prefix of the finger joints: fr3, fer or panda.")
    joint_states: str = Field(
        "joint_states", min_length=1, description="Topic with the joints of the fingers."
    )
    hand_joint_states: str = Field(
        "franka_gripper/joint_states",
        min_length=1,
        description="Topic of the gripper itself; while it speaks, the other one does not count.",
    )
    closed_below_m: float = Field(
        0.003, description="Fingers closer than this hold nothing [m].", ge=0.0, le=0.05
    )
    open_above_m: float = Field(
        0.078, description="Fingers farther apart than this hold nothing [m].", gt=0.0, le=0.2
    )


class HandWatch:
    """Listens to the fingers until it is destroyed.

    Args:
        node: that subscribes.
        config: topic and limits.
    """

    def __init__(self, node: Node, config: HandConfig) -> None:
        self._node = node
        self._config = config = with_full_names(node, config, "joint_states", "hand_joint_states")
        self._opening = OpeningTrack(franka_names(config.arm_id).finger_joints)
        # Best effort hears reliable and best-effort publishers alike; only the latest counts.
        latest = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
        self._subscriptions = [
            node.create_subscription(JointState, topic, partial(self._hear, is_own=is_own), latest)
            for topic, is_own in ((config.joint_states, False), (config.hand_joint_states, True))
        ]

    def destroy(self) -> None:
        """Stop listening."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)

    def agreed(self, remembered: HeldObject | None) -> HeldObject | None:
        """What the hand holds, by memory and fingers together.

        Fingers that are closed or wide open hold nothing, whatever is remembered: a person may
        have taken it. Fingers in between hold what is remembered; where the memory says that it
        does not know, something unknown.

        Args:
            remembered: what is believed; `UNKNOWN_OBJECT` for "not known", None for nothing.
        """
        width_m = self._opening.width_m
        is_closed = width_m < self._config.closed_below_m
        return None if is_closed or width_m > self._config.open_above_m else remembered

    def wait_until_agreed(
        self, remembered: HeldObject | None, timeout_s: float, cancelled: threading.Event
    ) -> HeldObject | None:
        """As `agreed`, once finger positions came after this call; at once if nothing is held.

        Raises:
            ClapError: ROBOT_NOT_READY after `timeout_s` wall-clock seconds; CANCELED.
        """
        if remembered is None:
            return None
        asked_at = time.monotonic()
        while self._opening.heard_at_s < asked_at:
            if cancelled.wait(_POLL_S):
                raise ClapError(
                    ErrorCode.CANCELED,
                    "canceled while waiting for the fingers' opening",
                    "Say the next instruction when you are ready",
                )
            if time.monotonic() > asked_at + timeout_s:
                raise ClapError(
                    ErrorCode.ROBOT_NOT_READY,
                    "whether the hand is empty is not known: no finger joints came on "
                    f"{self._config.joint_states} or {self._config.hand_joint_states}",
                    "Start the robot's driver with its gripper, or the simulation, and check "
                    "the parameter hand.joint_states",
                )
        return self.agreed(remembered)

    def _hear(self, message: JointState, is_own: bool) -> None:
        # franka_executor hears the same messages, and tells which it does not believe.
        with suppress(ImplausibleJointsError):
            self._opening.hear(message.name, message.position, time.monotonic(), is_own)
