"""The clar node: predicts the next end-effector actions around a keypoint, and encodes clouds."""

from __future__ import annotations

from typing import Any

import numpy as np
from geometry_msgs.msg import Point
from numpy.typing import NDArray
from pydantic import Field
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.time import Time

from clap_core.backends import POLICIES, Observation, Policy, Scene
from clap_core.cloud_tokens import CloudTokens
from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud
from clap_core.task_types import ActionChunk
from clap_msgs import msg
from clap_msgs.srv import EncodeCloud, PredictAction
from clap_perception.clar.token_maker import TokenMaker, TokensConfig
from clap_perception.scene_listener import SceneListenerConfig
from clap_perception.scene_service import SceneServiceConfig, SceneServiceNode
from clap_ros import token_messages
from clap_ros.spin import run_node
from clap_ros.task_messages import (
    held_from_message,
    held_to_message,
    key_action_to_message,
    keypoint_from_message,
    subtask_from_message,
)

TOKENS_QOS = QoSProfile(depth=5, reliability=ReliabilityPolicy.RELIABLE)

WARNING_PERIOD_S = 5.0
"""At most one line about missing tokens in this time; /diagnostics counts them all."""


class ClarConfig(SceneServiceConfig, frozen=True, extra="forbid"):
    """Parameters of the node."""

    backend: str = Field("baseline", description="fine policy: a name in clap.policies")
    scene: SceneListenerConfig = Field(
        SceneListenerConfig(), description="what is heard, and how old it may be"
    )
    tokens: TokensConfig = Field(
        TokensConfig(), description="whether and how what is around keypoints is encoded"
    )


class ClarNode(SceneServiceNode[Policy]):
    """Serves ``~/predict`` and ``~/encode``; publishes what it encodes on ``~/tokens``."""

    def __init__(self, name: str = "clar") -> None:
        self._maker: TokenMaker | None = None
        super().__init__(name, ClarConfig, POLICIES, PredictAction, "~/predict")
        self._tokens = self.create_publisher(msg.CloudTokens, "~/tokens", TOKENS_QOS)
        self._encode_service = self.create_service(
            EncodeCloud, "~/encode", self._on_encode, callback_group=ReentrantCallbackGroup()
        )

    def configure(self) -> None:
        """Also load the encoder's weights, and run it once."""
        config = self._declared.read()
        assert isinstance(config, ClarConfig)
        if config.tokens.weights:
            self._maker = TokenMaker(config.tokens, config.scene.base_frame)
        super().configure()

    def cleanup(self) -> None:
        """Also let the encoder go."""
        super().cleanup()
        self._maker = None

    def health_values(self) -> dict[str, object]:
        """Also latency, crops and errors of the tokens."""
        values = super().health_values()
        if self._maker is not None:
            values |= self._maker.health_values()
        return values

    async def _on_request(self, request: Any, response: Any) -> Any:
        response.held = request.held  # stays so if nothing comes of the request
        return await super()._on_request(request, response)

    def think(
        self, request: PredictAction.Request, scene: Scene, backend: Policy
    ) -> tuple[ActionChunk, list[CloudTokens]]:
        """Let the policy act on the scene around the keypoint."""
        _require_frame(
            f"the keypoint '{request.keypoint.label}' is",
            request.keypoint.header.frame_id,
            scene.cloud.frame,
        )
        tokens = self._tokens_of(scene.cloud, request.keypoint)
        chunk = backend.act(
            Observation(
                subtask_from_message(request.subtask),
                keypoint_from_message(request.keypoint),
                scene,
                held_from_message(request.held),
                request.attempt,
            )
        )
        return chunk, tokens

    def tell(
        self,
        response: PredictAction.Response,
        scene: Scene,
        thought: tuple[ActionChunk, list[CloudTokens]],
    ) -> None:
        """Answer with the actions, and publish the tokens."""
        chunk, tokens = thought
        self._publish(tokens)
        response.header.frame_id = scene.cloud.frame
        response.header.stamp = Time(nanoseconds=scene.cloud.stamp_ns).to_msg()
        response.actions = [key_action_to_message(action) for action in chunk.actions]
        response.held = held_to_message(chunk.held)
        response.done = chunk.done

    def _tokens_of(self, cloud: PointCloud, keypoint: msg.Keypoint) -> list[CloudTokens]:
        """The tokens around a keypoint if anybody listens; the policy acts without them."""
        maker = self._maker
        if maker is None or self._tokens.get_subscription_count() == 0:
            return []
        try:
            return maker.make(cloud, _xyz([keypoint.point]))
        except ClapError as error:
            maker.note(error)
            self.get_logger().warning(
                f"no tokens for '{keypoint.label}': {error.code.name}: {error.message}",
                throttle_duration_sec=WARNING_PERIOD_S,
            )
            return []

    async def _on_encode(self, request: EncodeCloud.Request, response: EncodeCloud.Response) -> Any:
        return await self.guarded(response, self._encode(request, response))

    async def _encode(self, request: EncodeCloud.Request, response: EncodeCloud.Response) -> None:
        listener, _ = self.require_active()
        maker = self._require_maker()
        try:
            cloud = await listener.cloud(Time.from_msg(request.not_before).nanoseconds)
            self.require_active()  # it may have been deactivated meanwhile
            _require_frame("the keypoints are", request.frame_id, cloud.frame)
            thinking = self._thinking
            assert thinking is not None  # an active node is configured
            tokens = await thinking.run(
                lambda: maker.make(cloud, _xyz(request.keypoints), request.half_edge)
            )
        except ClapError as error:
            maker.note(error)
            raise
        response.tokens = self._publish(tokens)

    def _require_maker(self) -> TokenMaker:
        if self._maker is None:
            raise ClapError(
                ErrorCode.NODE_UNAVAILABLE,
                f"{self.get_fully_qualified_name()} was configured without an encoder",
                "Set its parameter tokens.weights to a folder of weights and configure it again",
            )
        return self._maker

    def _publish(self, tokens: list[CloudTokens]) -> list[msg.CloudTokens]:
        messages = [token_messages.to_message(each) for each in tokens]
        for message in messages:
            self._tokens.publish(message)
        return messages


def _require_frame(what: str, frame: str, wanted: str) -> None:
    if frame != wanted:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{what} in frame '{frame}', not in '{wanted}'",
            "Use keypoints as the keypoint node answers them",
        )


def _xyz(points: list[Point]) -> NDArray[np.float64]:
    """[M, 3] m."""
    return np.array([(point.x, point.y, point.z) for point in points]).reshape(-1, 3)


def main() -> None:
    """Run the node."""
    run_node(ClarNode)
