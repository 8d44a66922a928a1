"""The encoder node: makes tokens of the cloud around keypoints."""

from __future__ import annotations

import numpy as np
from geometry_msgs.msg import Point
from numpy.typing import NDArray
from pydantic import BaseModel, Field
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.qos import QoSProfile, ReliabilityPolicy

from clap_core.backends import ENCODERS, CloudEncoder
from clap_core.cloud_tokens import CloudTokens
from clap_core.errors import ClapError, ErrorCode
from clap_msgs import msg
from clap_msgs.srv import EncodeCloud
from clap_perception.cloud_listener import CloudListener, CloudListenerConfig
from clap_perception.encoder.token_maker import TokenMaker
from clap_perception.keypoint.node import LATCHED
from clap_perception.requests import error_of, inactive
from clap_ros import token_messages
from clap_ros.hosted_backend import HostedBackend
from clap_ros.lifecycle import ManagedNode
from clap_ros.parameters import declare
from clap_ros.spin import run_node
from clap_ros.stamps import stamp_ns

TOKENS_QOS = QoSProfile(depth=5, reliability=ReliabilityPolicy.RELIABLE)

WARNING_PERIOD_S = 5.0
"""At most one line about missing tokens in this time; /diagnostics counts them all."""


class EncoderNodeConfig(BaseModel, frozen=True, extra="forbid"):
    """Parameters of the node."""

    backend: str = Field(
        "clar", description="point-cloud encoder: a name in clap.encoders; empty for none"
    )
    backend_timeout_s: float = Field(
        50.0,
        description="how long the encoder may take for one request [s of wall time]",
        gt=0.0,
        le=3600.0,
    )
    keypoint_topic: str = Field(
        "keypoint/keypoint", description="keypoints whose tokens are published on ~/tokens"
    )
    scene: CloudListenerConfig = Field(
        CloudListenerConfig(), description="what is heard, and how old it may be"
    )


class EncoderNode(ManagedNode):
    """Serves ``~/encode``; publishes on ``~/tokens`` what it encodes.

    While somebody listens there, each keypoint that was found is encoded at once: the policy that
    is asked about it next finds its tokens made.
    """

    def __init__(self, name: str = "encoder") -> None:
        self._listener: CloudListener | None = None
        self._maker: TokenMaker | None = None
        super().__init__(name)
        self._declared = declare(self, EncoderNodeConfig)
        self._backend: HostedBackend[CloudEncoder] = HostedBackend(
            self, ENCODERS, self._declared.read().backend
        )
        self._tokens = self.create_publisher(msg.CloudTokens, "~/tokens", TOKENS_QOS)
        # A request waits for a cloud; in the node's own group it would keep the cloud out.
        self._waiting_group = ReentrantCallbackGroup()
        self._service = self.create_service(
            EncodeCloud, "~/encode", self._on_encode, callback_group=self._waiting_group
        )

    def configure(self) -> None:
        """Load the encoder, run it once, and listen."""
        config = self._declared.read()
        if config.backend:
            self._backend.configure(config.backend, config.backend_timeout_s)
            self._maker = TokenMaker()
        self._listener = CloudListener(self, config.scene)
        self._keypoints = self.create_subscription(
            msg.Keypoint,
            config.keypoint_topic,
            self._on_keypoint,  # type: ignore[arg-type]  # rclpy awaits coroutines, too
            LATCHED,
            callback_group=self._waiting_group,
        )

    def cancel(self) -> None:
        """End what waits for the encoder."""
        self._backend.stop(inactive(self))

    def cleanup(self) -> None:
        """Stop listening, let the encoder go."""
        if self._listener is not None:
            self._listener.destroy()
            self.destroy_subscription(self._keypoints)
        self._listener = self._maker = None
        self._backend.close()

    def health_values(self) -> dict[str, object]:
        """Latency, crops and errors of the tokens, ages of the clouds."""
        if self._listener is None:
            return {}
        return {
            **self._listener.health_values(),
            **self._backend.figures(),
            **(self._maker.health_values() if self._maker is not None else {}),
        }

    async def _on_encode(
        self, request: EncodeCloud.Request, response: EncodeCloud.Response
    ) -> EncodeCloud.Response:
        async def encode() -> None:
            tokens = await self._encode(request)
            response.tokens = [token_messages.to_message(each) for each in tokens]
            for message in response.tokens:
                self._tokens.publish(message)

        error = await error_of(self, encode())
        if error is not None:
            self._note(error)
            response.error_code, response.error_msg = int(error.code), error.message
        return response

    async def _on_keypoint(self, keypoint: msg.Keypoint) -> None:
        """Encode what was just found, if anybody listens."""
        if not self.is_active or self._maker is None or not self._tokens.get_subscription_count():
            return
        request = EncodeCloud.Request(
            stamp=keypoint.header.stamp,
            frame_id=keypoint.header.frame_id,
            keypoints=[keypoint.point],
        )

        async def publish() -> None:
            for tokens in await self._encode(request):
                self._tokens.publish(token_messages.to_message(tokens))

        error = await error_of(self, publish())
        if error is not None:
            self._note(error)
            self.get_logger().warning(
                f"no tokens for '{keypoint.label}': {error.code.name}: {error.message}",
                throttle_duration_sec=WARNING_PERIOD_S,
            )

    async def _encode(self, request: EncodeCloud.Request) -> list[CloudTokens]:
        listener, maker = self._require_active()
        asked_ns = stamp_ns(request.stamp)
        if asked_ns:
            cloud = await listener.taken_at(asked_ns, is_strict=True)
        else:
            not_before_ns = stamp_ns(request.not_before)
            cloud = await listener.newest(not_before_ns, is_strict=True)
        self._require_active()  # it may have been deactivated meanwhile
        if request.frame_id != cloud.frame:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the keypoints are in frame '{request.frame_id}', not in '{cloud.frame}'",
                "Use keypoints as the keypoint node answers them",
            )
        points = _xyz(request.keypoints)
        made: list[CloudTokens] = await self._backend.run(
            lambda encoder: maker.make(encoder, cloud, points, request.half_edge_m)
        )
        return made

    def _require_active(self) -> tuple[CloudListener, TokenMaker]:
        if not self.is_active or self._listener is None:
            raise inactive(self)
        if self._maker is None:
            raise ClapError(
                ErrorCode.NODE_UNAVAILABLE,
                f"{self.get_fully_qualified_name()} was configured without an encoder",
                "Set its parameter backend to a name in clap.encoders and configure it again",
            )
        return self._listener, self._maker

    def _note(self, error: ClapError) -> None:
        if self._maker is not None:
            self._maker.note(error)


def _xyz(points: list[Point]) -> NDArray[np.float64]:
    """[M, 3] m."""
    return np.array([(point.x, point.y, point.z) for point in points]).reshape(-1, 3)


def main() -> None:
    """Run the node."""
    run_node(EncoderNode)
