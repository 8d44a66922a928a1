"""One calibration on a running robot: looks from chosen or guided poses, until there are enough."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clap_calibration.board import Board
from clap_calibration.closed_form import seen_boards
from clap_calibration.detection import CornerFinder
from clap_calibration.errors import (
    ArmMovedError,
    BlurredError,
    BoardNotSeenError,
    SamePoseError,
    StaleFrameError,
)
from clap_calibration.looks import BoardLook, Estimate, Mounting, Setup, Transform
from clap_calibration.poses import HAND_T_TCP, PoseChooser
from clap_calibration.rotations import missing
from clap_calibration.session import Session, SessionConfig
from clap_calibration.solver import MIN_LOOKS, calibrate
from clap_cli.calibration.robot_link import CalibrationLink
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import invert
from clap_core.robot.kinematics import Joints
from clap_core.robot.planner import MotionPlanner
from clap_core.robot.specification import arm_specification
from clap_core.task_types import Motion

SPEED_SCALE = 0.25
"""Of the usual speed: the board sticks out of the hand, and only its corners are looked after."""

ATTEMPTS_PER_LOOK = 3
GUIDED_TIMEOUT_S = 180.0
PATH_STEP = 10
"""Of the points of a trajectory every so many are looked at: one in a tenth of a second."""

_PASSING = (BoardNotSeenError, BlurredError, StaleFrameError, ArmMovedError)

Say = Callable[[str], None]


class CameraRun:
    """Takes the looks of one calibration.

    Args:
        link: arm and camera.
        board: that is looked at.
        mounting: where the camera is.
        parent_T_camera: [4, 4] where its optical frame is thought to be; 2 cm and 3 degrees off
            will do.
        arm_id: of the arm.
        say: tells a person how it goes.
        rng: draws the candidates of poses.
    """

    def __init__(
        self,
        link: CalibrationLink,
        board: Board,
        mounting: Mounting,
        parent_T_camera: Transform,
        arm_id: str,
        say: Say,
        rng: np.random.Generator,
    ) -> None:
        intrinsics, lens, coefficients = link.optics()
        self.setup = Setup(board, intrinsics, mounting)
        self._link, self._say = link, say
        self._guess = parent_T_camera
        self._planner = MotionPlanner(arm_specification(arm_id))
        self._chooser = PoseChooser(self.setup, self._planner, rng)
        self._config = SessionConfig()
        self._session = Session(
            CornerFinder(board, intrinsics, lens, coefficients),
            self._hand,
            self._config,
        )
        link.tell(self._session.arm)

    @property
    def looks(self) -> list[BoardLook]:
        """What was seen so far."""
        return self._session.looks

    def drive(self, count: int) -> None:
        """Take looks from poses that the arm is sent to; the first from where it is.

        Raises:
            ClapError: the board is not seen at the start, the arm cannot or must not move.
        """
        self._take()
        failed = 0
        while len(self.looks) < count:
            try:
                self._go()
                self._take()
            except (*_PASSING, SamePoseError) as error:
                reason: ClapError = error
            except ClapError as error:
                if error.code not in (ErrorCode.UNREACHABLE, ErrorCode.OUT_OF_WORKSPACE):
                    raise
                reason = error
            else:
                continue
            failed += 1
            self._say(f"no look: {reason.reason}")
            if failed > ATTEMPTS_PER_LOOK * count:
                raise reason

    def guided(self, count: int) -> None:
        """Take a look wherever a person who guides the arm lets it rest.

        Raises:
            ClapError: TIMEOUT where no new pose comes for long.
        """
        told = ""
        while len(self.looks) < count:
            try:
                self._take(GUIDED_TIMEOUT_S)
            except (*_PASSING, SamePoseError) as error:
                if error.reason != told and not isinstance(error, ArmMovedError):
                    self._say(error.message)
                told = error.reason
                self._link.await_motion(GUIDED_TIMEOUT_S)
            else:
                told = ""

    def _take(self, timeout_s: float | None = None) -> None:
        settle_s = self._config.settle_s
        frame = (
            self._link.frame_at_rest(settle_s)
            if timeout_s is None
            else self._link.frame_at_rest(settle_s, timeout_s)
        )
        look = self._link.quietly(lambda: self._session.take(frame))
        words = "; ".join(missing([one.base_T_hand for one in self.looks]))
        self._say(
            f"look {len(self.looks)}: {len(look.corners.ids)} corners. "
            + (f"Still missing: {words}" if words else "All rotations are there")
        )

    def _go(self) -> None:
        """Send the arm to where the next look tells most."""
        joints = self._link.joints()
        taken = [look.base_T_hand for look in self.looks]
        estimate = self._estimate()
        target = self._chooser.next(estimate, taken, joints)
        trajectory = self._planner.plan(
            target.base_T_hand @ HAND_T_TCP, Motion.JOINT, joints, SPEED_SCALE
        )
        if trajectory is None:
            return
        # The planner knows the arm, but not the board in its hand.
        for row in trajectory.positions[::PATH_STEP]:
            if not self._chooser.is_clear(estimate, self._hand(row)):
                raise ClapError(
                    ErrorCode.UNREACHABLE,
                    "on the way there the board would come too near to the table or the robot",
                    "Bring the arm to where the board has more room around it",
                )
        self._link.move(trajectory)

    def _hand(self, joints: Joints) -> Transform:
        """base_T_hand at joint positions [7]."""
        return self._planner.kinematics.forward(joints) @ invert(HAND_T_TCP)

    def _estimate(self) -> Estimate:
        """The best there is: of the looks if they tell, else of the guess and the first look."""
        if len(self.looks) >= MIN_LOOKS:
            try:
                return calibrate(self.setup, self.looks).estimate
            except ClapError:
                pass  # the last word is spoken on all looks
        first = self.looks[0]
        carrier_T_parent = invert(self.setup.mounting.parent_T_carrier(first.base_T_hand))
        seen = seen_boards(self.setup, first)[0]
        return Estimate(self._guess, carrier_T_parent @ self._guess @ seen)
