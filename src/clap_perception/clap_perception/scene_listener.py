"""The latest fused cloud and the hand's state at its time, for nodes that act on them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial

from pydantic import Field
from rclpy.node import Node
from sensor_msgs.msg import JointState

from clap_core.backends import Scene
from clap_core.camera.view import CameraView
from clap_core.frames import TransformError
from clap_core.robot.joint_track import ImplausibleJointsError, OpeningTrack
from clap_core.robot.names import franka_names
from clap_msgs.srv import GetViews
from clap_perception.cloud_listener import CloudListener, CloudListenerConfig
from clap_perception.fetching import fetch_views
from clap_ros.names import full_name
from clap_ros.service_client import ServiceClient
from clap_ros.transforms import TransformBuffer


class SceneListenerConfig(CloudListenerConfig, frozen=True, extra="forbid"):
    """What is heard besides clouds, and how long a request waits for it."""

    joint_states_topic: str = Field(
        "joint_states", description="joint states that have the finger joints"
    )
    hand_joint_states_topic: str = Field(
        "franka_gripper/joint_states",
        description="joint states of the gripper itself; while they come, the others do not count",
    )
    arm_id: str = Field("fr3", description="prefix of the robot's frames: fr3, fer or panda")
    tcp_frame: str = Field(
        "", description="frame of the tool centre point; empty for <arm_id>_hand_tcp"
    )
    transform_timeout_s: float = Field(
        1.0,
        description="how long a request waits for the hand's pose at the cloud's time [s of wall "
        "time]",
        gt=0.0,
        le=60.0,
    )
    views_service: str = Field(
        "cloud_fusion/views", description="where a cloud's pictures are, for backends that look"
    )
    views_timeout_s: float = Field(
        5.0, description="how long a backend waits for pictures [s of wall time]", gt=0.0, le=60.0
    )


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
        self._refused = 0
        self._last_refusal = ""
        self._clouds = CloudListener(node, config)
        self._cloud_fusion = ServiceClient(
            node, GetViews, full_name(node, config.views_service), config.views_timeout_s
        )
        self._transforms = TransformBuffer(node)
        self._subscriptions = [
            node.create_subscription(JointState, topic, partial(self._hear, is_own=is_own), 10)
            for topic, is_own in (
                (config.joint_states_topic, False),
                (config.hand_joint_states_topic, True),
            )
        ]

    async def scene(self, not_before_ns: int = 0) -> Scene:
        """The scene in the newest cloud, waiting for one that is new enough.

        Args:
            not_before_ns: the cloud must not be older; 0 for at most ``max_cloud_age_s``.

        Raises:
            ClapError: CLOUD_STALE, CLOUD_EMPTY, TRANSFORM_UNAVAILABLE, or INVALID_REQUEST for a
                cloud in another frame.
        """
        config = self._config
        oldest_ns = self._clouds.oldest_ns(not_before_ns)
        deadline = time.monotonic() + config.cloud_timeout_s
        while True:
            cloud = await self._clouds.newest(oldest_ns)
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
                return Scene(
                    cloud,
                    base_T_tcp,
                    None if math.isnan(width_m) else width_m,
                    self._views_of(cloud.stamp_ns),
                )

    def health_values(self) -> dict[str, object]:
        """Figures for /diagnostics."""
        return {
            **self._clouds.health_values(),
            "joint_states_refused": self._refused,
            "last_refusal": self._last_refusal,
        }

    def destroy(self) -> None:
        """Stop listening; what waits ends with CLOUD_STALE."""
        self._clouds.destroy()
        self._cloud_fusion.destroy()
        self._transforms.destroy()
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)

    def _views_of(self, stamp_ns: int) -> Callable[[], tuple[CameraView, ...]]:
        return lambda: fetch_views(self._cloud_fusion, stamp_ns, self._config.base_frame)

    def _hear(self, message: JointState, is_own: bool) -> None:
        try:
            self._opening.hear(message.name, message.position, time.monotonic(), is_own)
        except ImplausibleJointsError as error:
            self._refused += 1
            self._last_refusal = str(error)
