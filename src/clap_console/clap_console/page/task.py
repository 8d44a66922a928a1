"""The story of the task that runs, and of those before: whoever gave it, whoever looks.

It is told by what the executive publishes to everybody, so that a page that is opened in mid-task
shows it, and so does a page whose task another program gave.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

SUCCESS = "SUCCESS"
_BEFORE_STEPS = ("planning", "grounding")
"""What is told then is not of the sub-task that it comes with."""

KEPT = 8
"""Tasks that are remembered after their end."""

Clock = Callable[[], float]


@dataclass(frozen=True)
class Point:
    """A keypoint: what was found, where in the base frame [m], how sure (0..1)."""

    label: str
    xyz: tuple[float, float, float]
    confidence: float


@dataclass(frozen=True)
class KeyPose:
    """Where the tool centre point goes next, in the base frame [m]; quaternion x, y, z, w."""

    text: str
    xyz: tuple[float, float, float]
    quaternion: tuple[float, float, float, float]
    gripper: str


@dataclass(frozen=True)
class Event:
    """One message of the executive: `stage` is that of ExecuteTask's feedback."""

    stage: str
    text: str
    index: int = 0
    count: int = 0
    subtask: str = ""
    point: Point | None = None
    pose: KeyPose | None = None


@dataclass(frozen=True)
class StepResult:
    """How a sub-task ended: `code` is an error's name."""

    text: str
    code: str
    message: str
    attempts: int
    seconds: float
    point: Point | None = None


@dataclass
class ToldStep:
    """A sub-task on the page: `state` is waiting, running, done, failed or skipped."""

    text: str
    state: str = "waiting"
    note: str = ""
    why: str = ""
    attempts: int = 0
    seconds: float | None = None
    point: Point | None = None
    began: float | None = None


@dataclass
class ToldTask:
    """A task on the page: `state` is running, stopping, done or failed."""

    goal: str
    instruction: str
    began: float
    state: str = "running"
    stage: str = "planning"
    text: str = ""
    code: str = ""
    message: str = ""
    seconds: float | None = None
    steps: list[ToldStep] = field(default_factory=list)
    current: int = -1
    pose: KeyPose | None = None
    warning: str = ""

    @property
    def is_running(self) -> bool:
        """Whether the arm may move for it."""
        return self.state in ("running", "stopping")


