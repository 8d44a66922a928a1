"""The stack as it runs on the robot: its control loop with backends by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clap_bench.suite.agents.agent import GaveUpError, Mode, View
from clap_bench.suite.agents.direct_calls import DirectCalls
from clap_bench.suite.cameras import CAMERAS
from clap_bench.suite.episode import EpisodeOverError
from clap_core.backends import (
    KEYPOINT_FINDERS,
    PLANNERS,
    POLICIES,
    KeypointAnswer,
    KeypointFinder,
    Planner,
    Policy,
    create,
    settings_type,
)
from clap_core.camera.view import CameraView
from clap_core.control_loop import run_task
from clap_core.control_loop_types import TaskEvent
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import KeyAction, Keypoint, Relation, SubTask
from clap_sim.world.cameras import STAND

FUSED_CAMERAS = tuple(mount.name for mount in CAMERAS if mount.body == STAND)
"""As in the launch files: the cameras around the table, not the one on the hand."""


class StackAgent:
    """Obeys by the loop that runs on the robot.

    In mode gt-plan the given sub-tasks take the planner's place; in mode gt-all the given points
    take the keypoint finder's place as well.

    Args:
        planner, finder, policy: names of the backends.
        settings: of each kind of backend, by the name of its entry-point group; what is left out
            has its default.

    Raises:
        ClapError: INVALID_REQUEST if there is none of a name.
    """

    def __init__(
        self,
        planner: str = "baseline",
        finder: str = "baseline",
        policy: str = "baseline",
        settings: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    ) -> None:
        def made(group: str, name: str) -> Any:
            return create(group, name, settings_type(group, name)(**settings.get(group, {})))

        self._backends = (
            made(PLANNERS, planner),
            made(KEYPOINT_FINDERS, finder),
            made(POLICIES, policy),
        )

    def run(self, view: View) -> None:
        """Obey the instruction.

        Raises:
            EpisodeOverError: the episode has ended.
            GaveUpError: the loop ended early, with its reason.
        """
        calls = _EpisodeCalls(view, *self._backends)
        outcome = run_task(view.instruction, calls)
        if calls.over is not None:
            raise calls.over
        if outcome.error_code is not ErrorCode.SUCCESS:
            raise GaveUpError(f"{outcome.error_code.name}: {outcome.error_msg}")


class Baseline(StackAgent):
    """Obeys by grammar and geometry."""


class _EpisodeCalls(DirectCalls):
    """The loop's surroundings in an episode.

    Attributes:
        over: what the episode ended with, once it has; the loop itself swallows exceptions.
    """

    def __init__(
        self, view: View, planner: Planner, finder: KeypointFinder, policy: Policy
    ) -> None:
        super().__init__(planner, finder, policy)
        self._view = view
        self._plan: tuple[SubTask, ...] = ()
        self._index = 0
        self.over: EpisodeOverError | None = None

    def look(self) -> tuple[Sequence[CameraView], NDArray[np.float64], float]:
        seen = self._view.observe()
        views = [view for view in seen.views if view.name in FUSED_CAMERAS]
        return views, seen.base_T_tcp, seen.gripper_width_m

    def move(self, action: KeyAction) -> None:
        try:
            self._view.execute(action)
        except EpisodeOverError as over:
            self.over = over
            raise ClapError(ErrorCode.CANCELED, "the episode is over", "Start another") from over

    def now_ns(self) -> int:
        return self._view.now_ns

    def cancelled(self) -> bool:
        return self.over is not None

    def plan(self, instruction: str) -> tuple[SubTask, ...]:
        self._plan = self._view.plan or super().plan(instruction)
        return self._plan

    def report(self, event: TaskEvent) -> None:
        self._index = event.index

    def find_keypoint(self, subtask: SubTask, not_before_ns: int) -> KeypointAnswer:
        index = self._step_at(subtask) if self._view.mode is Mode.GT_ALL else None
        if index is None:
            return super().find_keypoint(subtask, not_before_ns)
        point = self._view.hint(index).keypoint_m
        assert point is not None
        label = subtask.reference or subtask.object or subtask.text
        return KeypointAnswer(Keypoint(label, point, stamp_ns=self.now_ns()))

    def _step_at(self, subtask: SubTask) -> int | None:
        """Which step of the given plan happens where a sub-task does."""
        plan = self._view.plan
        if subtask in plan:
            # Equal sub-tasks may come twice; the one under way is meant.
            return self._index if plan[self._index] == subtask else plan.index(subtask)
        # Before a plan begins, the loop also looks for what something is moved towards.
        steps = (
            index
            for index, step in enumerate(plan)
            if step.reference == subtask.object and step.relation is not Relation.TOWARDS
        )
        return next(steps, None)
