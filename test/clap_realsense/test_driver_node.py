"""The node over DDS, its cameras fed by software devices: topics, faults, and cameras that go and
come back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo, Image, PointCloud2

rs = pytest.importorskip("pyrealsense2", reason="./clap setup --with realsense installs it")

from software_camera import DEPTH_MM, FPS, HEIGHT, WIDTH, SoftwareBus  # noqa: E402

from clap_core.camera.image_message import to_array  # noqa: E402
from clap_core.errors import ClapError  # noqa: E402
from clap_realsense.driver.bus import CameraBus  # noqa: E402
from clap_realsense.driver.node import RealSenseNode  # noqa: E402
from clap_ros import clouds  # noqa: E402
from clap_ros.stamps import stamp_ns  # noqa: E402
from tf2_msgs.msg import TFMessage  # noqa: E402

DEADLINE_S = 60.0
ALIGNED = "/camera/front/aligned_depth_to_color/image_raw"
PARAMETERS = {
    "width": WIDTH,
    "height": HEIGHT,
    "fps": FPS,
    "frame_timeout_s": 2.0,
    "retry_s": 0.1,
    "cameras": ["front", "left"],
    "front.serial": "111",
    "left.serial": "222",
}


@dataclass
class Bench:
    """The node, its software cameras, and what a listener heard."""

    software: SoftwareBus
    executor: SingleThreadedExecutor
    listener: Node
    node: RealSenseNode | None = None
    heard: dict[str, list[Any]] = field(default_factory=dict)
    status: DiagnosticStatus | None = None

    def start(self, **changes: Any) -> RealSenseNode:
        """The node with the parameters above, changed; a dot in a name is written as two lines."""
        values = {**PARAMETERS, **{name.replace("__", "."): v for name, v in changes.items()}}
        self.node = RealSenseNode(
            CameraBus(self.software.context),
            parameter_overrides=[Parameter(name, value=value) for name, value in values.items()],
        )
        self.executor.add_node(self.node)
        return self.node

    def listen(self, kind: type, topic: str, qos: QoSProfile | int = 10) -> list[Any]:
        self.heard[topic] = []
        self.listener.create_subscription(kind, topic, self.heard[topic].append, qos)
        return self.heard[topic]

    def until(self, done: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + DEADLINE_S
        while not done():
            assert time.monotonic() < end, f"deadline: {what}; status {self.status}"
            self.executor.spin_once(timeout_sec=0.02)

    def until_new(self, topic: str) -> Any:
        count = len(self.heard[topic])
        self.until(lambda: len(self.heard[topic]) > count, f"a message on {topic}")
        return self.heard[topic][-1]

    def until_status(self, level: bytes, *words: str) -> DiagnosticStatus:
        def told() -> bool:
            status = self.status
            return (
                status is not None
                and status.level == level
                and all(word in status.message for word in words)
            )

        self.until(told, f"diagnostics with {words}")
        assert self.status is not None
        return self.status

    def on_diagnostics(self, message: DiagnosticArray) -> None:
        self.status = message.status[0]


@pytest.fixture
def bench() -> Iterator[Bench]:
    rclpy.init()
    executor = SingleThreadedExecutor()
    bench = Bench(SoftwareBus(), executor, Node("listener"))
    executor.add_node(bench.listener)
    bench.listener.create_subscription(DiagnosticArray, "/diagnostics", bench.on_diagnostics, 10)
    try:
        yield bench
    finally:
        executor.shutdown()
        if bench.node is not None:
            bench.node.destroy_node()
        bench.listener.destroy_node()
        bench.software.end()
        rclpy.shutdown()


def color(name: str) -> str:
    return f"/camera/{name}/color/image_raw"


def test_topics_are_those_of_realsense_ros(bench: Bench) -> None:
    bench.software.plug("111")
    bench.software.plug("222")
    bench.listen(Image, color("front"))
    bench.listen(Image, color("left"))
    bench.listen(Image, ALIGNED)
    bench.listen(Image, "/camera/front/depth/image_rect_raw")
    bench.listen(CameraInfo, "/camera/front/color/camera_info")
    bench.listen(CameraInfo, "/camera/front/aligned_depth_to_color/camera_info")
    bench.listen(CameraInfo, "/camera/front/depth/camera_info")
    bench.start()
    bench.until(lambda: all(bench.heard.values()), "all topics")

    def stamps_on(topic: str) -> set[int]:
        return {stamp_ns(message.header.stamp) for message in bench.heard[topic]}

    messages = {topic: bench.until_new(topic) for topic in bench.heard}
    picture = messages[color("front")]
    assert picture.encoding == "rgb8" and to_array(picture).shape == (HEIGHT, WIDTH, 3)
    assert picture.header.frame_id == "front_color_optical_frame"
    assert abs(stamp_ns(picture.header.stamp) - time.time_ns()) < 5e9
    aligned = messages[ALIGNED]
    assert aligned.encoding == "16UC1" and (to_array(aligned) == DEPTH_MM).any()
    assert aligned.header.frame_id == "front_color_optical_frame"
    depth = messages["/camera/front/depth/image_rect_raw"]
    assert depth.header.frame_id == "front_depth_optical_frame"
    info = messages["/camera/front/color/camera_info"]
    depth_info = messages["/camera/front/depth/camera_info"]
    assert info.header.frame_id == "front_color_optical_frame" and info.k[0] == 60.0
    assert depth_info.header.frame_id == "front_depth_optical_frame" and depth_info.k[0] == 50.0
    bench.until(lambda: bool(stamps_on(color("front")) & stamps_on(ALIGNED)), "one stamp for both")
    status = bench.until_status(DiagnosticStatus.OK, "running front, left")
    values = {value.key: value.value for value in status.values}
    assert values["front.usb"] == "3.2" and values["left.serial"] == "222"


def test_late_listeners_hear_the_frames_of_all_cameras(bench: Bench) -> None:
    bench.software.plug("111")
    bench.software.plug("222")
    bench.start()
    bench.until_status(DiagnosticStatus.OK, "running front, left")
    latched = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    heard = bench.listen(TFMessage, "/tf_static", latched)
    bench.until(lambda: bool(heard), "frames")
    frames = {(t.header.frame_id, t.child_frame_id): t for t in heard[0].transforms}
    for name in ("front", "left"):
        moved = frames[f"{name}_link", f"{name}_color_frame"].transform.translation
        assert moved.y == pytest.approx(-0.015)
        assert (f"{name}_color_frame", f"{name}_color_optical_frame") in frames
        assert (f"{name}_link", f"{name}_depth_frame") in frames
        assert (f"{name}_depth_frame", f"{name}_depth_optical_frame") in frames


def test_points_lie_on_the_wall_that_is_seen(bench: Bench) -> None:
    bench.software.plug("111")
    bench.listen(PointCloud2, "/camera/front/depth/color/points")
    bench.start(pointcloud=True, cameras=["front"])
    message = bench.until_new("/camera/front/depth/color/points")
    cloud = clouds.from_message(message)
    assert len(cloud) > WIDTH * HEIGHT // 2
    assert cloud.xyz[:, 2] == pytest.approx(DEPTH_MM / 1000)
    assert (cloud.rgb[:, 0] == 200).all()
    assert message.header.frame_id == "front_color_optical_frame"


def test_a_camera_that_is_unplugged_comes_back_and_the_other_goes_on(bench: Bench) -> None:
    bench.software.plug("111")
    bench.software.plug("222")
    bench.listen(Image, color("front"))
    bench.listen(Image, color("left"))
    bench.start()
    bench.until_new(color("front"))
    bench.until_new(color("left"))
    bench.software.unplug("111")
    bench.until_status(
        DiagnosticStatus.WARN, "camera 'front'", "111 is connected; there is 222", "plug"
    )
    bench.until_new(color("left"))
    bench.software.plug("111")
    bench.until_new(color("front"))
    bench.until_status(DiagnosticStatus.OK, "running front, left")


def test_a_wrong_serial_number_stops_one_camera_only(bench: Bench) -> None:
    bench.software.plug("222")
    bench.listen(Image, color("left"))
    bench.start(front__serial="999")
    status = bench.until_status(DiagnosticStatus.WARN, "'front'", "999", "there is 222")
    assert {v.key: v.value for v in status.values}["error_code"] == "CAMERA_STALE"
    bench.until_new(color("left"))


def test_without_any_camera_it_waits_and_says_so(bench: Bench) -> None:
    bench.start()
    bench.until_status(DiagnosticStatus.ERROR, "nor any other RealSense", "udev")
    bench.software.plug("111")
    bench.software.plug("222")
    bench.until_status(DiagnosticStatus.OK, "running")


def test_a_slow_usb_port_is_warned_of(bench: Bench) -> None:
    bench.software.plug("111", usb="2.1")
    bench.start(cameras=["front"])
    bench.until_status(DiagnosticStatus.WARN, "camera 'front', 111", "USB 2.1", "USB 3 port")


def test_settings_change_while_it_runs_and_wrong_ones_are_named(bench: Bench) -> None:
    camera = bench.software.plug("111")
    bench.listen(Image, color("front"))
    node = bench.start(cameras=["front"])
    bench.until_new(color("front"))

    def option() -> float:
        return float(camera.depth.get_option(rs.option.emitter_enabled))

    assert option() == 1
    node.set_parameters([Parameter("front.emitter", value="disabled")])
    bench.until(lambda: option() == 0, "the emitter is off")
    node.set_parameters([Parameter("front.preset", value="Sunlight")])
    bench.until_status(DiagnosticStatus.ERROR, "'Sunlight'", "High Accuracy")
    node.set_parameters([Parameter("front.preset", value="Hand")])
    bench.until_status(DiagnosticStatus.OK, "running front")
    for name, value in (("front.emitter", "maybe"), ("fps", 30)):
        (result,) = node.set_parameters([Parameter(name, value=value)])
        assert not result.successful, name


def test_what_cannot_start_is_refused_with_a_reason(bench: Bench) -> None:
    bench.software.plug("111")
    for changes, reason in (
        ({"front__serial": "", "left__serial": ""}, "connected: 111"),
        ({"left__serial": "111"}, "front and left have the same serial number 111"),
        ({"use_sim_time": True}, "use_sim_time"),
        ({"cameras": ["a b"]}, "'cameras'"),
    ):
        with pytest.raises(ClapError, match=reason):
            bench.start(**changes)


def test_another_serial_number_opens_another_camera(bench: Bench) -> None:
    bench.software.plug("111")
    node = bench.start(cameras=["front"])
    bench.until_status(DiagnosticStatus.OK, "running front")
    bench.software.plug("333")
    node.set_parameters([Parameter("front.serial", value="333")])

    def serial() -> str:
        assert bench.status is not None
        return {v.key: v.value for v in bench.status.values}["front.serial"]

    bench.until(lambda: serial() == "333", "the other camera")
