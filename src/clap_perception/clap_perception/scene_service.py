"""The lifecycle node that answers requests about the scene with a replaceable backend."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.time import Time

from clap_core.backends import Scene
from clap_core.errors import ClapError, ErrorCode
from clap_perception.scene_listener import SceneListener, SceneListenerConfig
from clap_ros.backend_parameters import BackendParameters
from clap_ros.diagnostics import Window
from clap_ros.lifecycle import ManagedNode
from clap_ros.parameters import declare

LATENCY_EDGES_MS = (20.0, 50.0, 100.0, 200.0, 500.0)

Backend = TypeVar("Backend")


class SceneServiceConfig(BaseModel, frozen=True, extra="forbid"):
    """Parameters of such a node; a subclass gives ``backend`` its default and description."""

    backend: str
    scene: SceneListenerConfig


class SceneServiceNode(ManagedNode, Generic[Backend]):
    """Serves one service type; a subclass says in ``answer`` what to do with scene and backend.

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

    def answer(self, request: Any, response: Any, scene: Scene, backend: Backend) -> None:
        """Fill the response.

        Raises:
            ClapError: becomes the response's code and message.
        """
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

    def cleanup(self) -> None:
        """Stop listening."""
        if self._listener is not None:
            self._listener.destroy()
        self._listener = self._backend = None

    def health_values(self) -> dict[str, object]:
        """Latency of the backend, ages of the clouds."""
        if self._listener is None:
            return {}
        return {
            **self._listener.health_values(),
            "answered": self._latency_ms.total,
            "failed": self._failures,
            "latency_ms": self._latency_ms.histogram(LATENCY_EDGES_MS),
        }

    async def _on_request(self, request: Any, response: Any) -> Any:
        return await self.guarded(response, self._serve(request, response))

    async def _serve(self, request: Any, response: Any) -> None:
        listener, _ = self.require_active()
        scene = await listener.scene(Time.from_msg(request.not_before).nanoseconds)
        _, backend = self.require_active()  # it may have been deactivated meanwhile
        began = time.perf_counter()
        self.answer(request, response, scene, backend)
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
            name = self.get_fully_qualified_name()
            raise ClapError(
                ErrorCode.NODE_UNAVAILABLE,
                f"{name} is not active",
                f"Activate it: `ros2 lifecycle set {name} configure`, then `activate`",
            )
        return self._listener, self._backend
