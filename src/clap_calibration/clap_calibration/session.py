"""Takes looks while the arm stands still, and refuses all others."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from clap_calibration.detection import CornerFinder
from clap_calibration.errors import ArmMovedError, SamePoseError, StaleFrameError
from clap_calibration.looks import BoardLook, Transform
from clap_core.errors import ErrorCode
from clap_core.geometry import rotation_distance

NS_PER_S = 1_000_000_000
_HISTORY = 4000


class SessionConfig(BaseModel, frozen=True, extra="forbid"):
    """When the arm counts as still, and which images as of then."""

    still_s: float = Field(0.5, gt=0.0, description="How long it must have stood still [s]")
    still_rad: float = Field(
        5e-4, gt=0.0, description="How far joints may have moved meanwhile [rad]"
    )
    still_rad_s: float = Field(0.01, gt=0.0, description="Highest joint speed at rest [rad/s]")
    settle_s: float = Field(
        0.2, ge=0.0, description="From standing still until images are taken [s]: things swing on"
    )
    joints_gap_s: float = Field(
        0.2, gt=0.0, description="With a longer pause of the joint states nothing is known [s]"
    )
    new_pose_m: float = Field(0.01, ge=0.0, description="Least way from all other looks [m]")
    new_pose_rad: float = Field(0.05, ge=0.0, description="or least turn [rad]")


@dataclass(frozen=True)
class Frame:
    """A colour image.

    Attributes:
        rgb: [H, W, 3].
        stamp_ns: when it was taken.
    """

    rgb: NDArray[np.uint8]
    stamp_ns: int


class ArmWatch:
    """Since when the arm has stood still.

    Args:
        config: what counts as still.
    """

    def __init__(self, config: SessionConfig) -> None:
        self._config = config
        self._history: deque[tuple[int, NDArray[np.float64]]] = deque(maxlen=_HISTORY)
        self._since_ns = 0

    def hear(
        self, stamp_ns: int, joints: NDArray[np.float64], speeds: NDArray[np.float64] | None = None
    ) -> None:
        """Take in a joint state.

        Args:
            stamp_ns: of it.
            joints: [7] rad.
            speeds: [7] rad/s, where they are told.
        """
        config = self._config
        if self._history:
            last_ns = self._history[-1][0]
            if stamp_ns == last_ns:
                return
            gap_ns = config.joints_gap_s * NS_PER_S
            # The first of this rest, not the last state, so that creeping is noticed.
            moved = float(np.abs(joints - self._history[0][1]).max()) > config.still_rad
            if not 0 < stamp_ns - last_ns <= gap_ns or moved:
                self._history.clear()
        if speeds is not None and float(np.abs(speeds).max()) > config.still_rad_s:
            self._history.clear()
        if not self._history:
            self._since_ns = stamp_ns
        self._history.append((stamp_ns, np.array(joints, dtype=np.float64)))

    @property
    def since_ns(self) -> int:
        """Stamp from which on it has stood still, as far as is known."""
        return self._since_ns

    @property
    def heard_ns(self) -> int:
        """Stamp of the last joint state; 0 before the first."""
        return self._history[-1][0] if self._history else 0

    @property
    def still_s(self) -> float:
        """For how long it has stood still, seconds."""
        return (self.heard_ns - self._since_ns) / NS_PER_S if self._history else 0.0

    @property
    def is_still(self) -> bool:
        """Whether that is long enough for a look."""
        return self.still_s >= self._config.still_s

    def joints(self) -> NDArray[np.float64]:
        """[7] mean of the rest's second half, rad: the first may still settle.

        Raises:
            ArmMovedError: nothing was heard.
        """
        if not self._history:
            raise ArmMovedError(
                ErrorCode.ROBOT_NOT_READY,
                "no joint state of the arm was heard",
                "Start the robot, and check that /joint_states has the arm's joints",
            )
        rest = [joints for _, joints in self._history]
        return np.asarray(np.mean(rest[len(rest) // 2 :], axis=0))


class Session:
    """Collects looks of one calibration.

    Args:
        finder: of the board's corners.
        hand_at: base_T_hand [4, 4] at joints [7].
        config: of standstill and images.
    """

    def __init__(
        self,
        finder: CornerFinder,
        hand_at: Callable[[NDArray[np.float64]], Transform],
        config: SessionConfig | None = None,
    ) -> None:
        self._finder, self._hand_at = finder, hand_at
        self._config = config or SessionConfig()
        self.arm = ArmWatch(self._config)
        self.looks: list[BoardLook] = []

    def take(self, frame: Frame) -> BoardLook:
        """Add a look, if arm and image are fit for one.

        Args:
            frame: the image; joint states from before and after it must have been heard.

        Raises:
            ArmMovedError: the arm moves, or its joints are not heard.
            StaleFrameError: the image is from before the arm stood still, or from after what is
                known of it.
            SamePoseError: there is a look from here already.
            BoardNotSeenError, BlurredError: as the finder has it.
        """
        self.require_current(frame)
        base_T_hand = self._hand_at(self.arm.joints())
        if any(self._is_near(look.base_T_hand, base_T_hand) for look in self.looks):
            raise SamePoseError(
                ErrorCode.INVALID_REQUEST,
                "there is a look from this pose already",
                f"Move the hand by {self._config.new_pose_m * 100:.0f} cm, or better turn it",
            )
        look = BoardLook(base_T_hand, self._finder.find(frame.rgb))
        self.looks.append(look)
        return look

    def require_current(self, frame: Frame) -> None:
        """Refuse an image that was not taken while the arm stood still; see `take`."""
        arm, config = self.arm, self._config
        arm.joints()
        if not arm.is_still:
            raise ArmMovedError(
                ErrorCode.ROBOT_NOT_READY,
                f"the arm has stood still for {arm.still_s:.2f} s, and {config.still_s:g} s are "
                "needed",
                "Wait until it is at rest; if it never is, check what moves it",
            )
        fit_ns = arm.since_ns + round(config.settle_s * NS_PER_S)
        if frame.stamp_ns < fit_ns:
            raise StaleFrameError(
                ErrorCode.CAMERA_STALE,
                f"the image was taken {(fit_ns - frame.stamp_ns) / NS_PER_S:.2f} s before the arm "
                "had come to rest",
                "Wait for a newer one; if none comes, check that the camera delivers and that the "
                "clocks of camera and robot agree",
            )
        if frame.stamp_ns > arm.heard_ns:
            raise StaleFrameError(
                ErrorCode.CAMERA_STALE,
                f"the image is {(frame.stamp_ns - arm.heard_ns) / NS_PER_S:.2f} s newer than the "
                "last joint state",
                "Wait for the joints; if they do not come, check that the robot delivers and that "
                "the clocks of camera and robot agree",
            )

    def _is_near(self, one: Transform, other: Transform) -> bool:
        return (
            float(np.linalg.norm(one[:3, 3] - other[:3, 3])) < self._config.new_pose_m
            and rotation_distance(one, other) < self._config.new_pose_rad
        )
