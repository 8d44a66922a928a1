"""Arm and camera of a running robot, real or simulated, as a calibration needs them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from rclpy.action import ActionClient
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, Image, JointState

from clap_calibration.looks import BoardLook
from clap_calibration.session import ArmWatch, Frame
from clap_core.camera import CameraIntrinsics
from clap_core.camera.image_message import to_array
from clap_core.errors import ClapError, ErrorCode
from clap_core.robot.joint_track import ImplausibleJointsError, pick
from clap_core.robot.names import franka_names, trajectory_action
from clap_core.robot.trajectory import Trajectory
from clap_ros.calls import run_action, succeeded
from clap_ros.names import full_name
from clap_ros.stamps import stamp_ns
from clap_ros.trajectories import trajectory_goal
from control_msgs.action import FollowJointTrajectory

FIRST_TIMEOUT_S = 10.0
"""For the first message of each kind."""

STILL_TIMEOUT_S = 15.0
MOTION_SLACK_S = 20.0
SLOWEST_REAL_TIME_FACTOR = 0.1
_QOS = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)


class CalibrationLink:
    """Hears joints and one camera, and moves the arm.

    Args:
        node: a spinning node.
        camera: name of the camera.
        arm_id: of the arm.
        interrupted: ends every wait and motion.
    """

    def __init__(
        self, node: Node, camera: str, arm_id: str, interrupted: threading.Event | None = None
    ) -> None:
        self._node, self._camera = node, camera
        self._joint_names = franka_names(arm_id).arm_joints
        self._interrupted = interrupted or threading.Event()
        self._changed = threading.Condition()
        self._watch: ArmWatch | None = None
        self._joints: NDArray[np.float64] | None = None
        self._info: CameraInfo | None = None
        self._image: Image | None = None
        self._action = ActionClient(node, FollowJointTrajectory, trajectory_action(arm_id))
        root = f"camera/{camera}/color"
        self._subscriptions = [
            node.create_subscription(JointState, "joint_states", self._on_joints, 50),
            node.create_subscription(CameraInfo, f"{root}/camera_info", self._on_info, _QOS),
            node.create_subscription(Image, f"{root}/image_raw", self._on_image, _QOS),
            # A D405's colour comes from its depth module.
            node.create_subscription(Image, f"{root}/image_rect_raw", self._on_image, _QOS),
        ]

    def destroy(self) -> None:
        """Stop hearing, and release the action."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._action.destroy()

    def tell(self, watch: ArmWatch) -> None:
        """From now on, tell a watch of all joint states."""
        with self._changed:
            self._watch = watch

    def optics(self) -> tuple[CameraIntrinsics, str, list[float]]:
        """The camera's model, once it was heard: pinhole, name and coefficients of the lens.

        Raises:
            ClapError: CAMERA_STALE where it is not heard; INVALID_REQUEST for no camera.
        """
        self._wait(
            lambda: self._info is not None and self._image is not None,
            FIRST_TIMEOUT_S,
            ClapError(
                ErrorCode.CAMERA_STALE,
                "nothing, or only half, comes on "
                f"{full_name(self._node, f'camera/{self._camera}/color/image_raw')} and "
                f"camera_info within {FIRST_TIMEOUT_S:.0f} s",
                "Start the camera, and check its name: ros2 topic list",
            ),
        )
        assert self._info is not None
        info, k = self._info, self._info.k
        intrinsics = CameraIntrinsics(
            info.width, info.height, float(k[0]), float(k[4]), float(k[2]), float(k[5])
        )
        return intrinsics, info.distortion_model, [float(value) for value in info.d]

    def joints(self) -> NDArray[np.float64]:
        """[7] the newest joint positions, rad.

        Raises:
            ClapError: ROBOT_NOT_READY where none is heard.
        """
        self._wait(
            lambda: self._joints is not None,
            FIRST_TIMEOUT_S,
            ClapError(
                ErrorCode.ROBOT_NOT_READY,
                f"no {self._joint_names[0]} comes on {full_name(self._node, 'joint_states')}",
                "Start the robot, and name its arm with --arm",
            ),
        )
        with self._changed:
            assert self._joints is not None
            return self._joints.copy()

    def frame_at_rest(self, settle_s: float, timeout_s: float = STILL_TIMEOUT_S) -> Frame:
        """The first image that was taken while the arm stood still, with joints from after it.

        Raises:
            ClapError: TIMEOUT where the arm does not come to rest or no image comes.
        """
        watch = self._watch
        assert watch is not None

        def is_there() -> bool:
            if self._image is None or not watch.is_still:
                return False
            taken_ns = stamp_ns(self._image.header.stamp)
            return watch.since_ns + settle_s * 1e9 <= taken_ns <= watch.heard_ns

        self._wait(
            is_there,
            timeout_s,
            ClapError(
                ErrorCode.TIMEOUT,
                f"within {timeout_s:.0f} s there was no image of '{self._camera}' from while the "
                "arm stood still",
                "Check that the camera delivers, that nothing moves the arm, and that the clocks "
                "of camera and robot agree (use_sim_time is set for a simulation)",
            ),
        )
        with self._changed:
            assert self._image is not None
            return Frame(to_array(self._image, "rgb8"), stamp_ns(self._image.header.stamp))

    def await_motion(self, timeout_s: float) -> None:
        """Wait until the arm moves.

        Raises:
            ClapError: TIMEOUT.
        """
        watch = self._watch
        assert watch is not None
        self._wait(
            lambda: not watch.is_still,
            timeout_s,
            ClapError(
                ErrorCode.TIMEOUT,
                f"the arm was not moved for {timeout_s:.0f} s",
                "Guide it to the next pose, or leave out --guided",
            ),
        )

    def quietly(self, work: Callable[[], BoardLook]) -> BoardLook:
        """Do something while no joint state comes in between."""
        with self._changed:
            return work()

    def move(self, trajectory: Trajectory) -> None:
        """Follow a trajectory to its end.

        Raises:
            ClapError: CANCELED, TRAJECTORY_REJECTED, TRAJECTORY_ABORTED, NODE_UNAVAILABLE, TIMEOUT.
        """
        status, result = run_action(
            self._action,
            trajectory_goal(trajectory),
            trajectory.duration_s / SLOWEST_REAL_TIME_FACTOR + MOTION_SLACK_S,
            self._interrupted,
        )
        if not succeeded(status):
            raise ClapError(
                ErrorCode.TRAJECTORY_ABORTED,
                f"the arm did not finish its motion (error {result.error_code}: "
                f"{result.error_string or 'no reason given'})",
                "Check that it is free and ready (./clap doctor), then calibrate again",
            )

    def _wait(self, is_there: Callable[[], bool], timeout_s: float, otherwise: ClapError) -> None:
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while not is_there():
                if self._interrupted.is_set():
                    raise ClapError(ErrorCode.CANCELED, "interrupted", "Start it again")
                left = deadline - time.monotonic()
                if left <= 0:
                    raise otherwise
                self._changed.wait(min(left, 0.2))

    def _on_joints(self, message: JointState) -> None:
        try:
            joints = pick(message.name, message.position, self._joint_names)
            speeds = (
                pick(message.name, message.velocity, self._joint_names)
                if len(message.velocity) == len(message.name)
                else None
            )
        except ImplausibleJointsError:
            return
        if joints is None:
            return
        with self._changed:
            self._joints = joints
            if self._watch is not None:
                self._watch.hear(stamp_ns(message.header.stamp), joints, speeds)
            self._changed.notify_all()

    def _on_info(self, message: CameraInfo) -> None:
        with self._changed:
            self._info = message
            self._changed.notify_all()

    def _on_image(self, message: Image) -> None:
        with self._changed:
            self._image = message
            self._changed.notify_all()
