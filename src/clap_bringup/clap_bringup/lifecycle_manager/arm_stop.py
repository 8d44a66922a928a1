"""Stops the arm when the node that watches over its motion no longer can."""

from __future__ import annotations

from action_msgs.srv import CancelGoal
from rcl_interfaces.msg import ParameterType
from rcl_interfaces.srv import GetParameters
from rclpy.node import Node
from rclpy.task import Future

from clap_core.errors import ClapError
from clap_core.robot.names import trajectory_action
from clap_ros.names import full_name


class ArmStop:
    """Cancels whatever runs on the arm's controller.

    A trajectory that was sent goes on after its sender has died or hangs, without anybody who
    would notice a contact, a reflex or a cancel.

    Which one that is, the node that moves the arm says itself, by its parameters ``arm_id`` and
    ``controller``.

    Args:
        node: for the clients.
        arm_node: full name of the node that moves the arm.
        action: of the controller, until that node has told its own, or where it has none to tell.

    Attributes:
        action: what is cancelled.
    """

    def __init__(self, node: Node, arm_node: str, action: str) -> None:
        self._node = node
        self._logger = node.get_logger()
        self._arm_node = arm_node
        self.action = full_name(node, action)
        self._client = node.create_client(CancelGoal, f"{self.action}/_action/cancel_goal")
        self._asked: Future | None = None
        self._parameters = node.create_client(GetParameters, f"{arm_node}/get_parameters")
        self._question: Future | None = None

    def learn(self) -> None:
        """Ask the arm's node for its controller, once; does not wait."""
        if self._question is None and self._parameters.service_is_ready():
            request = GetParameters.Request(names=["arm_id", "controller"])
            self._question = self._parameters.call_async(request)
            self._question.add_done_callback(self._on_parameters)

    def forget(self) -> None:
        """The arm's node is gone: the next one may have other parameters."""
        if self._question is not None:
            self._parameters.remove_pending_request(self._question)
            self._question = None

    def _on_parameters(self, answer: Future) -> None:
        if answer is not self._question or answer.cancelled():
            return
        values = answer.result().values
        if [value.type for value in values] != [ParameterType.PARAMETER_STRING] * 2:
            return  # a node of another kind
        try:
            relative = trajectory_action(*(value.string_value for value in values))
        except ClapError as error:
            self._logger.error(f"{self._arm_node}: {error.message}")
            return
        action = full_name(self._node, relative)
        if action != self.action:
            self._logger.info(f"{self._arm_node} moves the arm by {action}")
            self._node.destroy_client(self._client)
            self._asked = None
            self.action = action
            self._client = self._node.create_client(CancelGoal, f"{action}/_action/cancel_goal")

    def stop(self, why: str) -> None:
        """Ask for the end of all goals; does not wait.

        Args:
            why: for the log.
        """
        if not self._client.service_is_ready():
            self._logger.warning(
                f"{why}, and {self.action} is not there to be cancelled. If the arm moves, press "
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
        self._logger.warning(f"{why}: its motion on {self.action} is cancelled")
