"""Hearing /tf and /tf_static, as tf2_ros does, which pip-only installs lack."""

from __future__ import annotations

import time
from dataclasses import dataclass

from geometry_msgs.msg import TransformStamped
from rclpy.clock import JumpThreshold, TimeJump
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.task import Future

from clap_core.errors import ClapError
from clap_core.frames import FrameBuffer, Sample, TransformError
from clap_core.frames.buffer import DEFAULT_HISTORY_S
from clap_core.geometry.transforms import Transform
from clap_ros.stamps import stamp_ns
from clap_ros.timers import steady_timer
from tf2_msgs.msg import TFMessage

TF_QOS = QoSProfile(
    depth=100, reliability=ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.VOLATILE
)
"""Of tf2_ros's listener on /tf."""

TF_STATIC_QOS = QoSProfile(
    depth=100, reliability=ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.TRANSIENT_LOCAL
)
"""Of tf2_ros's listener on /tf_static."""

DEADLINE_CHECK_S = 0.02
"""How often waits look at their deadline when no transform comes in."""


@dataclass(frozen=True)
class _Wait:
    target: str
    source: str
    stamp_ns: int
    deadline: float
    future: Future


class TransformBuffer:
    """The frames that the running system publishes.

    Args:
        node: whose subscriptions and executor it uses.
        history_s: how long moving frames are remembered, seconds.
        namespace: whose frames; those of the node's own where None.
    """

    def __init__(
        self,
        node: Node,
        history_s: float = DEFAULT_HISTORY_S,
        namespace: str | None = None,
    ) -> None:
        self._node = node
        self._buffer = FrameBuffer(history_s)
        self._waits: list[_Wait] = []
        place = "" if namespace is None else f"{namespace.rstrip('/')}/"
        moving, static = f"{place}tf", f"{place}tf_static"
        self._subscriptions = [
            node.create_subscription(TFMessage, moving, self._on_moving, TF_QOS),
            node.create_subscription(TFMessage, static, self._on_static, TF_STATIC_QOS),
        ]
        self._timer = steady_timer(node, DEADLINE_CHECK_S, self._resume)
        self._timer.cancel()
        self._jump = node.get_clock().create_jump_callback(
            JumpThreshold(
                min_forward=None, min_backward=Duration(nanoseconds=-1), on_clock_change=True
            ),
            post_callback=self._on_jump,
        )

    def lookup(self, target: str, source: str, stamp_ns: int | None = None) -> Transform:
        """The pose of `source` in `target` at a time, from what has been heard so far.

        Args:
            target: frame in which the result is expressed.
            source: frame whose pose is wanted.
            stamp_ns: when; None for the newest time that is known.

        Returns:
            [4, 4] target_T_source, metres.

        Raises:
            TransformError: names the frames, what is wrong with them, and the cure.
        """
        return self._buffer.lookup(target, source, stamp_ns)

    def wait_for(self, target: str, source: str, stamp_ns: int, timeout_s: float) -> Future:
        """The same, but a transform that comes within `timeout_s` is waited for.

        Nothing blocks: the future is done at once when the transform is known, else from the
        node's executor, with the pose or with TransformError as its exception.

        Args:
            target: frame in which the result is expressed.
            source: frame whose pose is wanted.
            stamp_ns: when.
            timeout_s: how long to wait, seconds of wall time.
        """
        future: Future = Future()
        wait = _Wait(target, source, stamp_ns, time.monotonic() + timeout_s, future)
        if not self._try(wait):
            self._waits.append(wait)
            self._timer.reset()
        return future

    def destroy(self) -> None:
        """Stop listening and cancel what waits."""
        for wait in self._waits:
            wait.future.cancel()
        self._waits.clear()
        self._jump.unregister()
        self._node.destroy_timer(self._timer)
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)

    def _on_moving(self, message: TFMessage) -> None:
        self._add(message.transforms, is_static=False)

    def _on_static(self, message: TFMessage) -> None:
        self._add(message.transforms, is_static=True)

    def _add(self, transforms: list[TransformStamped], is_static: bool) -> None:
        for stamped in transforms:
            stamp = stamped.header.stamp
            p, q = stamped.transform.translation, stamped.transform.rotation
            sample = Sample((p.x, p.y, p.z), (q.x, q.y, q.z, q.w))
            try:
                self._buffer.set(
                    stamped.header.frame_id,
                    stamped.child_frame_id,
                    sample,
                    stamp_ns(stamp),
                    is_static=is_static,
                )
            except ClapError as error:
                self._node.get_logger().warning(error.message, throttle_duration_sec=5.0)
        if self._waits:
            self._resume()

    def _on_jump(self, jump: TimeJump) -> None:
        self._buffer.clear()

    def _resume(self) -> None:
        self._waits = [wait for wait in self._waits if not self._try(wait)]
        if not self._waits:
            self._timer.cancel()

    def _try(self, wait: _Wait) -> bool:
        """Whether the wait has ended, one way or the other."""
        if wait.future.cancelled():
            return True
        try:
            wait.future.set_result(self.lookup(wait.target, wait.source, wait.stamp_ns))
        except TransformError as error:
            if error.may_come and time.monotonic() < wait.deadline:
                return False
            wait.future.set_exception(error)
        return True
