"""What the executor knows of the robot: joints, gripper width, mode, external force."""

from __future__ import annotations

import os
import threading
import time

import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import JointState

from clap_core.errors import ClapError, ErrorCode
from clap_core.robot.joint_track import ImplausibleJointsError, JointTrack, OpeningTrack, pick
from clap_core.robot.names import franka_names
from clap_core.robot.specification import ArmSpecification
from clap_manipulation.franka_executor.config import RobotNames, SupervisionConfig
from franka_msgs.msg import FrankaRobotState

DOUBTED_S = 1.0
"""How long nothing moves after the joints contradicted each other: two publishers would again."""

_MODE_NAMES = {
    FrankaRobotState.ROBOT_MODE_OTHER: "other",
    FrankaRobotState.ROBOT_MODE_IDLE: "idle",
    FrankaRobotState.ROBOT_MODE_MOVE: "move",
    FrankaRobotState.ROBOT_MODE_GUIDING: "guiding",
    FrankaRobotState.ROBOT_MODE_REFLEX: "reflex",
    FrankaRobotState.ROBOT_MODE_USER_STOPPED: "user stopped",
    FrankaRobotState.ROBOT_MODE_AUTOMATIC_ERROR_RECOVERY: "automatic error recovery",
}

_NOT_READY_CURES = {
    FrankaRobotState.ROBOT_MODE_USER_STOPPED: "Release the user stop and send the action again",
    FrankaRobotState.ROBOT_MODE_GUIDING: "Let go of the guiding button and send the action again",
    FrankaRobotState.ROBOT_MODE_AUTOMATIC_ERROR_RECOVERY: "Wait until it has ended",
}


def recovery_cure(node: Node) -> str:
    """What to do about a reflex.

    Args:
        node: the executor.
    """
    name = node.get_fully_qualified_name()
    return (
        f"Remove what the arm ran into, then call `./clap recover` ({name}/recover, a Trigger) and "
        "send the action again"
    )


