"""What goes into the control loop and what comes out: limits, capabilities, events, outcome."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from pydantic import BaseModel, Field

from clap_core.backends.keypoint_answer import KeypointAnswer
from clap_core.errors import ErrorCode
from clap_core.task_types import (
    ActionChunk,
    HeldObject,
    KeyAction,
    Keypoint,
    SubTask,
    SubTaskResult,
)


class LoopConfig(BaseModel, frozen=True, extra="forbid"):
    """Limits of the loop; times run on the caller's clock."""

    max_attempts: int = Field(
        3, description="Tries of one sub-task before giving up on it.", ge=1, le=20
    )
    max_looks: int = Field(
        12, description="Looks within one sub-task, over all its attempts.", ge=1, le=200
    )
    max_recoveries: int = Field(
        1, description="Reflexes that are recovered from in one task.", ge=0, le=10
    )
    max_regrasps: int = Field(
        1, description="Times that a dropped object is picked up again in one task.", ge=0, le=10
    )
    done_from: float = Field(
        0.9,
        description="From how sure a keypoint finder must be that a thing is already where it is "
        "to go, for the steps that bring it there to be skipped.",
        gt=0.0,
        le=1.0,
    )
    subtask_timeout_s: float = Field(
        120.0, description="Longest duration of one sub-task [s].", gt=0.0, le=3600.0
    )
    task_timeout_s: float = Field(
        600.0, description="Longest duration of a whole task [s].", gt=0.0, le=36000.0
    )


class LoopStage(str, Enum):
    """What the loop is doing."""

    PLANNING = "planning"
    GROUNDING = "grounding"
    LOOKING = "looking"
    ACTING = "acting"
    RECOVERING = "recovering"
    DONE = "done"


@dataclass(frozen=True)
class TaskEvent:
    """What happens now, for those who watch.

    Attributes:
        stage: what the loop is doing.
        text: one line for a person.
        index: of the sub-task; 0 while planning and grounding.
        count: sub-tasks of the plan; 0 while planning.
        subtask: the running one.
        keypoint: where it happens, once that is known.
        action: the one that is about to be executed.
        held: what is in the hand now.
    """

    stage: LoopStage
    text: str
    index: int = 0
    count: int = 0
    subtask: SubTask | None = None
    keypoint: Keypoint | None = None
    action: KeyAction | None = None
    held: HeldObject | None = None


@dataclass(frozen=True)
class TaskOutcome:
    """How a task ended.

    Attributes:
        error_code: SUCCESS, or why it ended early.
        error_msg: reason and cure, and what the hand still holds; empty on success.
        results: the sub-tasks that were started, in the order of execution.
        held: what is in the hand now.
        duration_s: on the caller's clock.
    """

    error_code: ErrorCode
    error_msg: str
    results: tuple[SubTaskResult, ...]
    held: HeldObject | None
    duration_s: float


class Capabilities(Protocol):
    """What the loop needs from its surroundings.

    Each call ends within a deadline of its own and raises ClapError when it fails; those that
    wait raise CANCELED soon after `cancelled` turns true, with the arm at rest.
    """

    def plan(self, instruction: str) -> tuple[SubTask, ...]:
        """Decompose an instruction."""
        ...

    def find_keypoint(self, subtask: SubTask, not_before_ns: int) -> KeypointAnswer:
        """Find where a sub-task happens, in a cloud no older than `not_before_ns`.

        An answer has a keypoint; that there is none is raised.
        """
        ...

    def predict(
        self,
        subtask: SubTask,
        keypoint: Keypoint,
        held: HeldObject | None,
        attempt: int,
        not_before_ns: int,
        onward: Keypoint | None,
    ) -> ActionChunk:
        """Predict the next actions; `onward` is where the sub-task leads to, see `onward_step`."""
        ...

    def execute(self, action: KeyAction) -> None:
        """Execute one action; return when it has ended, the arm at rest."""
        ...

    def recover(self) -> None:
        """Make the robot ready again after a reflex, without moving it."""
        ...

    def now_ns(self) -> int:
        """Time on the clock that stamps the clouds."""
        ...

    def report(self, event: TaskEvent) -> None:
        """Tell those who watch."""
        ...

    def cancelled(self) -> bool:
        """Whether the caller wants the task to end."""
        ...
