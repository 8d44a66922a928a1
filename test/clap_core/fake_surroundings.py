"""A scripted robot and scene for tests of the control loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from clap_baseline.planner import GrammarPlanner
from clap_core.backends import KeypointAnswer
from clap_core.control_loop_types import TaskEvent
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import (
    Action,
    ActionChunk,
    GripperCommand,
    HeldObject,
    KeyAction,
    Keypoint,
    SubTask,
)

STEP_NS = 100_000_000
"""Time that every call takes."""


def key_action(text: str, gripper: GripperCommand = GripperCommand.KEEP) -> KeyAction:
    """A key action that is told apart by its text."""
    return KeyAction(np.eye(4), gripper=gripper, text=text)


class FakeSurroundings:
    """Capabilities that succeed, write down every call, and fail where a test says so.

    Attributes:
        calls: every call, as "name detail".
        failures: from a call to what its next occurrences raise; None where one succeeds.
        cancel_at: a call during which the caller cancels.
        already_so: texts of sub-tasks that the finder sees done.
        certainty: how sure it is of that.
        looks_needed: answers with ``done`` false before a sub-task is done.
        onward: what each prediction was told of where its sub-task leads to.
    """

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.events: list[TaskEvent] = []
        self.failures: dict[str, list[Exception | None]] = {}
        self.cancel_at = ""
        self.already_so: set[str] = set()
        self.certainty = 1.0
        self.looks_needed = 1
        self.time_ns = 0
        self.not_before: list[tuple[str, int]] = []
        self.onward: list[Keypoint | None] = []
        self.last_motion_end_ns = 0
        self._cancelled = False
        self._planner = GrammarPlanner()
        self._looks: dict[str, int] = {}

    @property
    def motions(self) -> list[str]:
        """The actions that were started, by their text."""
        return [call.removeprefix("execute ") for call in self.calls if call.startswith("execute")]

    def _called(self, call: str) -> None:
        self.calls.append(call)
        self.time_ns += STEP_NS
        if call == self.cancel_at:
            self._cancelled = True
            raise ClapError(ErrorCode.CANCELED, "canceled while waiting", "Say it again")
        errors = self.failures.get(call, [])
        error = errors.pop(0) if errors else None
        if error is not None:
            raise error

    def plan(self, instruction: str) -> tuple[SubTask, ...]:
        self._called("plan")
        return self._planner.plan(instruction)

    def find_keypoint(self, subtask: SubTask, not_before_ns: int) -> KeypointAnswer:
        self._called(f"find {subtask.text}")
        self.not_before.append((subtask.text, not_before_ns))
        label = subtask.reference or subtask.object
        return KeypointAnswer(
            Keypoint(label, np.zeros(3), stamp_ns=self.time_ns),
            done=self.certainty * (subtask.text in self.already_so),
        )

    def predict(
        self,
        subtask: SubTask,
        keypoint: Keypoint,
        held: HeldObject | None,
        attempt: int,
        not_before_ns: int,
        onward: Keypoint | None,
    ) -> ActionChunk:
        self.onward.append(onward)
        retry = f" attempt {attempt}" if attempt else ""
        self._called(f"predict {subtask.text}{retry}")
        look = self._looks.get(subtask.text, 0) + 1
        self._looks[subtask.text] = look
        done = look >= self.looks_needed
        if subtask.action is Action.GRASP:
            return ActionChunk(
                (
                    key_action(f"open{retry}", GripperCommand.OPEN),
                    key_action(f"close{retry}", GripperCommand.GRASP),
                    key_action(f"lift{retry}"),
                ),
                HeldObject("whatever the policy calls it", radius_m=0.04),
                done,
            )
        if subtask.action is Action.RELEASE:
            return ActionChunk(
                (key_action("lower"), key_action("let go", GripperCommand.OPEN), key_action("up")),
                None,
                done,
            )
        if held is not None:  # carrying teaches the policy more about what is held
            held = replace(held, tcp_yaw_rad=held.tcp_yaw_rad + 1.0)
        return ActionChunk((key_action(subtask.text),), held, done)

    def execute(self, action: KeyAction) -> None:
        try:
            self._called(f"execute {action.text}")
        finally:
            self.last_motion_end_ns = self.time_ns

    def recover(self) -> None:
        self._called("recover")

    def now_ns(self) -> int:
        return self.time_ns

    def report(self, event: TaskEvent) -> None:
        self.events.append(event)

    def cancelled(self) -> bool:
        return self._cancelled

    def cancel(self) -> None:
        """Whether the caller wants to end."""
        self._cancelled = True

    def cancel_on(self, wanted: Callable[[TaskEvent], bool]) -> None:
        """Cancel when an event is reported that a predicate picks."""
        report = self.report

        def report_and_cancel(event: TaskEvent) -> None:
            report(event)
            if wanted(event):
                self.cancel()

        self.report = report_and_cancel  # type: ignore[method-assign]
