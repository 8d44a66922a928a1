"""Chooses where the arm goes for the next look: within reach, the board in view, worth the most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from clap_calibration import information
from clap_calibration.looks import Estimate, Mounting, Setup, Transform
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import invert, make_transform, transform_points
from clap_core.robot.kinematics import InverseFailure, Joints
from clap_core.robot.planner import MotionPlanner
from clap_core.robot.specification import TCP_OFFSET_M

HAND_T_TCP = make_transform((0.0, 0.0, TCP_OFFSET_M))
CANDIDATES = 250
BORDER_PX = 25.0
"""A board nearer to the picture's border may be outside, for the camera's pose is a guess."""

TILTS_DEG = (5.0, 45.0)
ROLL_DEG = 100.0
BOARD_CLEARANCE_M = 0.03
"""Of a board in the hand over the table."""

NEAREST_M = 0.1
"""Of a board in the hand to the robot's own column and to the camera."""

COLUMN_M = 0.2


@dataclass(frozen=True)
class NextPose:
    """Where to go for the next look.

    Attributes:
        base_T_hand: [4, 4] of the hand.
        joints: [7] rad that bring it there.
        before_mm, after_mm: how unsure the camera's pose is at the scene before and after it.
    """

    base_T_hand: Transform
    joints: Joints
    before_mm: float
    after_mm: float


class PoseChooser:
    """Chooses postures of one arm for one camera and board.

    Args:
        setup: board, camera, mounting.
        planner: of the arm: its reach, its workspace, what it may not hit.
        rng: draws the candidates.
    """

    def __init__(self, setup: Setup, planner: MotionPlanner, rng: np.random.Generator) -> None:
        self._setup, self._planner, self._rng = setup, planner, rng

    def next(self, estimate: Estimate, taken: Sequence[Transform], joints: Joints) -> NextPose:
        """The pose that makes the camera's pose surest, of those in reach.

        Args:
            estimate: of both poses so far; centimetres and degrees off will do.
            taken: base_T_hand of the looks so far.
            joints: [7] where the arm is now.

        Raises:
            ClapError: UNREACHABLE where no candidate can be used.
        """
        known = information.of_looks(self._setup, estimate, taken)
        hands = self.candidates(estimate)
        if hands:
            gains = np.stack([information.of_look(self._setup, estimate, hand) for hand in hands])
            left = information.uncertainty_mm(known + gains)
            for index in np.argsort(left):
                posture = self.reach(estimate, hands[index], joints)
                if posture is not None:
                    return NextPose(
                        hands[index],
                        posture,
                        float(information.uncertainty_mm(known)),
                        float(left[index]),
                    )
        raise ClapError(
            ErrorCode.UNREACHABLE,
            f"of {CANDIDATES} poses with the board in view the arm can take none "
            f"({len(hands)} were inside the workspace)",
            "Bring the board to the middle of the camera's view and of the arm's reach, check the "
            "camera's nominal pose in the file, or guide the arm by hand (--guided)",
        )

    def candidates(self, estimate: Estimate) -> list[Transform]:
        """Poses of the hand in the workspace from which the whole board should be seen."""
        hands = (self._draw(estimate) for _ in range(CANDIDATES))
        return [hand for hand in hands if self._is_allowed(estimate, hand)]

    def reach(self, estimate: Estimate, base_T_hand: Transform, joints: Joints) -> Joints | None:
        """[7] rad for a pose of the hand, or None where the arm cannot or must not be."""
        found = self._planner.kinematics.inverse(
            base_T_hand @ HAND_T_TCP, joints, refuse=self._planner.collision.hit
        )
        return None if isinstance(found, InverseFailure) else found

    def _draw(self, estimate: Estimate) -> Transform:
        """A pose of the hand that has the board somewhere before the camera, tilted."""
        setup, rng = self._setup, self._rng
        k = setup.intrinsics
        # From where the board fills most of the picture to where it fills a quarter.
        size = max(setup.board.size_m)
        nearest = 1.25 * size * k.fx / k.width
        distance = rng.uniform(nearest, 3.0 * nearest)
        u = rng.uniform(0.2, 0.8) * k.width
        v = rng.uniform(0.2, 0.8) * k.height
        tilt = np.radians(rng.uniform(*TILTS_DEG))
        towards = rng.uniform(0.0, 2 * np.pi)
        turn = Rotation.from_rotvec([tilt * np.cos(towards), tilt * np.sin(towards), 0.0])
        roll = Rotation.from_euler("z", rng.uniform(-ROLL_DEG, ROLL_DEG), degrees=True)
        camera_T_board = np.eye(4)
        camera_T_board[:3, :3] = (turn * roll).as_matrix()
        centre = distance * np.array([(u - k.cx) / k.fx, (v - k.cy) / k.fy, 1.0])
        camera_T_board[:3, 3] = centre - camera_T_board[:3, :3] @ setup.board.centre
        return setup.mounting.base_T_hand(
            estimate.parent_T_camera @ camera_T_board @ invert(estimate.carrier_T_board)
        )

    def _is_allowed(self, estimate: Estimate, base_T_hand: Transform) -> bool:
        return (
            self._in_workspace((base_T_hand @ HAND_T_TCP)[:3, 3])
            and self._is_seen(estimate, base_T_hand)
            and self.is_clear(estimate, base_T_hand)
        )

    def _in_workspace(self, tool: NDArray[np.float64]) -> bool:
        safety = self._planner.safety
        return bool(
            (tool >= safety.workspace_min_m).all() and (tool <= safety.workspace_max_m).all()
        )

    def _is_seen(self, estimate: Estimate, base_T_hand: Transform) -> bool:
        setup, k = self._setup, self._setup.intrinsics
        points = transform_points(estimate.camera_T_board(setup, base_T_hand), setup.board.outline)
        if points[:, 2].min() < NEAREST_M:
            return False
        pixels = points[:, :2] / points[:, 2:] * (k.fx, k.fy) + (k.cx, k.cy)
        far = np.array([k.width, k.height]) - BORDER_PX
        return bool((pixels >= BORDER_PX).all() and (pixels <= far).all())

    def is_clear(self, estimate: Estimate, base_T_hand: Transform) -> bool:
        """Whether a board in the hand stays off table and column; the arm is checked apart."""
        if self._setup.mounting is Mounting.ON_HAND:
            return True  # the board does not move
        corners = transform_points(
            base_T_hand @ estimate.carrier_T_board, self._setup.board.outline
        )
        over_table = corners[:, 2].min() - self._planner.safety.table_height_m
        from_column = np.linalg.norm(corners[:, :2], axis=1).min()
        return bool(over_table > BOARD_CLEARANCE_M and from_column > COLUMN_M)
