"""Calibrations of cameras whose true place is known: rendered boards, an arm with its own error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_calibration import information
from clap_calibration.accuracy import Verified, corner_error_mm, difference, verify
from clap_calibration.board import Board
from clap_calibration.detection import CornerFinder
from clap_calibration.errors import BlurredError, BoardNotSeenError
from clap_calibration.looks import BoardLook, Estimate, Mounting, Setup, Transform, motion
from clap_calibration.poses import NextPose, PoseChooser
from clap_calibration.rendering import BoardRenderer, Optics
from clap_core.camera import CameraIntrinsics
from clap_core.errors import ClapError, ErrorCode
from clap_core.robot.kinematics import Joints
from clap_core.robot.planner import MotionPlanner
from clap_core.robot.specification import HOME, arm_specification

D435 = CameraIntrinsics(640, 480, 610.0, 610.0, 319.5, 239.5)
START_OFF_M = 0.02
START_OFF_RAD = float(np.radians(3.0))
"""How far the nominal pose is from the true one."""

UNSEEN_LOOKS = 8
_ATTEMPTS = 3

STANDS: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "front": ((1.16, 0.0, 0.64), (0.46, 0.0, 0.25)),
    "left": ((0.34, 0.82, 0.58), (0.50, 0.04, 0.25)),
    "right": ((0.34, -0.82, 0.58), (0.50, -0.04, 0.25)),
}


@dataclass(frozen=True)
class CalibrationTrial:
    """One simulated calibration.

    Attributes:
        mounting: of the camera.
        verified: the calibration and what it says of itself.
        error_mm, error_deg: of the camera's pose against the true one.
        unseen_mm: error at the board's corners on further looks.
    """

    mounting: Mounting
    verified: Verified
    error_mm: float
    error_deg: float
    unseen_mm: float


class SimulatedLab:
    """One camera, one board and an arm that is not quite where it says.

    Args:
        mounting: of the camera.
        rng: draws all that varies.
        board: the usual one.
        optics: of the camera.
        arm_sigma_m, arm_sigma_rad: error of the hand's pose, of each axis.
    """

    def __init__(
        self,
        mounting: Mounting,
        rng: np.random.Generator,
        board: Board | None = None,
        optics: Optics | None = None,
        arm_sigma_m: float = 1e-4,
        arm_sigma_rad: float = 3e-4,
    ) -> None:
        self.setup = Setup(board or Board(), D435, mounting)
        self._rng = rng
        self._arm_sigma = np.array([arm_sigma_m] * 3 + [arm_sigma_rad] * 3)
        self._renderer = BoardRenderer(self.setup.board, D435, optics)
        self.finder = CornerFinder(self.setup.board, D435)
        self.truth = information.shaken(
            nominal(self.setup, rng), 0.6 * START_OFF_M, 0.6 * START_OFF_RAD, rng
        )
        self.guess = information.shaken(self.truth, START_OFF_M, START_OFF_RAD, rng)
        planner = MotionPlanner(arm_specification("fr3"))
        self._chooser = PoseChooser(self.setup, planner, rng)

    def image(self, base_T_hand: Transform) -> NDArray[np.uint8]:
        """[H, W, 3] what the camera sees with the hand, as the arm says, at a pose."""
        actual = base_T_hand @ motion(self._rng.standard_normal(6) * self._arm_sigma)
        return self._renderer.render(self.truth.camera_T_board(self.setup, actual), self._rng)

    def look(self, base_T_hand: Transform) -> BoardLook:
        """A look from a pose of the hand.

        Raises:
            ClapError: the board is not seen, or blurred.
        """
        return BoardLook(base_T_hand, self.finder.find(self.image(base_T_hand)))

    def choose(self, taken: Sequence[Transform], joints: Joints) -> NextPose:
        """Where the arm should go next; see `PoseChooser.next`."""
        return self._chooser.next(self.guess, taken, joints)

    def looks(self, count: int, greedy: bool = True) -> list[BoardLook]:
        """Looks from poses that are chosen one after the other, or at random among the possible.

        Raises:
            ClapError: UNREACHABLE where the arm cannot take so many.
        """
        found: list[BoardLook] = []
        joints = np.array(HOME)
        for _ in range(_ATTEMPTS * count):
            # What is random is chosen as if nothing was known each time.
            taken = [look.base_T_hand for look in found] if greedy else []
            target = self.choose(taken, joints)
            joints = target.joints
            try:
                found.append(self.look(target.base_T_hand))
            except (BoardNotSeenError, BlurredError):
                continue  # the guess was off
            if len(found) == count:
                return found
        raise ClapError(
            ErrorCode.UNREACHABLE,
            f"the board was seen in {len(found)} of {count} poses",
            "Bring the board to the middle of the camera's view",
        )


def trial(mounting: Mounting, poses: int, seed: int) -> CalibrationTrial:
    """Calibrate a simulated camera once.

    Args:
        mounting: of the camera.
        poses: looks to take.
        seed: of everything.
    """
    lab = SimulatedLab(mounting, np.random.default_rng([seed, 12]))
    verified = verify(lab.setup, lab.looks(poses))
    estimate = verified.calibration.estimate
    error_mm, error_deg = difference(estimate.parent_T_camera, lab.truth.parent_T_camera)
    unseen = lab.looks(UNSEEN_LOOKS, greedy=False)
    return CalibrationTrial(
        mounting, verified, error_mm, error_deg, corner_error_mm(lab.setup, estimate, unseen)
    )


def nominal(setup: Setup, rng: np.random.Generator) -> Estimate:
    """Where camera and board roughly are on our stand."""
    if setup.mounting is Mounting.ON_HAND:
        camera = _looking((0.07, 0.0, 0.01), (0.0225, 0.0, 0.16), (1.0, 0.0, 0.0))
        facing_up = np.array([[0.0, -1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, -1.0]])
        return Estimate(camera, _centred(setup.board, facing_up, (0.5, 0.0, 0.0)))
    eye, target = STANDS[str(rng.choice(list(STANDS)))]
    camera = _looking(eye, target, (0.0, 0.0, 1.0))
    # The fingers hold the board's upper edge; hanging down, it faces the camera.
    down = np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]])
    towards = np.array([eye[0] - target[0], eye[1] - target[1], 0.0])
    away = down.T @ (-towards / np.linalg.norm(towards))
    below = np.array([0.0, 0.0, 1.0])
    facing = np.stack([np.cross(below, away), below, away], axis=1)
    return Estimate(camera, _centred(setup.board, facing, (0.0, 0.0, 0.19)))


def _centred(
    board: Board, rotation: NDArray[np.float64], centre: tuple[float, float, float]
) -> Transform:
    pose = np.eye(4)
    pose[:3, :3] = rotation
    pose[:3, 3] = np.array(centre) - rotation @ board.centre
    return pose


def _looking(
    eye: tuple[float, float, float],
    target: tuple[float, float, float],
    up: tuple[float, float, float],
) -> Transform:
    forward = np.subtract(target, eye)
    forward = forward / np.linalg.norm(forward)
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    pose[:3, 3] = eye
    return pose
