"""The services ``service_server/set_*`` and the action ``action_server/error_recovery``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from rclpy.task import Future

from clap_core.errors import ClapError, ErrorCode
from clap_franka.collision import CollisionBehavior, Thresholds
from clap_franka.front.actions import LoopAction
from clap_franka.front.times import NS
from clap_franka.motion.follower import Ending
from clap_franka.robot import ArmDriver, Inertia, Pending
from franka_msgs.action import ErrorRecovery
from franka_msgs.srv import (
    SetCartesianStiffness,
    SetForceTorqueCollisionBehavior,
    SetFullCollisionBehavior,
    SetJointStiffness,
    SetLoad,
    SetStiffnessFrame,
    SetTCPFrame,
)

_MIN_STIFFNESS = 1.0
_MAX_JOINT_STIFFNESS = 14250.0
"""libfranka's bound, in Nm/rad."""


class RobotServices:
    """Parameters and recovery of a robot.

    Args:
        node: the node.
        arm: the robot's arm.
    """

    def __init__(self, node: Node, arm: ArmDriver) -> None:
        self._arm = arm
        self._waiting: list[tuple[Pending, Future]] = []
        self._logger = node.get_logger()
        # What waits for the robot must not keep out the node's other callbacks: they tell of it.
        group = ReentrantCallbackGroup()
        for service_type, name, apply in (
            (SetJointStiffness, "set_joint_stiffness", self._set_joint_stiffness),
            (SetCartesianStiffness, "set_cartesian_stiffness", self._set_cartesian_stiffness),
            (SetTCPFrame, "set_tcp_frame", self._set_tcp_frame),
            (SetStiffnessFrame, "set_stiffness_frame", self._set_stiffness_frame),
            (
                SetForceTorqueCollisionBehavior,
                "set_force_torque_collision_behavior",
                self._set_nominal_collision,
            ),
            (SetFullCollisionBehavior, "set_full_collision_behavior", self._set_full_collision),
            (SetLoad, "set_load", self._set_load),
        ):
            node.create_service(
                service_type, f"service_server/{name}", self._answer(apply), callback_group=group
            )
        self._recovery = LoopAction(
            node,
            ErrorRecovery,
            "action_server/error_recovery",
            self._begin_recovery,
            lambda _: None,
            NS,
        )

    def update(self, now_ns: int) -> None:
        """Answer what has been carried out; call often."""
        self._recovery.update(now_ns)
        for item in [item for item in self._waiting if item[0].done]:
            self._waiting.remove(item)
            item[1].set_result(None)

    def _answer(self, apply: Callable[[Any], Pending]) -> Callable[[Any, Any], Awaitable[Any]]:
        async def callback(request: Any, response: Any) -> Any:
            try:
                pending = apply(request)
                if not pending.done:
                    self._waiting.append((pending, future := Future()))
                    await future
                if pending.error is not None:
                    raise pending.error
                response.success = True
            except ClapError as error:
                response.success = False
                response.error = error.message
                self._logger.error(error.message)
            return response

        return callback

    def _set_joint_stiffness(self, request: SetJointStiffness.Request) -> Pending:
        stiffness = _numbers(request.joint_stiffness, _MIN_STIFFNESS, _MAX_JOINT_STIFFNESS)
        return self._arm.set_joint_stiffness(stiffness)

    def _set_cartesian_stiffness(self, request: SetCartesianStiffness.Request) -> Pending:
        return self._arm.set_cartesian_stiffness(_numbers(request.cartesian_stiffness, 0.0, np.inf))

    def _set_tcp_frame(self, request: SetTCPFrame.Request) -> Pending:
        return self._arm.set_tcp_frame(_transform(request.transformation))

    def _set_stiffness_frame(self, request: SetStiffnessFrame.Request) -> Pending:
        return self._arm.set_stiffness_frame(_transform(request.transformation))

    def _set_nominal_collision(self, request: SetForceTorqueCollisionBehavior.Request) -> Pending:
        return self._arm.set_collision_behavior(
            CollisionBehavior.nominal(
                Thresholds.checked(
                    request.lower_torque_thresholds_nominal, request.lower_force_thresholds_nominal
                ),
                Thresholds.checked(
                    request.upper_torque_thresholds_nominal, request.upper_force_thresholds_nominal
                ),
            )
        )

    def _set_full_collision(self, request: SetFullCollisionBehavior.Request) -> Pending:
        return self._arm.set_collision_behavior(
            CollisionBehavior(
                Thresholds.checked(
                    request.lower_torque_thresholds_nominal, request.lower_force_thresholds_nominal
                ),
                Thresholds.checked(
                    request.upper_torque_thresholds_nominal, request.upper_force_thresholds_nominal
                ),
                Thresholds.checked(
                    request.lower_torque_thresholds_acceleration,
                    request.lower_force_thresholds_acceleration,
                ),
                Thresholds.checked(
                    request.upper_torque_thresholds_acceleration,
                    request.upper_force_thresholds_acceleration,
                ),
            )
        )

    def _set_load(self, request: SetLoad.Request) -> Pending:
        mass = float(_numbers([request.mass], 0.0, np.inf)[0])
        center = _numbers(request.center_of_mass, -np.inf, np.inf)
        inertia = _numbers(request.load_inertia, -np.inf, np.inf).reshape(3, 3)
        return self._arm.set_load(Inertia(mass, center), inertia)

    def _begin_recovery(self, _: ErrorRecovery.Goal) -> _RecoveryRun:
        pending = Pending()
        try:
            pending = self._arm.recover()
        except ClapError as error:
            pending.finish(error)
        return _RecoveryRun(pending, self._on_recovered)

    def _on_recovered(self, error: ClapError | None) -> None:
        if error is None:
            self._logger.info("Automatic recovery succeeded")
        else:
            self._logger.error(f"Exception during automatic error recovery: {error.message}")


class _RecoveryRun:
    def __init__(self, pending: Pending, tell: Callable[[ClapError | None], None]) -> None:
        self._pending = pending
        self._tell = tell

    def feedback(self) -> None:
        return None

    def cancel(self) -> None:
        """Recovery cannot be called back."""

    def result(self) -> tuple[Ending, ErrorRecovery.Result] | None:
        if not self._pending.done:
            return None
        self._tell(self._pending.error)
        ending = Ending.SUCCEEDED if self._pending.error is None else Ending.ABORTED
        return ending, ErrorRecovery.Result()


def _numbers(values: Sequence[float], low: float, high: float) -> NDArray[np.float64]:
    numbers = np.array(values, dtype=float)
    if not np.isfinite(numbers).all() or (numbers < low).any() or (numbers > high).any():
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the values {numbers.tolist()} are out of range",
            f"Give finite numbers from {low:g} to {high:g}",
        )
    return numbers


def _transform(column_major: Sequence[float]) -> NDArray[np.float64]:
    matrix = np.array(column_major, dtype=float).reshape(4, 4).T
    rotation = matrix[:3, :3]
    if (
        not np.isfinite(matrix).all()
        or not np.allclose(matrix[3], (0.0, 0.0, 0.0, 1.0))
        or not np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-4)
        or np.linalg.det(rotation) < 0.0
    ):
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            "the transformation is not a homogeneous matrix in column-major order",
            "Give the 16 numbers column by column, with a rotation and 0 0 0 1 as the last row",
        )
    return matrix
