"""The actions and the service of franka_gripper's node."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from rclpy.node import Node
from std_srvs.srv import Trigger

from clap_core.errors import ClapError
from clap_franka.config import HandCommandConfig
from clap_franka.front.actions import LoopAction
from clap_franka.front.times import NS
from clap_franka.motion.follower import Ending
from clap_franka.robot import HandCommand, HandDriver, HandState
from control_msgs.action import GripperCommand as GripperCommandAction
from franka_msgs.action import Grasp, Homing, Move

_SAME_WIDTH_M = 1e-4
"""gripper_action does nothing for a smaller difference, as upstream."""

_ENDINGS = {
    HandState.SUCCEEDED: Ending.SUCCEEDED,
    HandState.FAILED: Ending.ABORTED,
    HandState.CANCELED: Ending.CANCELED,
}


class GripperInterface:
    """franka_gripper's names on a hand.

    As upstream, every goal is accepted, and one that the hand cannot do is aborted with its
    reason in ``error``.

    Args:
        node: the node.
        hand: the hand.
        name: of franka_gripper's node, in the names of topics and actions.
        config: of the hand.
    """

    def __init__(self, node: Node, hand: HandDriver, name: str, config: HandCommandConfig) -> None:
        self._logger = node.get_logger()
        self._gripper = hand
        self._config = config
        period_ns = round(NS / self._config.feedback_rate)

        def serve(action_type: Any, action: str, begin: Callable[[Any], Any]) -> LoopAction:
            return LoopAction(
                node, action_type, f"{name}/{action}", begin, lambda _: None, period_ns
            )

        self._actions = (
            serve(Homing, "homing", lambda goal: self._run(Homing, self._gripper.homing)),
            serve(
                Move,
                "move",
                lambda goal: self._run(Move, lambda: self._gripper.move(goal.width, goal.speed)),
            ),
            serve(Grasp, "grasp", self._begin_grasp),
            serve(GripperCommandAction, "gripper_action", self._begin_gripper_command),
        )
        node.create_service(Trigger, f"{name}/stop", self._on_stop)

    def update(self, now_ns: int) -> None:
        """Move the goals on; call often."""
        for action in self._actions:
            action.update(now_ns)

    def _run(self, action_type: Any, start: Callable[[], HandCommand]) -> _CommandRun:
        return _CommandRun(action_type, self._gripper, self._started(start))

    def _begin_grasp(self, goal: Grasp.Goal) -> _CommandRun:
        return self._run(
            Grasp,
            lambda: self._gripper.grasp(
                goal.width, goal.speed, goal.force, goal.epsilon.inner, goal.epsilon.outer
            ),
        )

    def _begin_gripper_command(self, goal: GripperCommandAction.Goal) -> _GripperActionRun:
        gripper, config = self._gripper, self._config
        width, force = 2.0 * goal.command.position, goal.command.max_effort
        if math.isfinite(width) and abs(width - gripper.width_m) < _SAME_WIDTH_M:
            return _GripperActionRun(gripper, HandCommand(HandState.SUCCEEDED))
        if width >= gripper.width_m:
            command = self._started(lambda: gripper.move(width, config.default_speed))
        else:
            command = self._started(
                lambda: gripper.grasp(
                    width,
                    config.default_speed,
                    force,
                    config.default_epsilon_inner,
                    config.default_epsilon_outer,
                )
            )
        return _GripperActionRun(gripper, command)

    def _started(self, start: Callable[[], HandCommand]) -> HandCommand:
        try:
            return start()
        except ClapError as error:
            self._logger.error(error.message)
            return HandCommand(HandState.FAILED, error.message)

    def _on_stop(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._gripper.stop()
        response.success = True
        return response


class _CommandRun:
    """A homing, move or grasp goal, whose results have the same fields."""

    def __init__(self, action_type: Any, gripper: HandDriver, command: HandCommand) -> None:
        self._type = action_type
        self._gripper = gripper
        self._command = command

    def feedback(self) -> Any:
        return self._type.Feedback(current_width=self._gripper.width_m)

    def cancel(self) -> None:
        self._gripper.cancel(self._command)

    def result(self) -> tuple[Ending, Any] | None:
        if self._command.state is HandState.RUNNING:
            return None
        success = self._command.state is HandState.SUCCEEDED
        return _ENDINGS[self._command.state], self._type.Result(
            success=success, error=self._command.error
        )


class _GripperActionRun:
    """A gripper_action goal; as upstream its result has the full width and no effort."""

    def __init__(self, gripper: HandDriver, command: HandCommand) -> None:
        self._gripper = gripper
        self._command = command

    def feedback(self) -> GripperCommandAction.Feedback:
        return GripperCommandAction.Feedback(position=self._gripper.width_m)

    def cancel(self) -> None:
        self._gripper.cancel(self._command)

    def result(self) -> tuple[Ending, GripperCommandAction.Result] | None:
        if self._command.state is HandState.RUNNING:
            return None
        reached = self._command.state is HandState.SUCCEEDED
        return _ENDINGS[self._command.state], GripperCommandAction.Result(
            position=self._gripper.width_m, reached_goal=reached
        )
