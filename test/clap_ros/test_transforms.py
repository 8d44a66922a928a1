"""The transform buffer on real /tf and /tf_static."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
import rclpy
from geometry_msgs.msg import TransformStamped
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.task import Future
from rclpy.time import Time

from clap_core.errors import ErrorCode
from clap_core.frames import TransformError
from clap_ros.transforms import TF_QOS, TF_STATIC_QOS, TransformBuffer
from tf2_msgs.msg import TFMessage

SECOND = 1_000_000_000
DEADLINE_S = 20.0


class World:
    """A buffer, and publishers of transforms beside it."""

    def __init__(self) -> None:
        self.node = Node("frames_test")
        self.buffer = TransformBuffer(self.node)
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.node)
        self.moving = self.node.create_publisher(TFMessage, "/tf", TF_QOS)
        self.static = self.node.create_publisher(TFMessage, "/tf_static", TF_STATIC_QOS)
        self.spin_until(lambda: self.moving.get_subscription_count() > 0)

    def spin_until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < end, "it never happened"
            self.executor.spin_once(timeout_sec=0.05)

    def knows(self, target: str, source: str, stamp_ns: int | None = None) -> bool:
        try:
            self.buffer.lookup(target, source, stamp_ns)
        except TransformError:
            return False
        return True

    def destroy(self) -> None:
        self.buffer.destroy()
        self.executor.shutdown()
        self.node.destroy_node()


def message(parent: str, child: str, x: float, stamp_ns: int = 0) -> TFMessage:
    stamped = TransformStamped(child_frame_id=child)
    stamped.header.frame_id = parent
    stamped.header.stamp = Time(nanoseconds=stamp_ns).to_msg()
    stamped.transform.translation.x = x
    return TFMessage(transforms=[stamped])


@pytest.fixture
def world() -> Iterator[World]:
    rclpy.init()
    world = World()
    yield world
    world.destroy()
    rclpy.shutdown()


def test_static_and_moving_frames_are_heard_and_interpolated(world: World) -> None:
    # A frame that was published before we listened still counts when it is static.
    world.static.publish(message("hand", "camera", 0.5))
    world.moving.publish(message("base", "hand", 1.0, 1 * SECOND))
    world.moving.publish(message("base", "hand", 2.0, 2 * SECOND))
    world.spin_until(lambda: world.knows("base", "camera", 2 * SECOND))
    pose = world.buffer.lookup("base", "camera", SECOND + SECOND // 4)
    assert pose[0, 3] == pytest.approx(1.75)


def test_static_frames_reach_who_listens_later(world: World) -> None:
    world.static.publish(message("base", "left", 3.0))
    late = TransformBuffer(world.node)
    found: Future = late.wait_for("base", "left", SECOND, DEADLINE_S)
    world.spin_until(found.done)
    assert found.result()[0, 3] == 3.0
    late.destroy()


def test_a_wait_ends_when_the_transform_comes(world: World) -> None:
    world.moving.publish(message("base", "hand", 1.0, 1 * SECOND))
    world.spin_until(lambda: world.knows("base", "hand"))
    future = world.buffer.wait_for("base", "hand", 2 * SECOND, DEADLINE_S)
    assert not future.done()
    world.moving.publish(message("base", "hand", 3.0, 3 * SECOND))
    world.spin_until(future.done)
    assert future.result()[0, 3] == pytest.approx(2.0)


def test_a_known_transform_needs_no_wait(world: World) -> None:
    world.static.publish(message("base", "left", 3.0))
    world.spin_until(lambda: world.knows("base", "left"))
    assert world.buffer.wait_for("base", "left", 0, 0.0).done()


def test_a_wait_ends_at_its_deadline_and_says_why(world: World) -> None:
    future = world.buffer.wait_for("base", "nowhere", SECOND, 0.05)
    assert not future.done()
    world.spin_until(future.done)
    with pytest.raises(TransformError, match="'base'") as raised:
        future.result()
    assert raised.value.code is ErrorCode.TRANSFORM_UNAVAILABLE


def test_what_can_no_longer_come_is_not_waited_for(world: World) -> None:
    world.moving.publish(message("base", "hand", 1.0, 5 * SECOND))
    world.spin_until(lambda: world.knows("base", "hand"))
    future = world.buffer.wait_for("base", "hand", 1 * SECOND, DEADLINE_S)
    with pytest.raises(TransformError, match="so far back"):
        future.result()


def test_a_broken_message_harms_nobody(world: World) -> None:
    broken = message("base", "", 1.0)
    broken.transforms += message("base", "left", 2.0).transforms
    world.static.publish(broken)
    world.spin_until(lambda: world.knows("base", "left"))


def test_a_destroyed_buffer_cancels_its_waits(world: World) -> None:
    buffer = TransformBuffer(world.node)
    future = buffer.wait_for("base", "nowhere", SECOND, DEADLINE_S)
    buffer.destroy()
    assert future.cancelled()
