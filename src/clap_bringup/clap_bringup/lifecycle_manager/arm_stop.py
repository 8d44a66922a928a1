"""Stops the arm when the node that watches over its motion no longer can."""

from __future__ import annotations

from action_msgs.srv import CancelGoal
from rclpy.node import Node
from rclpy.task import Future


class ArmStop:
    """Cancels whatever runs on the arm's controller.

    A trajectory that was sent goes on after its sender has died or hangs, without anybody who
    would notice a contact, a reflex or a cancel.

    Args:
        node: for the client.
        action: of the controller.
    """

    def __init__(self, node: Node, action: str) -> None:
        self._logger = node.get_logger()
        self._action = action
        self._client = node.create_client(CancelGoal, f"{action}/_action/cancel_goal")
        self._asked: Future | None = None

    def stop(self, why: str) -> None:
        """Ask for the end of all goals; does not wait.

        Args:
            why: for the log.
        """
        if not self._client.service_is_ready():
            self._logger.warning(
                f"{why}, and {self._action} is not there to be cancelled. If the arm moves, press "
                "the user stop"
            )
            return
        if self._asked is not None:
            self._client.remove_pending_request(self._asked)
        # Without a goal's id or time, the request means all goals.
        self._asked = self._client.call_async(CancelGoal.Request())
        self._asked.add_done_callback(lambda answer: self._tell(answer, why))

    def _tell(self, answer: Future, why: str) -> None:
        if answer.cancelled() or not answer.result().goals_canceling:
            return  # the arm stood still
        self._logger.warning(f"{why}: its motion on {self._action} is cancelled")
