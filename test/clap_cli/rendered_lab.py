"""A robot, a camera and a board that a test plays over ROS; the true poses are known."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from builtin_interfaces.msg import Time
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo, Image, JointState
from std_msgs.msg import Header

from clap_calibration.looks import Mounting, Transform
from clap_calibration.poses import HAND_T_TCP
from clap_calibration.simulated import D435, SimulatedLab
from clap_cli.stack import Client
from clap_core.camera.realsense import LINK_T_OPTICAL, color_frame
from clap_core.geometry import invert, make_transform
from clap_core.robot.names import franka_names, trajectory_action
from clap_core.robot.planner import MotionPlanner
from clap_core.robot.specification import HOME, arm_specification
from clap_realsense.frames import camera_transforms
from clap_ros.goals import WorkerActionServer
from clap_ros.images import intrinsics_to_message, to_message
from control_msgs.action import FollowJointTrajectory
from tf2_msgs.msg import TFMessage

JOINTS_PERIOD_S = 0.02
IMAGE_PERIOD_S = 0.15
MOTION_S = 0.2
LINK_T_COLOR = make_transform((0.0, 0.015, 0.0))


class RenderedLab:
    """Plays the robot's driver and one camera.

    Args:
        camera: name of the camera.
        lab: what is where.
        joints: [7] where the arm begins.
    """

    def __init__(self, camera: str, lab: SimulatedLab, joints: np.ndarray) -> None:
        self.camera, self.lab = camera, lab
        self.names = franka_names("fr3").arm_joints
        self.planner = MotionPlanner(arm_specification("fr3"))
        self.joints = joints
        self.moves = 0
        self.told_optics = D435
        self._image: tuple[bytes, Image] | None = None
        self._lock = threading.Lock()
        self._client = Client("rendered_lab")
        node = self._client.node
        self._node = node
        root = f"/camera/{camera}/color"
        self._joint_states = node.create_publisher(JointState, "/joint_states", 10)
        self._images = node.create_publisher(Image, f"{root}/image_raw", 5)
        self._infos = node.create_publisher(CameraInfo, f"{root}/camera_info", 5)
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self._tf = node.create_publisher(TFMessage, "/tf_static", latched)
        stamp = node.get_clock().now().to_msg()
        self._tf.publish(TFMessage(transforms=camera_transforms(camera, LINK_T_COLOR, stamp)))
        self._server = WorkerActionServer(
            node, FollowJointTrajectory, trajectory_action("fr3"), self._follow
        )
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._loop, args=(work, period))
            for work, period in (
                (self._tell_joints, JOINTS_PERIOD_S),
                (self._tell_image, IMAGE_PERIOD_S),
            )
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Leave."""
        self._ended.set()
        for thread in self._threads:
            thread.join()
        self._client.close()

    @property
    def parent_T_link(self) -> Transform:
        """Where the camera's link truly is."""
        with_color = invert(LINK_T_COLOR @ LINK_T_OPTICAL)
        return self.lab.truth.parent_T_camera @ with_color

    def hand(self) -> Transform:
        """base_T_hand now."""
        return self._now()[1]

    def _now(self) -> tuple[Time, Transform, list[float]]:
        """Time, base_T_hand and joints of one moment, however busy the machine is."""
        with self._lock:
            stamp = self._node.get_clock().now().to_msg()
            hand = self.planner.kinematics.forward(self.joints) @ invert(HAND_T_TCP)
            return stamp, hand, self.joints.tolist()

    def move_by_hand(self, joints: np.ndarray) -> None:
        """Somebody moves the arm."""
        with self._lock:
            self.joints = joints

    def _loop(self, work: Callable[[], None], period_s: float) -> None:
        while not self._ended.wait(period_s):
            work()

    def _tell_joints(self) -> None:
        stamp, _, joints = self._now()
        message = JointState(name=list(self.names), position=joints)
        message.velocity = [0.0] * 7
        message.header.stamp = stamp
        self._joint_states.publish(message)

    def _tell_image(self) -> None:
        stamp, hand, _ = self._now()
        header = Header(stamp=stamp, frame_id=color_frame(self.camera))
        # A picture of one posture is drawn once: the arm's error is one of the posture.
        if self._image is None or self._image[0] != hand.tobytes():
            self._image = (hand.tobytes(), to_message(self.lab.image(hand), "rgb8"))
        message = self._image[1]
        message.header = header
        self._images.publish(message)
        self._infos.publish(intrinsics_to_message(self.told_optics, header))

    def _follow(
        self, goal: Any, cancelled: threading.Event, _: Callable[[Any], None]
    ) -> FollowJointTrajectory.Result:
        self.moves += 1
        points = [np.array(point.positions) for point in goal.trajectory.points]
        for place in np.linspace(0, len(points) - 1, 8).astype(int):
            with self._lock:
                self.joints = points[place]
            cancelled.wait(MOTION_S / 8)
        return FollowJointTrajectory.Result()


def rendered_lab(camera: str, mounting: Mounting, seed: int = 0) -> RenderedLab:
    """A lab whose arm begins where the board is seen."""
    lab = SimulatedLab(mounting, np.random.default_rng(seed))
    first = lab.choose([], np.array(HOME))
    return RenderedLab(camera, lab, first.joints)
