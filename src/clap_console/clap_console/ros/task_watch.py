"""Hears of every task of a stack, whoever gave it: goals, feedback, plans, results."""

from __future__ import annotations

from collections.abc import Collection

from action_msgs.msg import GoalStatus, GoalStatusArray
from rclpy.action import ActionClient
from rclpy.action.client import ClientGoalHandle
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_action_status_default
from rclpy.task import Future
from unique_identifier_msgs.msg import UUID

from clap_console.page.task import TaskStory
from clap_console.ros.messages import error_name, event_of, goal_name, step_result_of
from clap_core.errors import ErrorCode
from clap_msgs.action import ExecuteTask
from clap_msgs.msg import Plan

_RUNNING = (
    GoalStatus.STATUS_ACCEPTED,
    GoalStatus.STATUS_EXECUTING,
    GoalStatus.STATUS_CANCELING,
)
_LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class TaskWatch:
    """Tells a story what it hears; all on the node's executor.

    Args:
        node: whose subscriptions they are.
        task: client of the stack's ExecuteTask.
        prefix: of the stack's names, ``/`` or ``/left/``.
        story: that is told.
        own: goals that this program waits for itself: their results come another way.
    """

    def __init__(
        self,
        node: Node,
        task: ActionClient,
        prefix: str,
        story: TaskStory,
        own: Collection[str],
    ) -> None:
        self._node = node
        self._task = task
        self._story = story
        self._own = own
        self._server = f"{task._action_name}/_action/send_goal"
        self._lost_at = 0
        name = task._action_name
        node.create_subscription(
            GoalStatusArray,
            f"{name}/_action/status",
            self._on_status,
            qos_profile_action_status_default,
        )
        node.create_subscription(
            ExecuteTask.Impl.FeedbackMessage, f"{name}/_action/feedback", self._on_feedback, 10
        )
        node.create_subscription(Plan, f"{prefix}task_planner/plan_result", self._on_plan, _LATCHED)
        self._plan: Plan | None = None

    def look_for_server(self) -> bool:
        """Whether somebody serves tasks; a task whose server is gone has ended."""
        is_there = self._node.count_services(self._server) > 0
        running = self._story.running
        self._lost_at = 0 if is_there or running is None else self._lost_at + 1
        if running is not None and self._lost_at > 1 and running not in self._own:
            self._story.ended(
                running,
                ErrorCode.NODE_UNAVAILABLE.name,
                "the task executive died while it worked. Look at the launch's output; it is "
                "started again by itself",
                warning="The task executive died in mid-task: press the user stop if the arm moves",
            )
        return is_there

    def _on_status(self, message: GoalStatusArray) -> None:
        for status in message.status_list:
            if status.status not in _RUNNING:
                continue
            goal = goal_name(status.goal_info.goal_id)
            if self._story.running is None and goal not in self._own:
                self._story.began(goal, "")
                if self._story.running == goal:
                    self._take_plan(status)
                    self._ask_for_result(status.goal_info.goal_id, goal)
            if status.status == GoalStatus.STATUS_CANCELING:
                self._story.stopping(goal)

    def _take_plan(self, status: GoalStatus) -> None:
        """The plan that came before the page looked, if it is this task's."""
        plan = self._plan
        if plan is None:
            return
        began, planned = status.goal_info.stamp, plan.header.stamp
        if (planned.sec, planned.nanosec) >= (began.sec, began.nanosec):
            self._on_plan(plan)

    def _ask_for_result(self, goal_id: UUID, goal: str) -> None:
        accepted = self._task._action_type.Impl.SendGoalService.Response(accepted=True)
        handle = ClientGoalHandle(self._task, goal_id, accepted)

        def on_result(future: Future) -> None:
            if future.cancelled() or future.exception() is not None:
                return
            self.tell_result(goal, future.result().result)

        handle.get_result_async().add_done_callback(on_result)

    def tell_result(self, goal: str, result: ExecuteTask.Result) -> None:
        """A goal has ended with a result."""
        self._story.ended(
            goal,
            error_name(result.error_code),
            result.error_msg,
            result.duration_s or None,
            [step_result_of(one) for one in result.subtasks],
        )

    def _on_feedback(self, message: ExecuteTask.Impl.FeedbackMessage) -> None:
        self._story.heard(goal_name(message.goal_id), event_of(message.feedback))

    def _on_plan(self, plan: Plan) -> None:
        self._plan = plan
        self._story.planned(plan.instruction, [subtask.text for subtask in plan.subtasks])
