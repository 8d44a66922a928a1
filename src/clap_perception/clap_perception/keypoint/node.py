"""The keypoint node: finds where a sub-task happens in the fused cloud."""

from __future__ import annotations

import time

from pydantic import BaseModel, Field
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.time import Time
from visualization_msgs.msg import MarkerArray

from clap_core import backends
from clap_core.backends import KeypointFinder, Scene
from clap_core.errors import ClapError, ErrorCode
from clap_msgs.msg import Keypoint
from clap_msgs.srv import FindKeypoint
from clap_perception.inactive import require_active
from clap_perception.keypoint.markers import markers
from clap_perception.scene_listener import SceneListener, SceneListenerConfig
from clap_ros.diagnostics import Window
from clap_ros.lifecycle import ManagedNode
from clap_ros.parameters import declare
from clap_ros.spin import run_node
from clap_ros.task_messages import keypoint_to_message, subtask_from_message

LATCHED = QoSProfile(
    depth=1,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)
LATENCY_EDGES_MS = (20.0, 50.0, 100.0, 200.0, 500.0)


class KeypointConfig(BaseModel, frozen=True, extra="forbid"):
    """Parameters of the node."""

    backend: str = Field(
        "baseline", description="keypoint finder: a name in clap.keypoint_finders"
    )
    scene: SceneListenerConfig = Field(
        SceneListenerConfig(), description="what is heard, and how old it may be"
    )


class KeypointNode(ManagedNode):
    """Serves ``~/find``; publishes ``~/keypoint`` and ``~/markers`` for viewers."""

    def __init__(self, name: str = "keypoint") -> None:
        super().__init__(name)
        self._declared = declare(self, KeypointConfig)
        self._config = KeypointConfig()
        self._finder: KeypointFinder | None = None
        self._listener: SceneListener | None = None
        self._latency_ms = Window()
        self._failures = 0
        self._keypoints = self.create_publisher(Keypoint, "~/keypoint", LATCHED)
        self._markers = self.create_publisher(MarkerArray, "~/markers", LATCHED)
        # A request waits for a cloud; in the node's own group it would keep the cloud out.
        self._service = self.create_service(
            FindKeypoint, "~/find", self._on_find, callback_group=ReentrantCallbackGroup()
        )

    def configure(self) -> None:
        """Make the backend and listen to the scene."""
        self._config = self._declared.read()
        self._finder = backends.create(backends.KEYPOINT_FINDERS, self._config.backend)
        self._listener = SceneListener(self, self._config.scene)

    def cleanup(self) -> None:
        """Stop listening."""
        if self._listener is not None:
            self._listener.destroy()
        self._listener = self._finder = None

    def health_values(self) -> dict[str, object]:
        """Latency of the finder, ages of the clouds."""
        listener = self.__dict__.get("_listener")
        if listener is None:
            return {}
        return {
            **listener.health_values(),
            "found": self._latency_ms.total,
            "failed": self._failures,
            "latency_ms": self._latency_ms.histogram(LATENCY_EDGES_MS),
        }

    async def _on_find(
        self, request: FindKeypoint.Request, response: FindKeypoint.Response
    ) -> FindKeypoint.Response:
        try:
            await self._find(request, response)
        except ClapError as error:
            self._failures += 1
            response.error_code = int(error.code)
            response.error_msg = error.message
            response.seen = list(error.seen)
        except Exception as error:  # a defect must end the request, not the node
            self._failures += 1
            self.get_logger().error(f"unforeseen error: {error!r}")
            response.error_code = int(ErrorCode.INTERNAL)
            response.error_msg = (
                f"unforeseen error in {self.get_name()}: {error!r}. Report it."
            )
        return response

    async def _find(
        self, request: FindKeypoint.Request, response: FindKeypoint.Response
    ) -> None:
        require_active(self)
        assert self._listener is not None and self._finder is not None
        subtask = subtask_from_message(request.subtask)
        not_before_ns = Time.from_msg(request.not_before).nanoseconds
        scene: Scene = await self._listener.scene(not_before_ns)
        require_active(self)
        began = time.perf_counter()
        keypoint = self._finder.find(subtask, scene)
        response.seen = list(self._finder.seen(scene))
        self._latency_ms.add((time.perf_counter() - began) * 1e3)
        response.keypoint = keypoint_to_message(keypoint, scene.cloud.frame)
        self._keypoints.publish(response.keypoint)
        self._markers.publish(markers(response.keypoint))


def main() -> None:
    """Run the node."""
    run_node(KeypointNode)
