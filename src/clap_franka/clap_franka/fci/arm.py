"""The real arm as the ROS front sees it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_core.robot.specification import arm_specification
from clap_franka.collision import CollisionBehavior
from clap_franka.fci.arm_process import collision_arguments
from clap_franka.fci.child import Child
from clap_franka.fci.config import FciConfig
from clap_franka.fci.errors import mode_refusal, second_client
from clap_franka.fci.links import LinkFrames
from clap_franka.fci.messages import (
    Cancel,
    Connected,
    Done,
    End,
    Ended,
    Order,
    Start,
    Trouble,
    Warned,
)
from clap_franka.fci.shared_state import SharedState
from clap_franka.motion.completion import completed
from clap_franka.motion.follower import Ending, Execution, Outcome
from clap_franka.motion.goal import (
    GoalRefusedError,
    GoalRules,
    TrajectoryError,
    TrajectoryGoal,
    TrajectoryRequest,
)
from clap_franka.motion.limits import JointLimits
from clap_franka.motion.path import GoalPath
from clap_franka.motion.setpoint import JointSetpoint
from clap_franka.robot import Inertia, LinkPose, Pending, RobotMode, RobotState

FloatArray = NDArray[np.float64]


class FciArmDriver:
    """``clap_franka.robot.ArmDriver`` of an arm whose loop runs in a process of its own.

    Args:
        config: of the driver.
        body: what runs in that process: ``arm_process.run_arm``, or a test's.
        width: the hand's opening now, metres, for the fingers' frames.
        tell: shows a person a warning (with the cure) or, with False, how things are.

    Attributes:
        trouble: why nothing moves now, as the process told; None while all is well.
        warnings: what the process warned of.
    """

    def __init__(
        self,
        config: FciConfig,
        body: Callable[..., None],
        width: Callable[[], float],
        tell: Callable[[str, bool], None],
    ) -> None:
        self._config = config
        self._width = width
        self._tell = tell
        self._arm = arm_specification(config.arm_id)
        self._limits = JointLimits(self._arm, config.limit_share)
        self._rules = GoalRules(
            self._arm.joint_names,
            np.asarray(self._arm.position_min),
            np.asarray(self._arm.position_max),
            np.array(config.follower.velocity_limits),
            config.follower.stopped_velocity,
            config.follower.goal_time,
        )
        self._frames = LinkFrames(self._arm)
        self._shared = SharedState()
        self._record = self._shared.read()
        self._numbers = itertools.count(1)
        self._executions: dict[int, Execution] = {}
        self._pending: dict[int, Pending] = {}
        self._started_s = time.monotonic()
        self.trouble: ClapError | None = None
        self.warnings: list[str] = []
        self._child = Child("the arm's loop", body, self._shared.name, config)

    @property
    def pid(self) -> int | None:
        """The loop's process."""
        return self._child.pid

    def update(self) -> None:
        """Take in what the process tells; call often."""
        for message in self._child.messages():
            self._take(message)
        self._record = self._shared.read()
        death = self._child.death
        if death is not None:
            if self.trouble is None or self._executions or self._pending:
                self._tell(death.message, True)
            self.trouble = self.trouble or death
            self._give_up(self.trouble)

    def end(self) -> None:
        """Stop the arm and end the process."""
        self._child.end(End())
        self._shared.close()

    def refusal(self) -> ClapError | None:
        """Why the arm takes no motion now."""
        if self.trouble is not None:
            return self.trouble
        silent_s = time.monotonic() - max(self._started_s, float(self._record["beat_s"]))
        if silent_s > self._config.answer_timeout or not self._seen:
            return second_client(self._config.robot_ip)
        return mode_refusal(int(self._record["mode"]), self._errors("errors"))

    @property
    def _seen(self) -> bool:
        """Whether the record is one of the robot's."""
        return float(self._record["beat_s"]) > 0.0

    def _take(self, message: object) -> None:
        if isinstance(message, Ended):
            execution = self._executions.pop(message.number, None)
            if execution is not None:
                execution.outcome = message.outcome
        elif isinstance(message, Done):
            pending = self._pending.pop(message.number, None)
            if pending is not None:
                pending.finish(message.error)
        elif isinstance(message, Connected):
            self.trouble = None
            self._tell(f"connected to the robot at {self._config.robot_ip}", False)
        elif isinstance(message, Trouble):
            if message.disconnected:
                if self.trouble is None or self.trouble.message != message.error.message:
                    self._tell(message.error.message, True)
                self.trouble = message.error
            else:
                self._tell(message.error.message, True)
        elif isinstance(message, Warned):
            self.warnings.append(message.text)
            self._tell(message.text, True)

    def _give_up(self, error: ClapError) -> None:
        for execution in self._executions.values():
            reason = Outcome(Ending.ABORTED, TrajectoryError.INVALID_GOAL, error.message)
            execution.outcome = reason
        for pending in self._pending.values():
            pending.finish(error)
        self._executions.clear()
        self._pending.clear()

    # What follows is ``clap_franka.robot.ArmDriver``.

    @property
    def arm_id(self) -> str:
        """See ``clap_franka.robot.ArmDriver``, as for all below."""
        return self._config.arm_id

    @property
    def position(self) -> FloatArray:
        return self._record["q"]  # type: ignore[no-any-return]

    @property
    def velocity(self) -> FloatArray:
        return self._record["dq"]  # type: ignore[no-any-return]

    @property
    def torque(self) -> FloatArray:
        return self._record["tau"]  # type: ignore[no-any-return]

    @property
    def setpoint(self) -> JointSetpoint:
        record = self._record
        return JointSetpoint(record["q_d"], record["dq_d"], record["ddq_d"])

    @property
    def connected(self) -> bool:
        """Whether the robot has told its state, and is there."""
        return self._seen and self.trouble is None

    def link_poses(self) -> Sequence[LinkPose]:
        return self._frames.poses(self.position, self._width())

    def check_trajectory(self, request: TrajectoryRequest, now_s: float) -> None:
        self._checked(request, now_s)

    def start_trajectory(self, request: TrajectoryRequest, now_s: float) -> Execution:
        goal = self._checked(request, now_s)
        number = next(self._numbers)
        self._child.send(Start(number, goal, goal.start_s - now_s))
        execution = self._executions[number] = Execution(goal)
        return execution

    def cancel(self, execution: Execution, now_s: float) -> None:
        for number, running in self._executions.items():
            if running is execution and self._child.death is None:
                self._child.send(Cancel(number))

    def recover(self) -> Pending:
        if int(self._record["mode"]) == RobotMode.USER_STOPPED:
            raise ClapError(
                ErrorCode.ROBOT_NOT_READY,
                "the user stop is pressed",
                "Release it, then recover again",
            )
        return self._order("automatic_error_recovery")

    def set_joint_stiffness(self, stiffness: FloatArray) -> Pending:
        return self._order("set_joint_impedance", stiffness.tolist())

    def set_cartesian_stiffness(self, stiffness: FloatArray) -> Pending:
        return self._order("set_cartesian_impedance", stiffness.tolist())

    def set_tcp_frame(self, nominal_T_ee: FloatArray) -> Pending:
        return self._order("set_EE", _columns(nominal_T_ee))

    def set_stiffness_frame(self, ee_T_k: FloatArray) -> Pending:
        return self._order("set_K", _columns(ee_T_k))

    def set_collision_behavior(self, behavior: CollisionBehavior) -> Pending:
        if behavior.same_while_accelerating:
            return self._order("set_collision_behavior", *collision_arguments(behavior))
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            "pylibfranka has no thresholds of their own for accelerating",
            "Call set_force_torque_collision_behavior instead",
        )

    def set_load(self, load: Inertia, inertia: FloatArray) -> Pending:
        return self._order(
            "set_load", load.mass_kg, load.center_m.tolist(), inertia.T.ravel().tolist()
        )

    def state(self) -> RobotState:
        record = self._record
        return RobotState(
            position=record["q"],
            velocity=record["dq"],
            torque=record["tau"],
            motor_position=record["theta"],
            motor_velocity=record["dtheta"],
            setpoint=self.setpoint,
            external_torque=record["tau_ext"],
            base_wrench=record["base_wrench"],
            k_wrench=record["k_wrench"],
            base_T_ee=_matrix(record["base_T_ee"]),
            base_T_ee_desired=_matrix(record["base_T_ee_d"]),
            desired_twist=record["twist_d"],
            desired_acceleration=record["acceleration_d"],
            flange_T_ee=_matrix(record["flange_T_ee"]),
            ee_T_k=_matrix(record["ee_T_k"]),
            ee=Inertia(float(record["ee_mass"]), record["ee_center"]),
            load=Inertia(float(record["load_mass"]), record["load_center"]),
            mode=RobotMode(int(record["mode"])),
            errors=_listed(self._errors("errors")),
            last_errors=_listed(self._errors("last_errors")),
            contact=record["contact"] != 0.0,
            collision=record["collision"] != 0.0,
            success_rate=float(record["success_rate"]),
            time_s=float(record["time_s"]),
        )

    def _errors(self, field: str) -> str:
        return bytes(self._record[field]).decode()

    def _checked(self, request: TrajectoryRequest, now_s: float) -> TrajectoryGoal:
        refusal = self.refusal()
        if refusal is not None:
            raise refusal
        goal = self._rules.check(request, now_s)
        goal = replace(goal, waypoints=completed(goal.waypoints))
        start = self.setpoint
        path = GoalPath(goal, now_s, start)
        if np.abs(path.jump).max() > self._config.follower.start_tolerance:
            joint = int(np.abs(path.jump).argmax())
            raise GoalRefusedError(
                TrajectoryError.INVALID_GOAL,
                f"the trajectory starts {abs(path.jump[joint]):.3f} rad from where joint "
                f"{joint + 1} is commanded to be; plan it from the present joint state",
            )
        # While another goal runs, the loop itself looks at every cycle before it commands it.
        broken = None if self._executions else path.broken(self._limits)
        if broken is not None:
            raise GoalRefusedError(
                TrajectoryError.INVALID_GOAL,
                f"{broken.text}; multiply its times by {broken.slower:.2f} or more, or give "
                "velocities and accelerations at its points",
            )
        return goal

    def _order(self, name: str, *arguments: object) -> Pending:
        if self.trouble is not None:
            raise self.trouble
        number = next(self._numbers)
        self._child.send(Order(number, name, arguments))
        pending = self._pending[number] = Pending()
        return pending


def _columns(transform: FloatArray) -> list[float]:
    return [float(value) for value in transform.T.ravel()]


def _matrix(columns: Any) -> FloatArray:
    return np.asarray(columns).reshape(4, 4).T


def _listed(names: str) -> tuple[str, ...]:
    return tuple(name for name in names.split(",") if name)
