"""``./clap calibrate camera`` drives the simulated Franka through its real controller."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from rclpy.qos import DurabilityPolicy, QoSProfile
from running_stack import RunningStack
from sensor_msgs.msg import CameraInfo, Image, JointState
from std_msgs.msg import Header

from clap_calibration.looks import Mounting, Transform
from clap_calibration.poses import HAND_T_TCP
from clap_calibration.simulated import D435, SimulatedLab
from clap_cli.__main__ import main
from clap_cli.stack import Client
from clap_core.camera.realsense import LINK_T_OPTICAL, color_frame
from clap_core.geometry import invert, make_transform, quaternion_xyzw, rotation_distance
from clap_core.robot.joint_track import pick
from clap_core.robot.names import franka_names
from clap_core.robot.planner import MotionPlanner
from clap_core.robot.specification import arm_specification
from clap_realsense.frames import camera_transforms
from clap_ros.images import intrinsics_to_message, to_message
from tf2_msgs.msg import TFMessage

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

CAMERA = "side"
POSES = 8
PICTURE_EVERY = 10


class BoardCamera:
    """A camera that sees a board in the simulated hand, where the joints say that it is."""

    def __init__(self) -> None:
        # This seed puts the camera in front of the robot, where the arm begins.
        self.lab = next(
            lab
            for seed in range(50)
            if (
                lab := SimulatedLab(Mounting.ON_STAND, np.random.default_rng(seed))
            ).truth.parent_T_camera[0, 3]
            > 1.0
        )
        self.hands: list[Transform] = []
        self._planner = MotionPlanner(arm_specification("fr3"))
        self._count = 0
        self._client = Client("board_camera", use_sim_time=True)
        node = self._client.node
        root = f"/camera/{CAMERA}/color"
        self._images = node.create_publisher(Image, f"{root}/image_raw", 5)
        self._infos = node.create_publisher(CameraInfo, f"{root}/camera_info", 5)
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self._tf = node.create_publisher(TFMessage, "/tf_static", latched)
        stamp = node.get_clock().now().to_msg()
        self._tf.publish(TFMessage(transforms=camera_transforms(CAMERA, np.eye(4), stamp)))
        node.create_subscription(JointState, "/joint_states", self._on_joints, 10)

    def close(self) -> None:
        self._client.close()

    def _on_joints(self, message: JointState) -> None:
        joints = pick(message.name, message.position, franka_names("fr3").arm_joints)
        self._count += 1
        if joints is None or self._count % PICTURE_EVERY:
            return
        hand = self._planner.kinematics.forward(joints) @ invert(HAND_T_TCP)
        self.hands.append(hand)
        header = Header(stamp=message.header.stamp, frame_id=color_frame(CAMERA))
        picture = to_message(self.lab.image(hand), "rgb8", header)
        self._images.publish(picture)
        self._infos.publish(intrinsics_to_message(D435, header))


@pytest.fixture
def camera(start_stack: Callable[..., RunningStack]) -> Iterator[BoardCamera]:
    start_stack(scene="empty", real_time_factor=1.0)
    playing = BoardCamera()
    yield playing
    playing.close()


def test_the_simulated_franka_is_driven_and_the_camera_found(
    camera: BoardCamera, tmp_path: Path
) -> None:
    path = tmp_path / "cameras.yaml"
    guess = camera.lab.guess.parent_T_camera @ invert(LINK_T_OPTICAL)
    section = {
        "parent_frame": "fr3_link0",
        "child_frame": f"{CAMERA}_link",
        "translation": guess[:3, 3].tolist(),
        "rotation": quaternion_xyzw(guess).tolist(),
    }
    document = {"/camera_extrinsics": {"ros__parameters": {"cameras": [CAMERA], CAMERA: section}}}
    path.write_text(yaml.safe_dump(document, default_flow_style=None, width=1000))
    arguments = ["calibrate", "camera", CAMERA, "--file", str(path), "--poses", str(POSES), "--yes"]

    assert main(arguments) == 0

    parameters = yaml.safe_load(path.read_text())["/camera_extrinsics"]["ros__parameters"]
    found = make_transform(parameters[CAMERA]["translation"], parameters[CAMERA]["rotation"])
    true = camera.lab.truth.parent_T_camera @ invert(LINK_T_OPTICAL)
    assert np.linalg.norm(found[:3, 3] - true[:3, 3]) < 2e-3
    assert np.degrees(rotation_distance(found, true)) < 0.3
    ways = [np.linalg.norm(hand[:3, 3] - camera.hands[0][:3, 3]) for hand in camera.hands]
    assert max(ways) > 0.05
