"""The lifecycle node that answers requests about the scene with a replaceable backend."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.time import Time

from clap_core.backends import Scene
from clap_core.errors import ClapError, ErrorCode
from clap_perception.scene_listener import SceneListener, SceneListenerConfig
from clap_ros.backend_parameters import BackendParameters
from clap_ros.diagnostics import Window
from clap_ros.lifecycle import ManagedNode
from clap_ros.parameters import declare
from clap_ros.thinking import Thinking

LATENCY_EDGES_MS = (20.0, 50.0, 100.0, 200.0, 500.0)

Backend = TypeVar("Backend")


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


class SceneServiceNode(ManagedNode, Generic[Backend]):
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
        self._backend: Backend | None = None
        self._thinking: Thinking | None = None
        self._latency_ms = Window()
        self._failures = 0
        super().__init__(name)
        self._declared = declare(self, config_type)
        self._backends = BackendParameters(self, group)
        self._backends.declare(self._declared.read().backend)
        # A request waits for a cloud; in the node's own group it would keep the cloud out.
        self._service = self.create_service(
            service_type, service_name, self._on_request, callback_group=ReentrantCallbackGroup()
        )

    def think(self, request: Any, scene: Scene, backend: Backend) -> Any:
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
        """Make the backend and listen to the scene."""
        config = self._declared.read()
        self._backend = self._backends.create(config.backend)
        self._listener = SceneListener(self, config.scene)
        self._thinking = Thinking(self, f"the backend '{config.backend}'", config.backend_timeout_s)

    def cancel(self) -> None:
        """End what waits for the backend."""
        if self._thinking is not None:
            self._thinking.stop(self._inactive())

    def cleanup(self) -> None:
        """Stop listening."""
        if self._listener is not None:
            self._listener.destroy()
        self._listener = self._backend = self._thinking = None

    def health_values(self) -> dict[str, object]:
        """Latency of the backend, ages of the clouds."""
        if self._listener is None:
            return {}
        return {
            **self._listener.health_values(),
            "answered": self._latency_ms.total,
            "failed": self._failures,
            "latency_ms": self._latency_ms.histogram(LATENCY_EDGES_MS),
            "busy_since_s": 0.0 if self._thinking is None else self._thinking.busy_s,
        }

    async def _on_request(self, request: Any, response: Any) -> Any:
        return await self.guarded(response, self._serve(request, response))

    async def _serve(self, request: Any, response: Any) -> None:
        listener, _ = self.require_active()
        scene = await listener.scene(Time.from_msg(request.not_before).nanoseconds)
        _, backend = self.require_active()  # it may have been deactivated meanwhile
        began = time.perf_counter()
        assert self._thinking is not None  # as active as the backend
        thought = await self._thinking.run(lambda: self.think(request, scene, backend))
        self.tell(response, scene, thought)
        self._latency_ms.add((time.perf_counter() - began) * 1e3)

    async def guarded(self, response: Any, work: Awaitable[None]) -> Any:
        """The response once `work` has filled it; what it raises becomes code and message."""
        try:
            await work
        except ClapError as error:
            self._failures += 1
            self.refuse(response, error)
        except Exception as error:  # a defect must end the request, not the node
            self._failures += 1
            self.get_logger().error(f"unforeseen error: {error!r}")
            self.refuse(
                response,
                ClapError(
                    ErrorCode.INTERNAL,
                    f"unforeseen error in {self.get_name()}: {error!r}",
                    "Please report it with the log",
                ),
            )
        return response

    def require_active(self) -> tuple[SceneListener, Backend]:
        """What ``configure`` made.

        Raises:
            ClapError: NODE_UNAVAILABLE while the node is not active.
        """
        if not self.is_active or self._listener is None or self._backend is None:
            raise self._inactive()
        return self._listener, self._backend

    def _inactive(self) -> ClapError:
        name = self.get_fully_qualified_name()
        return ClapError(
            ErrorCode.NODE_UNAVAILABLE,
            f"{name} is not active",
            f"Activate it: `ros2 lifecycle set {name} configure`, then `activate`",
        )