class TaskStory:
    """Puts together what is heard of tasks; safe for any thread.

    Args:
        on_change: called after each change, with what the page shows.
        clock: steady seconds.
    """

    def __init__(
        self, on_change: Callable[[dict[str, Any]], None], clock: Clock = time.monotonic
    ) -> None:
        self._on_change = on_change
        self._clock = clock
        self._lock = threading.RLock()
        self._task: ToldTask | None = None
        self._past: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._ended: deque[str] = deque(maxlen=64)

    @property
    def running(self) -> str | None:
        """The goal that runs, if one does."""
        with self._lock:
            return self._task.goal if self._task is not None and self._task.is_running else None

    @property
    def point(self) -> Point | None:
        """The keypoint that is to be shown: that of the newest sub-task that has one."""
        with self._lock:
            steps = [] if self._task is None else self._task.steps
            found = [step for step in steps if step.point is not None and step.began is not None]
            return found[-1].point if found else None

    def began(self, goal: str, instruction: str) -> None:
        """A goal runs; the instruction is empty where another program gave it."""
        with self._lock:
            if goal in self._ended or self.running is not None:
                return
            self._task = ToldTask(goal, instruction, self._clock())
        self._tell()

    def stopping(self, goal: str) -> None:
        """A goal is being cancelled."""
        with self._lock:
            if self.running != goal or self._task is None:
                return
            self._task.state = "stopping"
        self._tell()

    def planned(self, instruction: str, subtasks: Sequence[str]) -> None:
        """The planner has taken an instruction apart; of meaning only while a task runs."""
        with self._lock:
            task = self._task
            if task is None or not task.is_running:
                return
            if task.instruction and task.instruction != instruction:
                return  # somebody only asked how it would be taken apart
            task.instruction = instruction
            for place, text in enumerate(subtasks):
                self._step(task, place, len(subtasks)).text = text
        self._tell()

    def heard(self, goal: str, event: Event) -> None:
        """The executive tells what it does."""
        with self._lock:
            task = self._task
            if task is None or task.goal != goal or not task.is_running:
                return
            task.stage, task.text = event.stage, event.text
            if event.count and event.stage not in _BEFORE_STEPS:
                self._on_step(task, event)
        self._tell()

    def ended(
        self,
        goal: str,
        code: str,
        message: str,
        seconds: float | None = None,
        results: Sequence[StepResult] = (),
        warning: str = "",
    ) -> None:
        """A goal has ended.

        Args:
            goal: which.
            code: SUCCESS or the name of the error.
            message: reason and cure.
            seconds: on the stack's clock, if it told.
            results: of the sub-tasks, as far as they were tried.
            warning: what a person must know all the same, e.g. that the arm may still move.
        """
        with self._lock:
            task = self._task
            if task is None or task.goal != goal or goal in self._ended:
                return
            self._ended.append(goal)
            task.code, task.message, task.warning = code, message, warning
            task.state = "done" if code == SUCCESS else "failed"
            task.seconds = self._clock() - task.began if seconds is None else seconds
            for place, result in enumerate(results):
                self._finish(self._step(task, place, len(results)), result)
            for step in task.steps:
                if step.state == "running":
                    step.state = "done" if code == SUCCESS else "failed"
                    step.why = "" if code == SUCCESS else step.why or message
                elif step.state == "waiting":
                    step.state = "skipped"
            self._past.appendleft(
                {
                    "instruction": task.instruction,
                    "code": code,
                    "message": message,
                    "seconds": task.seconds,
                }
            )
        self._tell()

    def snapshot(self) -> dict[str, Any]:
        """What the page shows; `elapsed` are seconds since the beginning."""
        with self._lock:
            return {"task": self._shown(), "past": list(self._past)}

    def _tell(self) -> None:
        with self._lock:  # in the order of the changes
            self._on_change(self.snapshot())

    def _shown(self) -> dict[str, Any] | None:
        task = self._task
        if task is None:
            return None
        now = self._clock()
        shown = asdict(task)
        del shown["began"]
        shown["elapsed"] = round(now - task.began, 1) if task.is_running else None
        for step, plain in zip(task.steps, shown["steps"], strict=True):
            del plain["began"]
            is_running = step.state == "running" and step.began is not None
            plain["elapsed"] = round(now - (step.began or now), 1) if is_running else None
        return shown

    def _step(self, task: ToldTask, place: int, count: int) -> ToldStep:
        while len(task.steps) < max(count, place + 1):
            task.steps.append(ToldStep(""))
        return task.steps[place]

    def _on_step(self, task: ToldTask, event: Event) -> None:
        step = self._step(task, event.index, event.count)
        now = self._clock()
        if event.index != task.current:
            for before in task.steps[: event.index]:
                self._leave(before, now)
            task.current = event.index
            task.pose = None
        step.text = event.subtask or step.text
        step.note = event.text
        step.point = event.point or step.point
        if step.began is None:
            step.began = now
            step.attempts = max(step.attempts, 1)
        if event.stage == "done":
            self._leave(step, now)
            task.pose = None
            return
        step.state = "running"
        if event.stage == "recovering":
            step.attempts += 1
            step.why = event.text
        if event.pose is not None:
            task.pose = event.pose

    @staticmethod
    def _leave(step: ToldStep, now: float) -> None:
        if step.state in ("waiting", "running"):
            step.state = "done"
            step.why = ""
            if step.began is not None:
                step.seconds = round(now - step.began, 1)

    @staticmethod
    def _finish(step: ToldStep, result: StepResult) -> None:
        step.text = result.text or step.text
        step.state = "done" if result.code == SUCCESS else "failed"
        step.why = "" if result.code == SUCCESS else f"{result.code}: {result.message}"
        step.attempts = result.attempts or step.attempts
        step.seconds = round(result.seconds, 1)
        step.point = result.point or step.point
        if step.began is None:
            step.began = 0.0
