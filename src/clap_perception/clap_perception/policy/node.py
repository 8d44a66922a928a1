"""The policy node: predicts the next end-effector actions around a keypoint."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from rclpy.time import Time

from clap_core.backends import POLICIES, Observation, Policy, Scene
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import ActionChunk, Keypoint
from clap_msgs import msg
from clap_msgs.srv import EncodeCloud, PredictAction
from clap_perception.fetching import fetch_tokens
from clap_perception.scene_listener import SceneListenerConfig
from clap_perception.scene_service import SceneServiceConfig, SceneServiceNode
from clap_ros.names import full_name
from clap_ros.service_client import ServiceClient
from clap_ros.spin import run_node
from clap_ros.task_messages import (
    held_from_message,
    held_to_message,
    key_action_to_message,
    keypoint_from_message,
    subtask_from_message,
)


class PolicyNodeConfig(SceneServiceConfig, frozen=True, extra="forbid"):
    """Parameters of the node."""

    backend: str = Field("baseline", description="fine policy: a name in clap.policies")
    scene: SceneListenerConfig = Field(
        SceneListenerConfig(), description="what is heard, and how old it may be"
    )
    encode_service: str = Field(
        "encoder/encode", description="where tokens come from, for policies that ask for them"
    )
    encode_timeout_s: float = Field(
        5.0, description="how long a policy waits for tokens [s of wall time]", gt=0.0, le=60.0
    )


class PolicyNode(SceneServiceNode[Policy]):
    """Serves ``~/predict``."""

    def __init__(self, name: str = "policy") -> None:
        self._encoder: ServiceClient | None = None
        super().__init__(name, PolicyNodeConfig, POLICIES, PredictAction, "~/predict")

    def configure(self) -> None:
        """Also find the encoder."""
        super().configure()
        config = self._declared.read()
        assert isinstance(config, PolicyNodeConfig)
        self._encoder = ServiceClient(
            self, EncodeCloud, full_name(self, config.encode_service), config.encode_timeout_s
        )

    def cleanup(self) -> None:
        """Also let the encoder go."""
        super().cleanup()
        if self._encoder is not None:
            self._encoder.destroy()
        self._encoder = None

    async def _on_request(self, request: Any, response: Any) -> Any:
        response.held = request.held  # stays so if nothing comes of the request
        return await super()._on_request(request, response)

    def think(self, request: PredictAction.Request, scene: Scene, backend: Policy) -> ActionChunk:
        """Let the policy act on the scene around the keypoint."""
        encoder = self._encoder
        point = _seen_in(scene, request.keypoint)
        onward = [_seen_in(scene, one).point for one in request.onward]
        return backend.act(
            Observation(
                subtask_from_message(request.subtask),
                point,
                scene,
                held_from_message(request.held),
                request.attempt,
                None
                if encoder is None
                else lambda: fetch_tokens(encoder, scene.cloud, point.point),
                next_keypoint_m=onward[0] if onward else None,
            )
        )

    def tell(self, response: PredictAction.Response, scene: Scene, thought: ActionChunk) -> None:
        """Answer with the actions."""
        response.header.frame_id = scene.cloud.frame
        response.header.stamp = Time(nanoseconds=scene.cloud.stamp_ns).to_msg()
        response.actions = [key_action_to_message(action) for action in thought.actions]
        response.held = held_to_message(thought.held)
        response.done = thought.done


def _seen_in(scene: Scene, message: msg.Keypoint) -> Keypoint:
    """A keypoint of a request; raises ClapError where it is of another frame or not finite."""
    if message.header.frame_id != scene.cloud.frame:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the keypoint '{message.label}' is in frame '{message.header.frame_id}', not "
            f"in '{scene.cloud.frame}'",
            "Use keypoints as the keypoint node answers them",
        )
    return keypoint_from_message(message)


def main() -> None:
    """Run the node."""
    run_node(PolicyNode)
