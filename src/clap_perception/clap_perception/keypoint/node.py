"""The keypoint node: finds where a sub-task happens in the fused cloud."""

from __future__ import annotations

from pydantic import Field
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.time import Time
from sensor_msgs.msg import Image
from std_msgs.msg import Header
from visualization_msgs.msg import MarkerArray

from clap_core.backends import KEYPOINT_FINDERS, KeypointAnswer, KeypointFinder, Scene
from clap_core.camera.view import CameraView
from clap_core.errors import ClapError
from clap_msgs.msg import Keypoint
from clap_msgs.srv import FindKeypoint
from clap_perception.keypoint.markers import markers
from clap_perception.scene_listener import SceneListenerConfig
from clap_perception.scene_service import SceneServiceConfig, SceneServiceNode
from clap_ros import images
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
    """Serves ``~/find``; publishes for viewers ``~/keypoint``, ``~/markers`` and, of backends that
    look at pictures, ``~/heatmap/<camera>``."""

    def __init__(self, name: str = "keypoint") -> None:
        self._heatmaps: dict[str, Publisher] = {}
        super().__init__(name, KeypointConfig, KEYPOINT_FINDERS, FindKeypoint, "~/find")
        self._keypoints = self.create_publisher(Keypoint, "~/keypoint", LATCHED)
        self._markers = self.create_publisher(MarkerArray, "~/markers", LATCHED)

    def think(
        self, request: FindKeypoint.Request, scene: Scene, backend: KeypointFinder
    ) -> tuple[KeypointAnswer, dict[str, Image]]:
        """Find the keypoint; draw where the backend looked."""
        answer = backend.find(subtask_from_message(request.subtask), scene)
        views = {view.name: view for view in scene.views} if answer.heatmaps else {}
        drawn = {
            camera: images.to_message(heatmap, "32FC1", _header(views[camera]))
            for camera, heatmap in answer.heatmaps.items()
        }
        return answer, drawn

    def tell(
        self,
        response: FindKeypoint.Response,
        scene: Scene,
        thought: tuple[KeypointAnswer, dict[str, Image]],
    ) -> None:
        """Answer, and show what was considered, also where nothing was found."""
        answer, heatmaps = thought
        frame = scene.cloud.frame
        response.seen = list(answer.seen)
        response.absent = float(answer.absent)
        response.done = float(answer.done)
        response.candidates = [keypoint_to_message(each, frame) for each in answer.candidates]
        for camera, heatmap in heatmaps.items():
            self._show(camera, heatmap)
        if answer.keypoint is None:
            self._markers.publish(markers(None, response.candidates))
        response.keypoint = keypoint_to_message(answer.require(), frame)
        self._keypoints.publish(response.keypoint)
        self._markers.publish(markers(response.keypoint, response.candidates))

    def _show(self, camera: str, heatmap: Image) -> None:
        if camera not in self._heatmaps:
            self._heatmaps[camera] = self.create_publisher(Image, f"~/heatmap/{camera}", LATCHED)
        self._heatmaps[camera].publish(heatmap)

    def refuse(self, response: FindKeypoint.Response, error: ClapError) -> None:
        """Also tell what was seen."""
        super().refuse(response, error)
        response.seen = list(error.seen) or response.seen


def _header(view: CameraView) -> Header:
    return Header(stamp=Time(nanoseconds=view.stamp_ns).to_msg(), frame_id=view.frame)


def main() -> None:
    """Run the node."""
    run_node(KeypointNode)
