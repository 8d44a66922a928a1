"""The clar node: predicts the next end-effector actions around a keypoint."""

from __future__ import annotations

import time

from pydantic import BaseModel, Field
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.time import Time

from clap_core import backends
from clap_core.backends import Observation, Policy
from clap_core.errors import ClapError, ErrorCode
from clap_msgs.srv import PredictAction
from clap_perception.inactive import require_active
from clap_perception.scene_listener import SceneListener, SceneListenerConfig
from clap_ros.diagnostics import Window
from clap_ros.lifecycle import ManagedNode
from clap_ros.parameters import declare
from clap_ros.spin import run_node
from clap_ros.task_messages import (
    held_from_message,
    held_to_message,
    key_action_to_message,
    keypoint_from_message,
    subtask_from_message,
)

LATENCY_EDGES_MS = (20.0, 50.0, 100.0, 200.0, 500.0)


class ClarConfig(BaseModel, frozen=True, extra="forbid"):
    """Parameters of the node."""

    backend: str = Field("baseline", description="fine policy: a name in clap.policies")
    scene: SceneListenerConfig = Field(
        SceneListenerConfig(), description="what is heard, and how old it may be"
    )


class ClarNode(ManagedNode):
    """Serves ``~/predict``."""

    def __init__(self, name: str = "clar") -> None:
        super().__init__(name)
        self._declared = declare(self, ClarConfig)
        self._config = ClarConfig()
        self._policy: Policy | None = None
        self._listener: SceneListener | None = None
        self._latency_ms = Window()
        self._failures = 0
        # A request waits for a cloud; in the node's own group it would keep the cloud out.
        self._service = self.create_service(
            PredictAction, "~/predict", self._on_predict, callback_group=ReentrantCallbackGroup()
        )

    def configure(self) -> None:
        """Make the backend and listen to the scene."""
        self._config = self._declared.read()
        self._policy = backends.create(backends.POLICIES, self._config.backend)
        self._listener = SceneListener(self, self._config.scene)

    def cleanup(self) -> None:
        """Stop listening."""
        if self._listener is not None:
            self._listener.destroy()
        self._listener = self._policy = None

    def health_values(self) -> dict[str, object]:
        """Latency of the policy, ages of the clouds."""
        listener = self.__dict__.get("_listener")
        if listener is None:
            return {}
        return {
            **listener.health_values(),
            "predicted": self._latency_ms.total,
            "failed": self._failures,
            "latency_ms": self._latency_ms.histogram(LATENCY_EDGES_MS),
        }

    async def _on_predict(
        self, request: PredictAction.Request, response: PredictAction.Response
    ) -> PredictAction.Response:
        response.held = request.held
        try:
            await self._predict(request, response)
        except ClapError as error:
            self._failures += 1
            response.error_code = int(error.code)
            response.error_msg = error.message
        except Exception as error:  # a defect must end the request, not the node
            self._failures += 1
            self.get_logger().error(f"unforeseen error: {error!r}")
            response.error_code = int(ErrorCode.INTERNAL)
            response.error_msg = (
                f"unforeseen error in {self.get_name()}: {error!r}. Report it."
            )
        return response

    async def _predict(
        self, request: PredictAction.Request, response: PredictAction.Response
    ) -> None:
        require_active(self)
        assert self._listener is not None and self._policy is not None
        base_frame = self._config.scene.base_frame
        frame = request.keypoint.header.frame_id
        if frame != base_frame:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the keypoint '{request.keypoint.label}' is in frame '{frame}', not in "
                f"'{base_frame}'",
                "Use the keypoint that the keypoint node answered",
            )
        subtask = subtask_from_message(request.subtask)
        keypoint = keypoint_from_message(request.keypoint)
        held = held_from_message(request.held)
        scene = await self._listener.scene(
            Time.from_msg(request.not_before).nanoseconds
        )
        require_active(self)
        began = time.perf_counter()
        chunk = self._policy.act(
            Observation(subtask, keypoint, scene, held, request.attempt)
        )
        self._latency_ms.add((time.perf_counter() - began) * 1e3)
        response.header.frame_id = base_frame
        response.header.stamp = Time(nanoseconds=scene.cloud.stamp_ns).to_msg()
        response.actions = [key_action_to_message(action) for action in chunk.actions]
        response.held = held_to_message(chunk.held)
        response.done = chunk.done


def main() -> None:
    """Run the node."""
    run_node(ClarNode)
