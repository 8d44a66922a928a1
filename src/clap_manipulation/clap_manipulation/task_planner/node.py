"""The task_planner node: language to sub-tasks, by a backend of choice."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, Field
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.qos import DurabilityPolicy, QoSProfile

from clap_core.backends import PLANNERS, Planner
from clap_core.errors import ClapError, ErrorCode
from clap_core.plan_schema import check_plan
from clap_msgs.msg import Plan
from clap_msgs.srv import PlanTask
from clap_ros.backend_parameters import BackendParameters
from clap_ros.lifecycle import ManagedNode
from clap_ros.parameters import declare
from clap_ros.spin import run_node
from clap_ros.task_messages import subtask_to_message
from clap_ros.thinking import Thinking


class TaskPlannerConfig(BaseModel, frozen=True, extra="forbid"):
    """Parameters of the node."""

    backend: str = Field(
        "baseline", description="Planner to use; its name in the entry points 'clap.planners'."
    )
    backend_timeout_s: float = Field(
        50.0,
        description="How long the planner may think about one instruction [s, wall clock].",
        gt=0.0,
        le=3600.0,
    )


class TaskPlanner(ManagedNode):
    """Serves ``~/plan``; publishes each plan, latched, on ``~/plan_result``."""

    def __init__(self) -> None:
        super().__init__("task_planner")
        self._settings = declare(self, TaskPlannerConfig)
        self._backends = BackendParameters(self, PLANNERS)
        self._backends.declare(self._settings.read().backend)
        self._backend = ""
        self._planner: Planner | None = None
        self._thinking: Thinking | None = None
        self._answered = 0
        self._declined = 0
        self._publisher = self.create_publisher(
            Plan,
            "~/plan_result",
            QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL),
        )
        # While a request awaits the backend, the node's other callbacks go on.
        self._service = self.create_service(
            PlanTask, "~/plan", self._on_plan, callback_group=ReentrantCallbackGroup()
        )

    def configure(self) -> None:
        """Make the backend."""
        config = self._settings.read()
        self._backend = config.backend
        self._thinking = Thinking(self, f"the planner '{self._backend}'", config.backend_timeout_s)
        self._planner = self._backends.create(self._backend)

    def cancel(self) -> None:
        """End what waits for the backend."""
        if self._thinking is not None:
            self._thinking.stop(self._inactive())

    def cleanup(self) -> None:
        """Drop the backend."""
        self._planner = self._thinking = None

    def health_values(self) -> Mapping[str, object]:
        """Backend and counts."""
        return {
            "backend": self._backend,
            "plans": self._answered,
            "declined": self._declined,
            "busy_since_s": 0.0 if self._thinking is None else self._thinking.busy_s,
        }

    def _inactive(self) -> ClapError:
        name = self.get_fully_qualified_name()
        return ClapError(
            ErrorCode.NODE_UNAVAILABLE,
            f"{name} is not active",
            f"Activate it: `ros2 lifecycle set {name} activate`",
        )

    async def _on_plan(
        self, request: PlanTask.Request, response: PlanTask.Response
    ) -> PlanTask.Response:
        try:
            planner, thinking = self._planner, self._thinking
            if planner is None or thinking is None or not self.is_active:
                raise self._inactive()
            proposed = await thinking.run(lambda: planner.plan(request.instruction))
            subtasks = check_plan(request.instruction, proposed)
        except ClapError as error:
            self._declined += 1
            self.get_logger().info(f"{error.code.name}: {error.message}")
            response.error_code, response.error_msg = int(error.code), error.message
            return response
        self._answered += 1
        response.subtasks = [subtask_to_message(subtask) for subtask in subtasks]
        plan = Plan(instruction=request.instruction, subtasks=response.subtasks)
        plan.header.stamp = self.get_clock().now().to_msg()
        self._publisher.publish(plan)
        return response


def main() -> None:
    """Run the node."""
    run_node(TaskPlanner)
