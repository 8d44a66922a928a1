"""The latest fused cloud and the hand's state at its time, for nodes that act on them."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import partial

import rclpy.clock
from pydantic import BaseModel, Field
from rclpy.clock import ClockType
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.task import Future
from rclpy.time import Time
from sensor_msgs.msg import JointState, PointCloud2

from clap_core.backends import Scene
from clap_core.errors import ClapError, ErrorCode
from clap_core.frames import TransformError
from clap_core.point_cloud import PointCloud
from clap_core.robot.joint_track import ImplausibleJointsError, OpeningTrack
from clap_core.robot.names import franka_names
from clap_ros import clouds
from clap_ros.diagnostics import Rate, Window
from clap_ros.transforms import TransformBuffer

DEADLINE_CHECK_S = 0.05
"""How often waiting requests look at their deadline when no cloud comes in."""

CLOUD_QOS = QoSProfile(depth=5, reliability=ReliabilityPolicy.RELIABLE)


class SceneListenerConfig(BaseModel, frozen=True, extra="forbid"):
    """What is heard, and how old it may be."""

    cloud_topic: str = Field("/scene/points", description="fused cloud in the base frame")
    joint_states_topic: str = Field(
        "/joint_states", description="joint states that have the finger joints"
    )
    hand_joint_states_topic: str = Field(
        "/franka_gripper/joint_states",
        description="joint states of the gripper itself; while they come, the others do not count",
    )
    arm_id: str = Field("fr3", description="prefix of the robot's frames: fr3, fer or panda")
    base_frame: str = Field("base", description="frame of the cloud and of all results")
    tcp_frame: str = Field(
        "", description="frame of the tool centre point; empty for <arm_id>_hand_tcp"
    )
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
    transform_timeout_s: float = Field(
        1.0,
        description="how long a request waits for the hand's pose at the cloud's time [s of wall "
        "time]",
        gt=0.0,
        le=60.0,
    )


@dataclass(frozen=True)
class _Wait:
    not_before_ns: int
    deadline: float
    future: Future


class SceneListener:
    """Hears clouds, finger joints and transforms; hands out scenes that are new enough.

    Args:
        node: whose subscriptions and executor it uses.
        config: what to hear.
    """

    def __init__(self, node: Node, config: SceneListenerConfig) -> None:
        self._node = node
        self._config = config
        names = franka_names(config.arm_id)
        self._tcp_frame = config.tcp_frame or names.tcp
        self._opening = OpeningTrack(names.finger_joints)
        self._message: PointCloud2 | None = None
        self._refused = 0
        self._last_refusal = ""
        self._waits: list[_Wait] = []
        self._arrivals = Rate()
        self._arrival_age_ms = Window(1000)
        self._use_age_ms = Window()
        self._transforms = TransformBuffer(node)
        self._subscriptions = [
            node.create_subscription(PointCloud2, config.cloud_topic, self._on_cloud, CLOUD_QOS),
            *(
                node.create_subscription(JointState, topic, partial(self._hear, is_own=is_own), 10)
                for topic, is_own in (
                    (config.joint_states_topic, False),
                    (config.hand_joint_states_topic, True),
                )
            ),
        ]
        # On a steady clock, so that waits also end when a simulation stops.
        self._timer = node.create_timer(
            DEADLINE_CHECK_S,
            self._expire,
            clock=rclpy.clock.Clock(clock_type=ClockType.STEADY_TIME),
        )
        self._timer.cancel()

    async def scene(self, not_before_ns: int = 0) -> Scene:
        """The scene in the newest cloud, waiting for one that is new enough.

        Args:
            not_before_ns: the cloud must not be older; 0 for at most ``max_cloud_age_s``.

        Raises:
            ClapError: CLOUD_STALE, CLOUD_EMPTY, TRANSFORM_UNAVAILABLE, or INVALID_REQUEST for a
                cloud in another frame.
        """
        config = self._config
        oldest_ns = self._oldest_ns(not_before_ns)
        deadline = time.monotonic() + config.cloud_timeout_s
        while True:
            cloud = await self._cloud(oldest_ns)
            try:
                base_T_tcp = await self._transforms.wait_for(
                    config.base_frame, self._tcp_frame, cloud.stamp_ns, config.transform_timeout_s
                )
            except TransformError as error:
                if error.may_come or time.monotonic() > deadline:
                    raise
                # Just after the start: the cloud is from before the first transform heard.
                oldest_ns = cloud.stamp_ns + 1
            else:
                width_m = self._opening.width_m
                return Scene(cloud, base_T_tcp, None if math.isnan(width_m) else width_m)

    async def cloud(self, not_before_ns: int = 0) -> PointCloud:
        """The newest cloud alone, wherever the hand is; strict about points that are not finite.

        Args:
            not_before_ns: as for `scene`.

        Raises:
            ClapError: CLOUD_STALE, CLOUD_EMPTY, or INVALID_REQUEST for a cloud in another frame
                or one that contradicts itself.
        """
        return await self._cloud(self._oldest_ns(not_before_ns), is_strict=True)

    def _oldest_ns(self, not_before_ns: int) -> int:
        return not_before_ns or self._now_ns() - int(self._config.max_cloud_age_s * 1e9)

    async def _cloud(self, oldest_ns: int, is_strict: bool = False) -> PointCloud:
        """The newest cloud, waiting for one that is not older than `oldest_ns`."""
        config = self._config
        message = self._message
        if message is None or _stamp_ns(message) < oldest_ns:
            wait = _Wait(oldest_ns, time.monotonic() + config.cloud_timeout_s, Future())
            self._waits.append(wait)
            self._timer.reset()
            message = await wait.future
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

    def health_values(self) -> dict[str, object]:
        """Figures for /diagnostics: rate and age of the clouds, on the node's clock."""
        return {
            "clouds_received": self._arrivals.total,
            "joint_states_refused": self._refused,
            "last_refusal": self._last_refusal,
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
        self._transforms.destroy()
        self._node.destroy_timer(self._timer)
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)

    def _now_ns(self) -> int:
        return int(self._node.get_clock().now().nanoseconds)

    def _on_cloud(self, message: PointCloud2) -> None:
        now_ns, stamp_ns = self._now_ns(), _stamp_ns(message)
        self._arrivals.add(now_ns / 1e9)
        self._arrival_age_ms.add((now_ns - stamp_ns) / 1e6)
        self._message = message
        served = [wait for wait in self._waits if stamp_ns >= wait.not_before_ns]
        self._waits = [wait for wait in self._waits if stamp_ns < wait.not_before_ns]
        for wait in served:
            wait.future.set_result(message)

    def _hear(self, message: JointState, is_own: bool) -> None:
        try:
            self._opening.hear(message.name, message.position, time.monotonic(), is_own)
        except ImplausibleJointsError as error:
            self._refused += 1
            self._last_refusal = str(error)

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
        if self._message is None:
            reason = f"no cloud came on {topic}"
        else:
            stamp_ns = _stamp_ns(self._message)
            age_s = (self._now_ns() - stamp_ns) / 1e9
            late_s = (not_before_ns - stamp_ns) / 1e9
            reason = (
                f"the newest cloud on {topic} is {age_s:.2f} s old, {late_s:.2f} s older than "
                "needed"
            )
        return ClapError(
            ErrorCode.CLOUD_STALE,
            f"{reason}, after {self._config.cloud_timeout_s:.1f} s of waiting",
            f"Check that the cameras and cloud_fusion run (`ros2 topic hz {topic}`, /diagnostics)",
        )


def _stamp_ns(message: PointCloud2) -> int:
    return int(Time.from_msg(message.header.stamp).nanoseconds)