class RobotMonitor:
    """Hears the joints of arm and hand and the robot state, and says whether the arm may move.

    Ages are on the wall clock and by time of arrival: they must grow when a simulation dies and
    its clock with it, and clocks of different computers need not agree.

    Args:
        node: that subscribes.
        names: of topics and joints.
        arm: names and limits of its joints.
        supervision: limits of age and deviation.
    """

    def __init__(
        self,
        node: Node,
        names: RobotNames,
        arm: ArmSpecification,
        supervision: SupervisionConfig,
    ) -> None:
        self._node = node
        self._names = names
        self._supervision = supervision
        self._joint_names = arm.joint_names
        self._track = JointTrack(arm)
        self._opening = OpeningTrack(franka_names(names.arm_id).finger_joints)
        self._changed = threading.Condition()
        self._joints: NDArray[np.float64] | None = None
        self._joints_at = -np.inf
        self._doubt = ""
        self._doubt_at = -np.inf
        self._refused = 0
        self._state_bytes = b""
        self._state_at = -np.inf
        self._decoded = (b"", FrankaRobotState())
        # Best effort hears reliable and best-effort publishers alike; only the latest counts.
        latest = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
        self._subscriptions = (
            node.create_subscription(JointState, names.joint_states, self._on_joints, latest),
            node.create_subscription(JointState, names.hand_joint_states, self._on_hand, latest),
            # At 1 kHz, decoding every state would cost a third of a core: keep the bytes.
            node.create_subscription(
                FrankaRobotState, names.robot_state, self._on_state, latest, raw=True
            ),
        )

    def destroy(self) -> None:
        """Stop listening."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)

    @property
    def joints_age_s(self) -> float:
        """Seconds since the arm's joints were last heard; inf when never."""
        return time.monotonic() - self._joints_at

    @property
    def state_age_s(self) -> float:
        """Seconds since the robot state was last heard; inf when never."""
        return time.monotonic() - self._state_at

    @property
    def refused_count(self) -> int:
        """How many messages about joints were not believed."""
        return self._refused

    @property
    def last_refusal(self) -> str:
        """Why the last of them was not; empty when there was none."""
        return self._doubt

    @property
    def gripper_width_m(self) -> float:
        """Opening of the gripper as last heard; NaN when never."""
        return self._opening.width_m

    @property
    def measured_joints(self) -> NDArray[np.float64] | None:
        """[7] rad as last heard; None when never."""
        return self._joints

    def robot_state(self) -> FrankaRobotState | None:
        """The robot state, or None when none came recently."""
        if self.state_age_s > self._supervision.state_timeout_s:
            return None
        raw, decoded = self._decoded
        if raw is not self._state_bytes:
            raw = self._state_bytes
            decoded = deserialize_message(raw, FrankaRobotState)
            self._decoded = (raw, decoded)
        return decoded

    def mode(self) -> str:
        """The robot's mode in words."""
        state = self.robot_state()
        return "unknown" if state is None else _MODE_NAMES.get(state.robot_mode, "other")

    def external_force(self) -> NDArray[np.float64]:
        """[3] force on the hand in the base frame, N.

        Raises:
            ClapError: ROBOT_NOT_READY when the robot state is absent.
        """
        state = self.robot_state()
        if state is None:
            raise ClapError(
                ErrorCode.ROBOT_NOT_READY,
                f"the external force is not known: nothing comes on {self._names.robot_state}",
                "Start the robot state broadcaster, or use a linear instead of a guarded motion",
            )
        force = state.o_f_ext_hat_k.wrench.force
        vector = np.array([force.x, force.y, force.z])
        if not np.isfinite(vector).all():
            raise ClapError(
                ErrorCode.ROBOT_NOT_READY,
                f"the external force on {self._names.robot_state} is not a finite number",
                "Look at the robot state broadcaster, or use a linear instead of a guarded motion",
            )
        return vector

    def problem(self) -> ClapError | None:
        """Why the arm may not move now; None when it may."""
        return self._joints_problem() or self._state_problem()

    def _joints_problem(self) -> ClapError | None:
        age = self.joints_age_s
        limit = self._supervision.state_timeout_s
        topic = self._names.joint_states
        if time.monotonic() - self._doubt_at <= DOUBTED_S:
            return ClapError(
                ErrorCode.ROBOT_NOT_READY,
                f"the joints on {topic} contradict each other or the arm's limits: {self._doubt} "
                f"(published by {self._publishers(topic)})",
                "Stop what else publishes there, such as a joint_state_publisher without a "
                "source, and check arm_id",
            )
        if age > limit:
            since = "never came" if np.isinf(age) else f"last came {age:.1f} s ago"
            because = f"; what came was refused: {self._doubt}" if self._doubt else ""
            return ClapError(
                ErrorCode.ROBOT_NOT_READY,
                f"the joints of the arm ({self._joint_names[0]} ..) on {topic} {since}{because}",
                "Start the robot's driver or the simulation, and check arm_id and the network; "
                f"others are looked for with ROS_AUTOMATIC_DISCOVERY_RANGE={_discovery()}",
            )
        return None

    def _publishers(self, topic: str) -> str:
        infos = self._node.get_publishers_info_by_topic(topic)
        names = sorted({f"{info.node_namespace.rstrip('/')}/{info.node_name}" for info in infos})
        return ", ".join(names) or "nobody any more"

    def _state_problem(self) -> ClapError | None:
        state = self.robot_state()
        if state is None:
            age = self.state_age_s
            if np.isinf(age) and not self._supervision.require_robot_state:
                return None
            since = "never came" if np.isinf(age) else f"last came {age:.1f} s ago"
            return ClapError(
                ErrorCode.ROBOT_NOT_READY,
                f"the robot's state on {self._names.robot_state} {since}: whether the robot may "
                "move is not known",
                "Start the robot state broadcaster again; for a robot that has none, set "
                "supervision.require_robot_state to false",
            )
        if state.robot_mode == FrankaRobotState.ROBOT_MODE_REFLEX:
            errors = _errors(state)
            because = f" ({', '.join(errors)})" if errors else ""
            return ClapError(
                ErrorCode.ROBOT_REFLEX,
                f"the robot stopped itself in a reflex{because}",
                recovery_cure(self._node),
            )
        cure = _NOT_READY_CURES.get(state.robot_mode)
        if cure is None:
            return None
        return ClapError(
            ErrorCode.ROBOT_NOT_READY,
            f"the robot is in mode '{_MODE_NAMES[state.robot_mode]}'",
            cure,
        )

    def start_joints(self) -> NDArray[np.float64]:
        """[7] joints that a motion starts from.

        These are the commanded positions where they are known: a trajectory that starts at the
        measured ones, a little off under load, would make the controller jump.

        Raises:
            ClapError: ROBOT_NOT_READY, ROBOT_REFLEX.
        """
        problem = self.problem()
        if problem is not None:
            raise problem
        measured = self._joints
        assert measured is not None  # else its age were infinite
        state = self.robot_state()
        if state is None or len(state.desired_joint_state.position) != len(measured):
            return measured
        desired = np.array(state.desired_joint_state.position)
        off = np.abs(desired - measured)
        if not np.isfinite(off).all():
            raise ClapError(
                ErrorCode.ROBOT_NOT_READY,
                f"the commanded joints on {self._names.robot_state} are not finite numbers",
                "Start the robot state broadcaster again",
            )
        if off.max() > self._supervision.start_deviation_rad:
            worst = int(off.argmax())
            raise ClapError(
                ErrorCode.ROBOT_NOT_READY,
                f"joint {worst + 1} is {off[worst]:.3f} rad away from where the controller holds "
                f"it (allowed {self._supervision.start_deviation_rad:g} rad): the arm is moving or "
                "something pushes it",
                "Wait until it stands still, free the arm, then send the action again",
            )
        return desired

    def wait_for_finger_positions(self, after: float, timeout_s: float) -> bool:
        """Whether finger positions arrive later than `after` (``time.monotonic()``), in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._opening.heard_at_s > after, timeout_s)

    def wait_until_ready(self, timeout_s: float) -> ClapError | None:
        """Wait until nothing keeps the arm from moving; returns what still does."""
        with self._changed:
            self._changed.wait_for(lambda: self.problem() is None, timeout_s)
        return self.problem()

    def wait_for_problem(self, timeout_s: float) -> ClapError | None:
        """Wait for a state in which the arm may not move; None when none came in time."""
        with self._changed:
            self._changed.wait_for(lambda: self.problem() is not None, timeout_s)
        return self.problem()

    def _on_joints(self, message: JointState) -> None:
        now = time.monotonic()
        with self._changed:
            try:
                joints = pick(message.name, message.position, self._joint_names)
                if joints is not None:
                    self._believe(joints, now)
                self._hear_fingers(message, now, is_own=False)
            except ImplausibleJointsError as error:
                self._refuse(str(error))

    def _on_hand(self, message: JointState) -> None:
        with self._changed:
            try:
                self._hear_fingers(message, time.monotonic(), is_own=True)
            except ImplausibleJointsError as error:
                self._refuse(str(error))

    def _believe(self, joints: NDArray[np.float64], now: float) -> None:
        try:
            self._track.add(joints, now)
        except ImplausibleJointsError:
            self._doubt_at = now
            raise
        self._joints, self._joints_at = joints, now

    def _hear_fingers(self, message: JointState, now: float, is_own: bool) -> None:
        if self._opening.hear(message.name, message.position, now, is_own):
            self._changed.notify_all()

    def _refuse(self, why: str) -> None:
        self._refused += 1
        self._doubt = why

    def _on_state(self, message: bytes) -> None:
        with self._changed:
            self._state_bytes = message
            self._state_at = time.monotonic()
            self._changed.notify_all()


def _discovery() -> str:
    return os.environ.get("ROS_AUTOMATIC_DISCOVERY_RANGE", "SUBNET (ROS's default)")


def _errors(state: FrankaRobotState) -> list[str]:
    """Names of the errors that are set, present ones first, else those that ended the motion."""
    for errors in (state.current_errors, state.last_motion_errors):
        names = [name for name in errors.get_fields_and_field_types() if getattr(errors, name)]
        if names:
            return names
    return []
