"""The lifecycle_manager node: asks the nodes for their states and for transitions."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass

from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.client import Client
from rclpy.node import Node
from rclpy.task import Future
from std_srvs.srv import SetBool, Trigger

from clap_bringup.lifecycle_manager.arm_stop import ArmStop
from clap_bringup.lifecycle_manager.config import LifecycleManagerConfig
from clap_bringup.lifecycle_manager.logic import NodeState, Supervision, TransitionCommand
from clap_bringup.lifecycle_manager.other_half import HALF_IS_ACTIVE, OtherHalf
from clap_ros.diagnostics import Health
from clap_ros.names import full_name
from clap_ros.parameters import declare
from clap_ros.timers import steady_timer

_STATES = {
    1: NodeState.UNCONFIGURED,
    2: NodeState.INACTIVE,
    3: NodeState.ACTIVE,
    4: NodeState.FINALIZED,
}
"""Primary states of lifecycle_msgs/msg/State; the others are on the way between these."""

_PATIENCE_POLLS = 2


@dataclass
class _Question:
    """A call that waits for its answer."""

    client: Client
    future: Future
    deadline: float
    command: TransitionCommand | None = None
    doubtful_at: float = math.inf
    """From when on the state last seen may be that of a process that has died."""

    def drop(self) -> None:
        self.client.remove_pending_request(self.future)


class LifecycleManager(Node):
    """Keeps the stack's lifecycle nodes in the state that was asked for.

    Services: ``~/is_active`` (std_srvs/Trigger) tells whether all are active and if not which;
    ``~/manage`` (std_srvs/SetBool) brings them up (true) or down (false). Deadlines run on the
    wall clock, so that they hold while simulated time stands still. When the node that moves the
    arm dies or hangs, its motion is cancelled.

    With two computers each half has a manager. Then ``~/is_active`` is true when both halves are
    active, ``~/half_is_active`` when this one is.
    """

    def __init__(self) -> None:
        super().__init__("lifecycle_manager")
        self._config = declare(self, LifecycleManagerConfig).read()
        names = [full_name(self, name) for name in self._config.nodes]
        self._supervision = Supervision(
            names, self._config.start_timeout, self._config.retry_period
        )
        self._get_state = {n: self.create_client(GetState, f"{n}/get_state") for n in names}
        self._change_state = {
            n: self.create_client(ChangeState, f"{n}/change_state") for n in names
        }
        self._arm_node = full_name(self, self._config.arm_node)
        # Who does not look after the arm's node has no business with the arm.
        self._arm_stop = (
            ArmStop(self, self._arm_node, self._config.trajectory_action)
            if self._arm_node in names
            else None
        )
        self._other_half = self._made_other_half()
        self._questions: dict[str, _Question] = {}
        self._command: _Question | None = None
        self._health = Health(self, self._health_values)
        self.create_service(Trigger, "~/is_active", self._on_is_active)
        self.create_service(SetBool, "~/manage", self._on_manage)
        if self._other_half is not None:
            self.create_service(Trigger, f"~/{HALF_IS_ACTIVE}", self._on_half_is_active)
        steady_timer(self, self._config.poll_period, self._tick)
        if self._config.autostart:
            self._supervision.request(True, time.monotonic())

    def bring_down(self) -> None:
        """Begin to deactivate the nodes, last one first."""
        self._supervision.request(False, time.monotonic())
        self._advance()

    @property
    def is_down(self) -> bool:
        """Whether nothing is left to deactivate."""
        return self._supervision.all_down and self._command is None

    @property
    def shutdown_timeout(self) -> float:
        """How long the manager may take at its own end, in s."""
        return self._config.shutdown_timeout

    def _made_other_half(self) -> OtherHalf | None:
        config = self._config
        if not config.other_half:
            return None
        return OtherHalf(
            self,
            config.other_half,
            config.response_timeout,
            config.start_timeout,
            time.monotonic(),
        )

    def _health_values(self) -> Mapping[str, object]:
        values = {m.name: m.state.value for m in self._supervision.members.values()}
        if self._other_half is not None:
            values["other_half"] = self._other_half.state
        return values

    def _on_is_active(
        self, request: Trigger.Request, response: Trigger.Response
    ) -> Trigger.Response:
        self._on_half_is_active(request, response)
        other = self._other_half
        if other is not None and not other.is_active:
            if response.success:
                problem = other.problem(time.monotonic())
                response.message = (
                    f"waiting for the other computer's half: {other.state}"
                    if problem is None
                    else problem.message
                )
            response.success = False
        return response

    def _on_half_is_active(
        self, _request: Trigger.Request, response: Trigger.Response
    ) -> Trigger.Response:
        now = time.monotonic()
        problem = self._supervision.problem(now)
        response.success = self._supervision.all_active
        response.message = self._supervision.summary()
        silent = [name for name, asked in self._questions.items() if now > asked.doubtful_at]
        if response.success and silent:
            response.success = False
            response.message = f"waiting for an answer of {', '.join(silent)}"
        if problem is not None and not response.success:
            response.message = f"{problem.message} Now: {response.message}"
        return response

    def _on_manage(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        self._supervision.request(request.data, time.monotonic())
        self._advance()
        response.success = True
        goal = "activating" if request.data else "deactivating"
        response.message = f"{goal} the nodes; ask ~/is_active how far it is"
        return response

    def _tick(self) -> None:
        now = time.monotonic()
        self._expire_command(now)
        if self._other_half is not None:
            self._other_half.look(now)
        for name in self._supervision.members:
            # A node in a transition, say loading a model, cannot answer; its command's own
            # deadline watches over it.
            busy = self._command is not None and self._command.command is not None
            if not (busy and self._command_node() == name):
                self._ask_for_state(name, now)
        self._advance()
        self._report(now)

    def _command_node(self) -> str:
        assert self._command is not None and self._command.command is not None
        return self._command.command.node

    def _ask_for_state(self, name: str, now: float) -> None:
        client = self._get_state[name]
        question = self._questions.get(name)
        if not client.service_is_ready():
            if question is not None:
                question.drop()
                del self._questions[name]
            self._lost(name, "has died")
            return
        if question is not None:
            if now < question.deadline:
                return
            question.drop()
            # It may still be the dead one's service that is seen; the next question tells.
            self._lost(name, f"did not answer for {self._config.response_timeout:g} s")
        future = client.call_async(GetState.Request())
        self._questions[name] = _Question(
            client,
            future,
            now + self._config.response_timeout,
            doubtful_at=now + _PATIENCE_POLLS * self._config.poll_period,
        )
        future.add_done_callback(lambda f: self._on_state(name, f))

    def _lost(self, name: str, why: str) -> None:
        """A node is gone; the arm is stopped in place of the one that moves it."""
        was_active = self._supervision.lost(name, why)
        if name == self._arm_node and self._arm_stop is not None:
            self._arm_stop.forget()
            if was_active:
                self._arm_stop.stop(f"{name} {why}")

    def _on_state(self, name: str, future: Future) -> None:
        question = self._questions.get(name)
        if question is None or question.future is not future or future.cancelled():
            return
        del self._questions[name]
        if self._command is not None and self._command_node() == name:
            return  # asked before the command was sent: the answer is out of date
        state = _STATES.get(future.result().current_state.id)
        if state is not None:
            self._supervision.seen(name, state, time.monotonic())
            if self._arm_stop is not None and name == self._arm_node and state is NodeState.ACTIVE:
                self._arm_stop.learn()
            self._advance()

    def _advance(self) -> None:
        """Ask for the next transition, if it is time for one."""
        if self._command is not None:
            return
        now = time.monotonic()
        command = self._supervision.next_command(now)
        if command is None:
            return
        client = self._change_state[command.node]
        if not client.service_is_ready():
            return  # half discovered; the next tick tries again
        question = self._questions.pop(command.node, None)
        if question is not None:
            question.drop()  # its answer may come last, and be out of date
        request = ChangeState.Request()
        request.transition.id = int(command.transition)
        future = client.call_async(request)
        deadline = now + self._config.transition_timeout
        self._command = _Question(client, future, deadline, command)
        future.add_done_callback(self._on_changed)

    def _on_changed(self, future: Future) -> None:
        if self._command is None or self._command.future is not future or future.cancelled():
            return
        command = self._command.command
        assert command is not None
        self._command = None
        now = time.monotonic()
        if future.result().success:
            self._supervision.done(command, now)
            self.get_logger().info(f"{command.node}: {command.transition.name.lower()} done")
        else:
            self._supervision.failed(command, "failed", now)
        self._advance()
        self._report(now)

    def _expire_command(self, now: float) -> None:
        """Give up on a transition whose node died or takes too long."""
        if self._command is None or self._command.command is None:
            return
        command = self._command.command
        if not self._command.client.service_is_ready():
            if self._supervision.wants_active:  # at the end of a launch they all go
                self._supervision.failed(command, "died", now)
            self._lost(command.node, "has died")
        elif now >= self._command.deadline:
            timeout_s = self._config.transition_timeout
            self._supervision.failed(command, f"took more than {timeout_s:g} s", now)
        else:
            return
        self._command.drop()
        self._command = None

    def _report(self, now: float) -> None:
        problem = self._supervision.problem(now)
        if self._supervision.wants_active and self._supervision.all_active:
            self._report_whole(now)
        elif problem is not None:
            self._health.error(problem)
        elif self._supervision.wants_active:
            self._health.warn(f"not all nodes are active: {self._supervision.summary()}")
        else:
            self._health.warn("the nodes are to be inactive: call ~/manage to activate them")

    def _report_whole(self, now: float) -> None:
        """This half is active: tell how the whole is."""
        summary = self._supervision.summary()
        other = self._other_half
        problem = None if other is None else other.problem(now)
        if problem is not None:
            self._health.error(problem)
        elif other is not None and not other.is_active:
            self._health.warn(f"{summary}; waiting for the other computer's half: {other.state}")
        else:
            self._health.ok(summary if other is None else f"{summary}, so is the other half")
