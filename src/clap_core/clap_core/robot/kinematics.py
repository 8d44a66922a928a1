"""Forward and inverse kinematics of a Franka arm with its hand, on a pinocchio model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pinocchio as pin
from numpy.typing import NDArray

from clap_core.geometry import invert, make_transform
from clap_core.robot.specification import (
    FLANGE_OFFSET_M,
    HAND_YAW_RAD,
    HOME,
    LINK_OFFSETS_M,
    LINK_TWISTS_RAD,
    TCP_OFFSET_M,
    ArmSpecification,
)

Joints = NDArray[np.float64]
Transform = NDArray[np.float64]

POSITION_TOLERANCE_M = 1e-5
ROTATION_TOLERANCE_RAD = 1e-4
MAX_ITERATIONS = 80
MAX_STEP_RAD = 0.5
POSTURE_GAIN = 0.5
POSTURE_TOLERANCE_RAD = 2e-3
NEAR_RAD = 1.6
"""A solution this near to the preferred posture is taken without looking for a nearer one."""

_DAMPING_FLOOR = 1e-9


@dataclass(frozen=True)
class InverseFailure:
    """Why there is no inverse-kinematics solution.

    Attributes:
        position_error_m, rotation_error_rad: of the nearest miss; zero when a pose was reached
            but refused.
        joints: the nearest miss.
        refusal: why a solution that reaches the pose was refused; empty otherwise.
    """

    position_error_m: float
    rotation_error_rad: float
    joints: Joints
    refusal: str


class ArmKinematics:
    """Kinematics from the base frame (``<arm_id>_link0``) to the tool centre point.

    Args:
        arm: the arm's constants.
        hand_T_tcp: [4, 4] tool centre point in the hand's frame; the Franka hand's by default.
        joint_margin_rad: distance that solutions keep to the ends of the joints' ranges.
    """

    def __init__(
        self,
        arm: ArmSpecification,
        hand_T_tcp: Transform | None = None,
        joint_margin_rad: float = 0.0,
    ) -> None:
        self.arm = arm
        self.position_min = np.asarray(arm.position_min) + joint_margin_rad
        self.position_max = np.asarray(arm.position_max) - joint_margin_rad
        tool = make_transform((0.0, 0.0, TCP_OFFSET_M)) if hand_T_tcp is None else hand_T_tcp
        self.tcp_T_hand = invert(tool)
        self.model = _build_model(arm, tool)
        self._data = self.model.createData()
        self._tcp = self.model.getFrameId(f"{arm.arm_id}_hand_tcp")

    def forward(self, joints: Joints) -> Transform:
        """base_T_tcp [4, 4] at `joints` [7] rad."""
        pin.forwardKinematics(self.model, self._data, joints)
        placement = pin.updateFramePlacement(self.model, self._data, self._tcp)
        return np.asarray(placement.homogeneous)

    def frames(self, joints: Joints) -> dict[str, Transform]:
        """base_T_frame [4, 4] of every link, the flange (link 8), the hand and its TCP."""
        pin.framesForwardKinematics(self.model, self._data, joints)
        return {
            frame.name: np.asarray(self._data.oMf[index].homogeneous)
            for index, frame in enumerate(self.model.frames)
            if frame.type == pin.FrameType.BODY
        }

    def posture(self, base_T_tcp: Transform) -> Joints:
        """The posture that solutions lean towards: home, turned to face the target.

        It makes the elbow a function of the pose instead of the arm's history, so that the arm
        does not creep into odd postures over many motions.
        """
        joints = np.array(HOME)
        joints[0] = np.arctan2(base_T_tcp[1, 3], base_T_tcp[0, 3])
        return np.clip(joints, self.position_min, self.position_max)

    def inverse(
        self,
        base_T_tcp: Transform,
        current: Joints,
        posture: Joints | None = None,
        refuse: Callable[[Joints], str] = lambda _: "",
    ) -> Joints | InverseFailure:
        """Joint positions that bring the TCP to a pose, nearest to a preferred posture.

        Damped least squares with adaptive damping (Sugihara, "Solvability-unconcerned inverse
        kinematics by the Levenberg-Marquardt method", T-RO 2011); the redundant degree of
        freedom leans towards `posture`. Several seeds are tried.

        Args:
            base_T_tcp: [4, 4] target.
            current: [7] present joint positions, one of the seeds.
            posture: [7] what the solution should be near to; by default ``posture()``.
            refuse: returns why a solution may not be used, or "" when it may.

        Returns:
            [7] rad within the limits less their margin, or why there is none.
        """
        lean = self.posture(base_T_tcp) if posture is None else posture
        first = self._turned(base_T_tcp, lean) if posture is None else lean
        best: Joints | None = None
        miss: InverseFailure | None = None
        for seed in (first, current, *self._swivelled(lean)):
            joints, position_error, rotation_error = self._descend(base_T_tcp, seed, lean)
            if position_error > POSITION_TOLERANCE_M or rotation_error > ROTATION_TOLERANCE_RAD:
                failure = InverseFailure(position_error, rotation_error, joints, "")
            elif refusal := refuse(joints):
                failure = InverseFailure(0.0, 0.0, joints, refusal)
            else:
                distance = np.abs(joints - first).max()
                if distance < NEAR_RAD:
                    return joints
                if best is None or distance < np.abs(best - first).max():
                    best = joints
                continue
            if miss is None or failure.position_error_m < miss.position_error_m:
                miss = failure
        if best is not None:
            return best
        assert miss is not None
        return miss

    def project(self, base_T_tcp: Transform, seed: Joints, iterations: int = 6) -> Joints | None:
        """The joint positions at a pose that are nearest to `seed`, ignoring joint limits.

        Newton's method with the pseudo-inverse; meant for seeds close to the pose, such as along
        a path.

        Returns:
            [7] rad, or None where it does not converge (at a singularity).
        """
        target = pin.SE3(base_T_tcp[:3, :3], base_T_tcp[:3, 3])
        joints = np.array(seed)
        for _ in range(iterations):
            error, jacobian = self._error(target, joints)
            if np.linalg.norm(error) < 1e-9:
                break
            gram = jacobian @ jacobian.T
            gram.flat[::7] += _DAMPING_FLOOR
            joints += jacobian.T @ np.linalg.solve(gram, error)
        error, _ = self._error(target, joints)
        return joints if np.linalg.norm(error) < POSITION_TOLERANCE_M else None

    def _turned(self, base_T_tcp: Transform, posture: Joints) -> Joints:
        """`posture` with the hand turned, by the last joint, as near to the target as may be."""
        offset = self.forward(posture)[:3, :3].T @ base_T_tcp[:3, :3]
        turned = posture.copy()
        turned[6] += np.arctan2(offset[1, 0] - offset[0, 1], offset[0, 0] + offset[1, 1])
        return np.clip(turned, self.position_min, self.position_max)

    def _swivelled(self, posture: Joints) -> list[Joints]:
        """Further seeds: the elbow to either side, and the hand to either side."""
        elbow = np.array([0.8, 0.0, -0.8, 0.0, 0.0, 0.0, 0.0])
        hand = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.5])
        return [
            np.clip(posture + turn, self.position_min, self.position_max)
            for turn in (elbow, -elbow, hand, -hand)
        ]

    def _descend(
        self, base_T_tcp: Transform, seed: Joints, posture: Joints
    ) -> tuple[Joints, float, float]:
        target = pin.SE3(base_T_tcp[:3, :3], base_T_tcp[:3, 3])
        joints = np.array(seed)
        for _ in range(MAX_ITERATIONS):
            error, jacobian = self._error(target, joints)
            # A joint that rests on its limit and would go further takes no part in this step.
            gradient = jacobian.T @ error
            free = ~(
                ((joints <= self.position_min) & (gradient < 0.0))
                | ((joints >= self.position_max) & (gradient > 0.0))
            )
            jacobian = jacobian * free
            gram = jacobian @ jacobian.T
            gram.flat[::7] += float(error @ error) * 0.1 + _DAMPING_FLOOR
            lean = free * (posture - joints) * POSTURE_GAIN
            step = jacobian.T @ np.linalg.solve(gram, error - jacobian @ lean) + lean
            largest = float(np.abs(step).max())
            joints = np.clip(
                joints + step * min(1.0, MAX_STEP_RAD / max(largest, 1e-12)),
                self.position_min,
                self.position_max,
            )
            if largest < POSTURE_TOLERANCE_RAD and _within_tolerance(error):
                break
        error, _ = self._error(target, joints)
        return joints, float(np.linalg.norm(error[:3])), float(np.linalg.norm(error[3:]))

    def _error(
        self, target: pin.SE3, joints: Joints
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Twist [6] in the TCP's frame that leads to the target, and the Jacobian there."""
        pin.computeJointJacobians(self.model, self._data, joints)
        placement = pin.updateFramePlacement(self.model, self._data, self._tcp)
        jacobian = pin.getFrameJacobian(self.model, self._data, self._tcp, pin.ReferenceFrame.LOCAL)
        return pin.log6(placement.actInv(target)).vector, jacobian


def _within_tolerance(error: NDArray[np.float64]) -> bool:
    return bool(
        np.linalg.norm(error[:3]) < POSITION_TOLERANCE_M
        and np.linalg.norm(error[3:]) < ROTATION_TOLERANCE_RAD
    )


def _build_model(arm: ArmSpecification, hand_T_tcp: Transform) -> pin.Model:
    model = pin.Model()
    model.name = arm.arm_id
    link = f"{arm.arm_id}_link"
    model.addFrame(pin.Frame(f"{link}0", 0, 0, pin.SE3.Identity(), pin.FrameType.BODY))
    parent = 0
    for index, name in enumerate(arm.joint_names):
        twist = pin.rpy.rpyToMatrix(LINK_TWISTS_RAD[index], 0.0, 0.0)
        placement = pin.SE3(twist, np.array(LINK_OFFSETS_M[index]))
        parent = model.addJoint(parent, pin.JointModelRZ(), placement, name)
        model.addJointFrame(parent)
        model.addBodyFrame(f"{link}{index + 1}", parent, pin.SE3.Identity(), -1)
    model.lowerPositionLimit = np.array(arm.position_min)
    model.upperPositionLimit = np.array(arm.position_max)
    model.velocityLimit = np.array(arm.velocity)
    flange = pin.SE3(np.eye(3), np.array([0.0, 0.0, FLANGE_OFFSET_M]))
    hand = flange * pin.SE3(pin.rpy.rpyToMatrix(0.0, 0.0, HAND_YAW_RAD), np.zeros(3))
    tcp = hand * pin.SE3(hand_T_tcp[:3, :3], hand_T_tcp[:3, 3])
    for name, placement in (("link8", flange), ("hand", hand), ("hand_tcp", tcp)):
        model.addBodyFrame(f"{arm.arm_id}_{name}", parent, placement, -1)
    return model
