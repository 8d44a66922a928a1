"""The services ``service_server/set_*`` and the action ``action_server/error_recovery``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node

from clap_core.errors import ClapError, ErrorCode
from clap_sim.franka.model import HAND_T_TCP_Z_M
from clap_sim.franka.reflex import CollisionBehavior, RobotMode, Thresholds
from clap_sim.franka.robot import SimulatedFranka
from clap_sim.franka.ros_action import LoopAction
from clap_sim.franka.ros_time import NS
from clap_sim.franka.trajectory_follower import Ending
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
    """Parameters and recovery of the simulated robot.

    Args:
        node: the node.
        robot: the simulated robot.
    """

    def __init__(self, node: Node, robot: SimulatedFranka) -> None:
        self._robot = robot
        self._logger = node.get_logger()
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
            node.create_service(service_type, f"service_server/{name}", self._answer(apply))
        self._recovery = LoopAction(
            node,
            ErrorRecovery,
            "action_server/error_recovery",
            self._begin_recovery,
            lambda _: None,
            NS,
        )

    def update(self, now_ns: int) -> None:
        """Move the goals on; call after each batch of physics steps."""
        self._recovery.update(now_ns)

    def _answer(self, apply: Callable[[Any], None]) -> Callable[[Any, Any], Any]:
        def callback(request: Any, response: Any) -> Any:
            try:
                apply(request)
                response.success = True
            except ClapError as error:
                response.success = False
                response.error = error.message
                self._logger.error(error.message)
            return response

        return callback

    def _set_joint_stiffness(self, request: SetJointStiffness.Request) -> None:
        stiffness = _numbers(request.joint_stiffness, _MIN_STIFFNESS, _MAX_JOINT_STIFFNESS)
        if self._robot.mode is RobotMode.MOVE:
            raise ClapError(
                ErrorCode.BUSY,
                "libfranka: Set Joint Impedance command rejected: command not possible in the "
                'current mode ("Move")',
                "Wait for the end of the motion",
            )
        self._robot.arm.set_stiffness(stiffness)

    def _set_cartesian_stiffness(self, request: SetCartesianStiffness.Request) -> None:
        # Only the Cartesian impedance controller has it; trajectories use the joints' stiffness.
        _numbers(request.cartesian_stiffness, 0.0, np.inf)

    def _set_tcp_frame(self, request: SetTCPFrame.Request) -> None:
        # Relative to the nominal end effector, which for the hand is its tool centre point.
        nominal_T_ee = _transform(request.transformation)
        hand_T_nominal = np.eye(4)
        hand_T_nominal[2, 3] = HAND_T_TCP_Z_M
        self._robot.set_frames(hand_T_ee=hand_T_nominal @ nominal_T_ee)

    def _set_stiffness_frame(self, request: SetStiffnessFrame.Request) -> None:
        self._robot.set_frames(ee_T_k=_transform(request.transformation))

    def _set_nominal_collision(self, request: SetForceTorqueCollisionBehavior.Request) -> None:
        self._robot.safety.behavior = CollisionBehavior.nominal(
            Thresholds.checked(
                request.lower_torque_thresholds_nominal, request.lower_force_thresholds_nominal
            ),
            Thresholds.checked(
                request.upper_torque_thresholds_nominal, request.upper_force_thresholds_nominal
            ),
        )

    def _set_full_collision(self, request: SetFullCollisionBehavior.Request) -> None:
        self._robot.safety.behavior = CollisionBehavior(
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

    def _set_load(self, request: SetLoad.Request) -> None:
        mass = _numbers([request.mass], 0.0, np.inf)[0]
        center = _numbers(request.center_of_mass, -np.inf, np.inf)
        self._robot.arm.set_load(float(mass), center)

    def _begin_recovery(self, _: ErrorRecovery.Goal) -> _RecoveryRun:
        try:
            self._robot.recover()
        except ClapError as error:
            self._logger.error(f"Exception during automatic error recovery: {error.message}")
            return _RecoveryRun(Ending.ABORTED)
        self._logger.info("Automatic recovery succeeded")
        return _RecoveryRun(Ending.SUCCEEDED)


class _RecoveryRun:
    def __init__(self, ending: Ending) -> None:
        self._ending = ending

    def feedback(self) -> None:
        return None

    def cancel(self) -> None:
        """Recovery is done at once."""

    def result(self) -> tuple[Ending, ErrorRecovery.Result]:
        return self._ending, ErrorRecovery.Result()


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
