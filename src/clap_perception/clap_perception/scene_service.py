"""The lifecycle node that answers requests about the scene with a replaceable backend."""

from __future__ import annotations

import time
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field
from rclpy.callback_groups import ReentrantCallbackGroup

from clap_core.backends import Backend, Scene
from clap_core.errors import ClapError
from clap_perception.requests import error_of, inactive
from clap_perception.scene_listener import SceneListener, SceneListenerConfig
from clap_ros.diagnostics import Window
from clap_ros.hosted_backend import HostedBackend
from clap_ros.lifecycle import ManagedNode
from clap_ros.parameters import declare
from clap_ros.stamps import stamp_ns

LATENCY_EDGES_MS = (20.0, 50.0, 100.0, 200.0, 500.0)

B = TypeVar("B", bound=Backend)


class SceneServiceConfig(BaseModel, frozen=True, extra="forbid"):
    """Parameters of such a node; a subclass gives ``backend`` its default and description."""

    backend: str
    scene: SceneListenerConfig
    backend_timeout_s: float = Field(
        50.0,
        description="how long the backend may think about one request [s of wall time]",
        gt=0.0,
        le=3600.0,
    )


class SceneServiceNode(ManagedNode, Generic[B]):
    """Serves one service type; a subclass says in ``think`` what to ask of the backend.

    The backend thinks on a thread of its own, so that the node answers its lifecycle manager
    meanwhile; leaving the active state ends what waits.

    Args:
        name: of the node.
        config_type: its parameters.
        group: the backends' capability, a constant of ``clap_core.backends``.
        service_type: of the service; its request has ``not_before``, its response ``error_code``
            and ``error_msg``.
        service_name: of the service.
    """

    def __init__(
        self,
        name: str,
        config_type: type[SceneServiceConfig],
        group: str,
        service_type: Any,
        service_name: str,
    ) -> None:
        self._listener: SceneListener | None = None
        self._latency_ms = Window()
        self._failures = 0
        super().__init__(name)
        self._declared = declare(self, config_type)
        self._backend: HostedBackend[B] = HostedBackend(self, group, self._declared.read().backend)
        # A request waits for a cloud; in the node's own group it would keep the cloud out.
        self._service = self.create_service(
            service_type, service_name, self._on_request, callback_group=ReentrantCallbackGroup()
        )

    def think(self, request: Any, scene: Scene, backend: B) -> Any:
        """Ask the backend; on the thinking thread, so nothing of the node may be touched.

        Raises:
            ClapError: becomes the response's code and message.
        """
        raise NotImplementedError

    def tell(self, response: Any, scene: Scene, thought: Any) -> None:
        """Fill the response with what ``think`` returned, and publish it."""
        raise NotImplementedError

    def refuse(self, response: Any, error: ClapError) -> None:
        """Fill the response of a request that failed."""
        response.error_code = int(error.code)
        response.error_msg = error.message

    def configure(self) -> None:
        """Make the backend, warm it up, and listen to the scene."""
        config = self._declared.read()
        self._backend.configure(config.backend, config.backend_timeout_s)
        self._listener = SceneListener(self, config.scene)

    def cancel(self) -> None:
        """End what waits for the backend."""
        self._backend.stop(inactive(self))

    def cleanup(self) -> None:
        """Stop listening, let the backend go."""
        if self._listener is not None:
            self._listener.destroy()
        self._listener = None
        self._backend.close()

    def health_values(self) -> dict[str, object]:
        """Latency of the backend, ages of the clouds."""
        if self._listener is None:
            return {}
        return {
            **self._listener.health_values(),
            **self._backend.figures(),
            "answered": self._latency_ms.total,
            "failed": self._failures,
            "latency_ms": self._latency_ms.histogram(LATENCY_EDGES_MS),
        }

    async def _on_request(self, request: Any, response: Any) -> Any:
        error = await error_of(self, self._serve(request, response))
        if error is not None:
            self._failures += 1
            self.refuse(response, error)
        return response

    async def _serve(self, request: Any, response: Any) -> None:
        scene = await self.require_active().scene(stamp_ns(request.not_before))
        self.require_active()  # it may have been deactivated meanwhile
        began = time.perf_counter()
        thought = await self._backend.run(lambda backend: self.think(request, scene, backend))
        self.tell(response, scene, thought)
        self._latency_ms.add((time.perf_counter() - began) * 1e3)

    def require_active(self) -> SceneListener:
        """What ``configure`` made to hear the scene.

        Raises:
            ClapError: NODE_UNAVAILABLE while the node is not active.
        """
        if not self.is_active or self._listener is None:
            raise inactive(self)
        return self._listener
