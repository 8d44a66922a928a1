"""What the doctor sees of nodes that a test plays: a robot, a camera, their faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import TransformStamped
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.time import Time
from sensor_msgs.msg import CameraInfo, JointState
from std_srvs.srv import Trigger

from clap_cli.doctor.probes import ros
from clap_cli.doctor.seen import RunningStack
from clap_cli.stack import Client
from clap_core.errors import ClapError
from franka_msgs.msg import FrankaRobotState
from tf2_msgs.msg import TFMessage

PERIOD_S = 0.05
LISTEN_S = 3.0
AHEAD_NS = 300_000_000


class Laboratory:
    """A node that plays the robot's driver, a camera and the lifecycle manager."""

    def __init__(self, client: Client, namespace: str = "") -> None:
        self.node = client.node
        self.prefix = namespace
        self.state = FrankaRobotState(robot_mode=FrankaRobotState.ROBOT_MODE_REFLEX)
        self.state.current_errors.joint_reflex = True
        self.missing = ""
        self._publish: list[Callable[[], None]] = []
        self._tf = self.node.create_publisher(
            TFMessage,
            f"{namespace}/tf_static",
            QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL),
        )
        self.play(FrankaRobotState, "/franka_robot_state_broadcaster/robot_state", self.state)
        self.play(CameraInfo, "/camera/front/color/camera_info", CameraInfo())
        self.play(JointState, "/joint_states", JointState(), AHEAD_NS)
        self.node.create_publisher(TFMessage, f"{namespace}/tf", 10)
        status = DiagnosticStatus(level=DiagnosticStatus.WARN, name="fusion", message="slow")
        self.play(DiagnosticArray, "/diagnostics", DiagnosticArray(status=[status]))
        self.node.create_service(
            Trigger, f"{namespace}/lifecycle_manager/is_active", self._on_is_active
        )
        self.node.create_timer(PERIOD_S, lambda: [publish() for publish in self._publish])

    def play(self, kind: type, topic: str, message: object, ahead_ns: int = 0) -> None:
        """Publish a message again and again, with new stamps."""
        publisher = self.node.create_publisher(kind, f"{self.prefix}{topic}", 10)

        def publish() -> None:
            now_ns = self.node.get_clock().now().nanoseconds
            message.header.stamp = Time(nanoseconds=now_ns + ahead_ns).to_msg()  # type: ignore[attr-defined]
            publisher.publish(message)

        self._publish.append(publish)

    def place(self, child: str) -> None:
        """Say where a frame is."""
        transform = TransformStamped(child_frame_id=child)
        transform.header.frame_id = "base"
        transform.transform.rotation.w = 1.0
        self._tf.publish(TFMessage(transforms=[transform]))

    def _on_is_active(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success, response.message = not self.missing, self.missing
        return response


@pytest.fixture
def laboratory() -> Iterator[Laboratory]:
    with Client("laboratory") as client:
        yield Laboratory(client)


def test_a_laboratory_is_seen_as_it_is(laboratory: Laboratory) -> None:
    laboratory.place("front_color_optical_frame")
    seen = ros.stack(LISTEN_S)
    assert "/laboratory" in seen.nodes and not seen.is_simulated
    assert (seen.robot_mode, seen.robot_errors) == ("reflex", ("joint_reflex",))
    assert seen.cameras == ("front",) and seen.lost_frames == {}
    assert seen.active == ""
    assert (seen.diagnoses["fusion"].level, seen.diagnoses["fusion"].message) == (1, "slow")
    camera = seen.topics["/camera/front/color/camera_info"]
    assert camera.messages > 0 and 1.0 < camera.hz < 40.0 and 0.0 <= camera.age_s < 1.0
    assert seen.topics["/joint_states"].age_s < 0.0
    assert seen.topics["/tf"].messages == 0


def test_what_is_missing_is_named(laboratory: Laboratory) -> None:
    laboratory.missing = "policy is inactive"
    seen = ros.stack(LISTEN_S)
    assert seen.active == "policy is inactive"
    assert "frame 'base' is on neither" in seen.lost_frames["front"]


def test_of_two_arms_the_one_that_is_named_is_looked_at() -> None:
    with (
        Client("task_executive", namespace="left") as left,
        Client("task_executive", namespace="right") as right,
    ):
        here, there = Laboratory(left, "/left"), Laboratory(right, "/right")
        here.place("front_color_optical_frame")
        there.missing = "policy is inactive"
        with pytest.raises(ClapError, match=r"/left, /right.*--namespace /left"):
            ros.stack(LISTEN_S)
        seen = ros.stack(LISTEN_S, "left")
        other = ros.stack(LISTEN_S, "/right")
    assert (seen.namespace, seen.nodes) == ("/left", ("/left/task_executive",))
    assert (seen.active, seen.lost_frames) == ("", {})
    assert (other.active, list(other.lost_frames)) == ("policy is inactive", ["front"])
    assert set(seen.topics) == {
        "/left/camera/front/color/camera_info",
        "/left/franka_robot_state_broadcaster/robot_state",
        "/left/joint_states",
        "/left/tf",
    }
    assert seen.topics["/left/joint_states"].messages > 0
    assert list(seen.diagnoses) == ["fusion"]


def test_a_namespace_where_nothing_runs_is_named(laboratory: Laboratory) -> None:
    with pytest.raises(ClapError, match="no node is running in the namespace /elsewhere"):
        ros.stack(LISTEN_S, "elsewhere")


def test_nobody_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "OFF")  # others' nodes may run here
    assert ros.stack(LISTEN_S) == RunningStack(())
