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
from clap_ros.hosted_backend import HostedBackend
from clap_ros.lifecycle import ManagedNode
from clap_ros.parameters import declare
from clap_ros.spin import run_node
from clap_ros.task_messages import subtask_to_message


class TaskPlannerConfig(BaseModel, frozen=True, extra="forbid"):
    """Parameters of the node."""

    backend: str = Field(
        "learned", description="Planner to use; its name in the entry points 'clap.planners'."
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
        self._planner: HostedBackend[Planner] = HostedBackend(
            self, PLANNERS, self._settings.read().backend
        )
        self._answered = 0
        self._planned_by = ""
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
        self._planner.configure(config.backend, config.backend_timeout_s)

    def cancel(self) -> None:
        """End what waits for the backend."""
        self._planner.stop(self._inactive())

    def cleanup(self) -> None:
        """Let the backend go."""
        self._planner.close()

    def health_values(self) -> Mapping[str, object]:
        """Backend and counts."""
        return {
            **self._planner.figures(),
            "plans": self._answered,
            "planned_by": self._planned_by,
            "declined": self._declined,
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
            if not (self.is_active and self._planner.is_there):
                raise self._inactive()
            proposed, maker = await self._planner.run(
                lambda planner: (planner.plan(request.instruction), planner.planned_by)
            )
            subtasks = check_plan(request.instruction, proposed)
        except ClapError as error:
            self._declined += 1
            self.get_logger().info(f"{error.code.name}: {error.message}")
            response.error_code, response.error_msg = int(error.code), error.message
            return response
        self._answered += 1
        response.subtasks = [subtask_to_message(subtask) for subtask in subtasks]
        self._planned_by = maker
        plan = Plan(instruction=request.instruction, subtasks=response.subtasks)
        plan.header.stamp = self.get_clock().now().to_msg()
        self._publisher.publish(plan)
        return response


def main() -> None:
    """Run the node."""
    run_node(TaskPlanner)
