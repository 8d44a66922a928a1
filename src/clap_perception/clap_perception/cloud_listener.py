"""The fused clouds of the last moments, for nodes that wait for one that is new enough."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, Field
from rclpy.clock import JumpThreshold, TimeJump
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.task import Future
from sensor_msgs.msg import PointCloud2

from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud
from clap_ros import clouds
from clap_ros.diagnostics import Rate, Window
from clap_ros.names import with_full_names
from clap_ros.stamps import stamp_ns
from clap_ros.timers import steady_timer

DEADLINE_CHECK_S = 0.05
"""How often waiting requests look at their deadline when no cloud comes in."""

CLOUD_QOS = QoSProfile(depth=5, reliability=ReliabilityPolicy.RELIABLE)

KEPT_CLOUDS = 20
"""Of the last two seconds, say: what one node looked at, another may still ask for by its stamp."""


class CloudListenerConfig(BaseModel, frozen=True, extra="forbid"):
    """What is heard, and how old it may be."""

    cloud_topic: str = Field("scene/points", description="fused cloud in the base frame")
    base_frame: str = Field("base", description="frame of the cloud and of all results")
    max_cloud_age_s: float = Field(
        1.0,
        description="older clouds are not used by requests that do not say how old one may be [s]",
        gt=0.0,
        le=60.0,
    )
    cloud_timeout_s: float = Field(
        4.0,
        description="how long a request waits for a cloud that is new enough [s of wall time]",
        gt=0.0,
        le=60.0,
    )


@dataclass(frozen=True)
class _Wait:
    not_before_ns: int
    deadline: float
    future: Future


class CloudListener:
    """Hears clouds; hands out the newest, or the one of a stamp.

    Args:
        node: whose subscription and executor it uses.
        config: what to hear.
    """

    def __init__(self, node: Node, config: CloudListenerConfig) -> None:
        self._node = node
        self._config = config = with_full_names(node, config, "cloud_topic")
        self._kept: deque[PointCloud2] = deque(maxlen=KEPT_CLOUDS)
        self._waits: list[_Wait] = []
        self._refused = 0
        self._last_refusal = ""
        self._arrivals = Rate()
        self._arrival_age_ms = Window(1000)
        self._use_age_ms = Window()
        self._subscription = node.create_subscription(
            PointCloud2, config.cloud_topic, self._on_cloud, CLOUD_QOS
        )
        self._timer = steady_timer(node, DEADLINE_CHECK_S, self._expire)
        self._timer.cancel()
        self._jump = node.get_clock().create_jump_callback(
            JumpThreshold(min_forward=None, min_backward=Duration(nanoseconds=-1)),
            post_callback=self._on_jump_back,
        )

    async def newest(self, not_before_ns: int = 0, is_strict: bool = False) -> PointCloud:
        """The newest cloud, waiting for one that is new enough.

        Args:
            not_before_ns: it must not be older; 0 for at most ``max_cloud_age_s``.
            is_strict: whether points that are not finite are an error.

        Raises:
            ClapError: CLOUD_STALE, CLOUD_EMPTY, or INVALID_REQUEST for a cloud in another frame
                or, where strict, one that contradicts itself.
        """
        oldest_ns = self.oldest_ns(not_before_ns)
        return self._read(await self._wait_for(oldest_ns, lambda message: message), is_strict)

    async def taken_at(self, stamp_ns: int, is_strict: bool = False) -> PointCloud:
        """The cloud of just this stamp, waiting for it if it may still come.

        Raises:
            ClapError: CLOUD_STALE when it is not kept any more or does not come; else as `newest`.
        """
        found = self._find(stamp_ns)
        if found is None:
            found = await self._wait_for(stamp_ns, lambda _: self._find(stamp_ns))
        if found is None:
            raise ClapError(
                ErrorCode.CLOUD_STALE,
                f"the cloud of {stamp_ns / 1e9:.3f} s is not among the last "
                f"{len(self._kept)} on {self._config.cloud_topic}",
                "Ask sooner after the look, or leave the stamp out for the newest cloud",
            )
        return self._read(found, is_strict)

    def oldest_ns(self, not_before_ns: int) -> int:
        """The stamp before which a cloud is too old for a request."""
        return not_before_ns or self._now_ns() - int(self._config.max_cloud_age_s * 1e9)

    def health_values(self) -> dict[str, object]:
        """Figures for /diagnostics: rate and age of the clouds, on the node's clock."""
        return {
            "clouds_received": self._arrivals.total,
            "clouds_refused": self._refused,
            "last_cloud_refusal": self._last_refusal,
            "cloud_rate_hz": self._arrivals.hz(self._now_ns() / 1e9),
            "cloud_age_ms.p50": self._arrival_age_ms.percentile(50),
            "cloud_age_ms.p95": self._arrival_age_ms.percentile(95),
            "cloud_age_at_use_ms.p50": self._use_age_ms.percentile(50),
            "cloud_age_at_use_ms.p95": self._use_age_ms.percentile(95),
        }

    def destroy(self) -> None:
        """Stop listening; what waits ends with CLOUD_STALE."""
        for wait in self._waits:
            wait.future.set_exception(self._stale(wait.not_before_ns))
        self._waits.clear()
        self._jump.unregister()
        self._node.destroy_timer(self._timer)
        self._node.destroy_subscription(self._subscription)

    async def _wait_for(
        self, oldest_ns: int, pick: Callable[[PointCloud2], PointCloud2 | None]
    ) -> PointCloud2 | None:
        """What `pick` makes of the newest cloud once there is one that is not older."""
        if not self._kept or _stamp_ns(self._kept[-1]) < oldest_ns:
            wait = _Wait(oldest_ns, time.monotonic() + self._config.cloud_timeout_s, Future())
            self._waits.append(wait)
            self._timer.reset()
            return pick(await wait.future)
        return pick(self._kept[-1])

    def _find(self, stamp_ns: int) -> PointCloud2 | None:
        return next((each for each in reversed(self._kept) if _stamp_ns(each) == stamp_ns), None)

    def _read(self, message: PointCloud2 | None, is_strict: bool) -> PointCloud:
        config = self._config
        assert message is not None
        cloud = clouds.from_message(message, is_strict)
        self._use_age_ms.add((self._now_ns() - cloud.stamp_ns) / 1e6)
        if cloud.frame != config.base_frame:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the cloud on {config.cloud_topic} is in frame '{cloud.frame}', not in "
                f"'{config.base_frame}'",
                "Give cloud_fusion and this node the same base_frame",
            )
        if len(cloud) == 0:
            raise ClapError(
                ErrorCode.CLOUD_EMPTY,
                f"the cloud on {config.cloud_topic} has no points",
                "Check the cameras, their transforms and the workspace limits of cloud_fusion",
            )
        return cloud

    def _now_ns(self) -> int:
        return int(self._node.get_clock().now().nanoseconds)

    def _on_jump_back(self, _jump: TimeJump) -> None:
        """A simulation or a bag begins again: clouds of before would count as new."""
        self._kept.clear()

    def _on_cloud(self, message: PointCloud2) -> None:
        now_ns, taken_ns = self._now_ns(), _stamp_ns(message)
        self._arrivals.add(now_ns / 1e9)
        self._arrival_age_ms.add((now_ns - taken_ns) / 1e6)
        ahead_s = (taken_ns - now_ns) / 1e9
        if ahead_s > self._config.max_cloud_age_s:
            # It would count as new for as long as it is ahead.
            self._refused += 1
            self._last_refusal = f"a cloud is stamped {ahead_s:.2f} s in the future"
            return
        self._kept.append(message)
        served = [wait for wait in self._waits if taken_ns >= wait.not_before_ns]
        self._waits = [wait for wait in self._waits if taken_ns < wait.not_before_ns]
        for wait in served:
            wait.future.set_result(message)

    def _expire(self) -> None:
        now = time.monotonic()
        late = [wait for wait in self._waits if now >= wait.deadline]
        self._waits = [wait for wait in self._waits if now < wait.deadline]
        for wait in late:
            wait.future.set_exception(self._stale(wait.not_before_ns))
        if not self._waits:
            self._timer.cancel()

    def _stale(self, not_before_ns: int) -> ClapError:
        topic = self._config.cloud_topic
        if not self._kept and self._last_refusal:
            reason = f"no usable cloud came on {topic}: {self._last_refusal}"
        elif not self._kept:
            reason = f"no cloud came on {topic}"
        else:
            taken_ns = _stamp_ns(self._kept[-1])
            age_s = (self._now_ns() - taken_ns) / 1e9
            late_s = (not_before_ns - taken_ns) / 1e9
            reason = (
                f"the newest cloud on {topic} is {age_s:.2f} s old, {late_s:.2f} s older than "
                "needed"
            )
        return ClapError(
            ErrorCode.CLOUD_STALE,
            f"{reason}, after {self._config.cloud_timeout_s:.1f} s of waiting",
            f"Check that the cameras and cloud_fusion run (`ros2 topic hz {topic}`, /diagnostics) "
            "and, where they run on another computer, that the clocks of both agree",
        )


def _stamp_ns(message: PointCloud2) -> int:
    return stamp_ns(message.header.stamp)
