"""The fusion when the clock jumps back, as with a simulation or a bag that begins again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import rclpy
from camera_rig import CameraRig, spin_until
from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.executors import SingleThreadedExecutor
from rclpy.time import Time
from rosgraph_msgs.msg import Clock

from clap_core.errors import ErrorCode
from clap_msgs.srv import GetViews
from clap_perception.cloud_fusion.node import CloudFusionNode

START_NS = 7_200_000_000_000
FRAME_NS = 50_000_000
NEAR_NS = 5_000_000
"""Less than stamps of one set may differ by."""

SOME_CLOUDS = 3


class Bench:
    """The active node and its cameras, whose clock is set by hand."""

    def __init__(self) -> None:
        rclpy.init(args=["--ros-args", "-p", "use_sim_time:=true"])
        self.node, self.rig = CloudFusionNode(), CameraRig()
        self.rig.clockwork.cancel()
        self.clock = self.rig.create_publisher(Clock, "/clock", 10)
        self.views = self.rig.create_client(GetViews, "/cloud_fusion/views")
        self.executor = SingleThreadedExecutor()
        for node in (self.node, self.rig):
            self.executor.add_node(node)
        self.now_ns = START_NS
        self.set_time(START_NS)
        self.node.trigger_configure()
        self.node.trigger_activate()
        self.rig.publish_poses()
        spin_until(self.executor, self.rig.is_heard)
        spin_until(self.executor, self.views.service_is_ready)
        self.advance_until(lambda: bool(self.rig.fused))
        self.cloud(self.now_ns + FRAME_NS)

    def set_time(self, now_ns: int) -> None:
        """Set the clock, and wait until both have heard it."""
        self.now_ns = now_ns
        now = Time(nanoseconds=now_ns).to_msg()

        def heard() -> bool:
            self.clock.publish(Clock(clock=now))
            return all(n.get_clock().now().nanoseconds == now_ns for n in (self.node, self.rig))

        spin_until(self.executor, heard)

    def look(self, now_ns: int, *cameras: str) -> None:
        """A frame of some cameras, else of all, and wait until it has arrived."""
        self.set_time(now_ns)
        self.rig.silent = set(self.rig.views) - set(cameras or self.rig.views)
        frames = [self.node._inputs[name].monitor._frames for name in cameras or self.rig.views]
        wanted = [one.total + 1 for one in frames]
        self.rig.publish_all()
        spin_until(self.executor, lambda: [one.total for one in frames] == wanted)

    def cloud(self, now_ns: int) -> None:
        """A frame of all cameras, and wait for its cloud."""
        self.look(now_ns)
        self.wait_for_cloud()

    def wait_for_cloud(self) -> None:
        """Wait for the cloud of now."""
        fused = self.rig.fused
        spin_until(self.executor, lambda: bool(fused) and fused[-1].stamp_ns == self.now_ns)

    def advance_until(self, condition: Callable[[], bool]) -> None:
        """Let time go on, with frames of all cameras, until something holds."""
        self.rig.silent = set()

        def holds() -> bool:
            self.set_time(self.now_ns + FRAME_NS)
            self.rig.publish_all()
            return condition()

        spin_until(self.executor, holds)
        self.wait_for_cloud()

    def ask_views(self, stamp_ns: int) -> GetViews.Response:
        asked = self.views.call_async(GetViews.Request(stamp=Time(nanoseconds=stamp_ns).to_msg()))
        spin_until(self.executor, asked.done)
        return asked.result()

    def close(self) -> None:
        self.node.release()
        self.executor.shutdown()
        self.node.destroy_node()
        self.rig.destroy_node()
        rclpy.shutdown()


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()


JUMPS_NS = pytest.mark.parametrize("back_ns", [NEAR_NS, 3_600_000_000_000, START_NS - FRAME_NS])


@JUMPS_NS
def test_after_a_jump_back_clouds_come_as_before(bench: Bench, back_ns: int) -> None:
    again_ns = bench.now_ns - back_ns
    for frame in range(SOME_CLOUDS):
        bench.cloud(again_ns + frame * FRAME_NS)
        assert len(bench.rig.fused[-1]) == len(bench.rig.fused[0])
    bench.advance_until(lambda: bench.rig.says(DiagnosticStatus.OK, "SUCCESS"))


def test_frames_of_before_a_jump_back_are_in_no_cloud_with_those_after(bench: Bench) -> None:
    later_ns = bench.now_ns + FRAME_NS
    bench.look(later_ns, "front", "right")
    bench.look(later_ns - NEAR_NS, "left")
    bench.cloud(later_ns - NEAR_NS + FRAME_NS)
    assert bench.rig.fused[-2].stamp_ns < later_ns - NEAR_NS


@JUMPS_NS
def test_the_pictures_of_before_a_jump_back_are_forgotten(bench: Bench, back_ns: int) -> None:
    """The same stamp may come again, with another picture."""
    stamp_ns = bench.rig.fused[-1].stamp_ns
    assert bench.ask_views(stamp_ns).error_code == ErrorCode.SUCCESS
    bench.set_time(bench.now_ns - back_ns)
    assert bench.ask_views(stamp_ns).error_code == ErrorCode.CAMERA_STALE
    bench.cloud(bench.now_ns + FRAME_NS)
    assert len(bench.ask_views(bench.now_ns).views) == len(bench.rig.views)
