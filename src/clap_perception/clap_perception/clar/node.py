"""The clar node: predicts the next end-effector actions around a keypoint."""

from __future__ import annotations

from pydantic import Field
from rclpy.time import Time

from clap_core.backends import POLICIES, Observation, Policy, Scene
from clap_core.errors import ClapError, ErrorCode
from clap_msgs.srv import PredictAction
from clap_perception.scene_listener import SceneListenerConfig
from clap_perception.scene_service import SceneServiceConfig, SceneServiceNode
from clap_ros.spin import run_node
from clap_ros.task_messages import (
    held_from_message,
    held_to_message,
    key_action_to_message,
    keypoint_from_message,
    subtask_from_message,
)


class ClarConfig(SceneServiceConfig, frozen=True, extra="forbid"):
    """Parameters of the node."""

    backend: str = Field("baseline", description="fine policy: a name in clap.policies")
    scene: SceneListenerConfig = Field(
        SceneListenerConfig(), description="what is heard, and how old it may be"
    )


class ClarNode(SceneServiceNode[Policy]):
    """Serves ``~/predict``."""

    def __init__(self, name: str = "clar") -> None:
        super().__init__(name, ClarConfig, POLICIES, PredictAction, "~/predict")

    def answer(
        self,
        request: PredictAction.Request,
        response: PredictAction.Response,
        scene: Scene,
        backend: Policy,
    ) -> None:
        """Let the policy act on the scene around the keypoint."""
        frame = request.keypoint.header.frame_id
        if frame != scene.cloud.frame:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the keypoint '{request.keypoint.label}' is in frame '{frame}', not in "
                f"'{scene.cloud.frame}'",
                "Use the keypoint that the keypoint node answered",
            )
        response.held = request.held
        chunk = backend.act(
            Observation(
                subtask_from_message(request.subtask),
                keypoint_from_message(request.keypoint),
                scene,
                held_from_message(request.held),
                request.attempt,
            )
        )
        response.header.frame_id = scene.cloud.frame
        response.header.stamp = Time(nanoseconds=scene.cloud.stamp_ns).to_msg()
        response.actions = [key_action_to_message(action) for action in chunk.actions]
        response.held = held_to_message(chunk.held)
        response.done = chunk.done


def main() -> None:
    """Run the node."""
    run_node(ClarNode)
