"""The keypoint node: finds where a sub-task happens in the fused cloud."""

from __future__ import annotations

from pydantic import Field
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from visualization_msgs.msg import MarkerArray

from clap_core.backends import KEYPOINT_FINDERS, KeypointFinder, Scene
from clap_core.errors import ClapError
from clap_core.task_types import Keypoint as Found
from clap_msgs.msg import Keypoint
from clap_msgs.srv import FindKeypoint
from clap_perception.keypoint.markers import markers
from clap_perception.scene_listener import SceneListenerConfig
from clap_perception.scene_service import SceneServiceConfig, SceneServiceNode
from clap_ros.spin import run_node
from clap_ros.task_messages import keypoint_to_message, subtask_from_message

LATCHED = QoSProfile(
    depth=1,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)


class KeypointConfig(SceneServiceConfig, frozen=True, extra="forbid"):
    """Parameters of the node."""

    backend: str = Field("baseline", description="keypoint finder: a name in clap.keypoint_finders")
    scene: SceneListenerConfig = Field(
        SceneListenerConfig(), description="what is heard, and how old it may be"
    )


class KeypointNode(SceneServiceNode[KeypointFinder]):
    """Serves ``~/find``; publishes ``~/keypoint`` and ``~/markers`` for viewers."""

    def __init__(self, name: str = "keypoint") -> None:
        super().__init__(name, KeypointConfig, KEYPOINT_FINDERS, FindKeypoint, "~/find")
        self._keypoints = self.create_publisher(Keypoint, "~/keypoint", LATCHED)
        self._markers = self.create_publisher(MarkerArray, "~/markers", LATCHED)

    def think(
        self, request: FindKeypoint.Request, scene: Scene, backend: KeypointFinder
    ) -> tuple[Found, tuple[str, ...]]:
        """Find the keypoint."""
        keypoint = backend.find(subtask_from_message(request.subtask), scene)
        return keypoint, backend.seen(scene)

    def tell(
        self,
        response: FindKeypoint.Response,
        scene: Scene,
        thought: tuple[Found, tuple[str, ...]],
    ) -> None:
        """Answer and show the keypoint."""
        keypoint, seen = thought
        response.seen = list(seen)
        response.keypoint = keypoint_to_message(keypoint, scene.cloud.frame)
        self._keypoints.publish(response.keypoint)
        self._markers.publish(markers(response.keypoint))

    def refuse(self, response: FindKeypoint.Response, error: ClapError) -> None:
        """Also tell what was seen."""
        super().refuse(response, error)
        response.seen = list(error.seen)


def main() -> None:
    """Run the node."""
    run_node(KeypointNode)
