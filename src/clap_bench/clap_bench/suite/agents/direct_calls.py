"""What the control loop needs, by direct calls instead of ROS."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clap_core.backends import (
    KEYPOINT_FINDERS,
    PLANNERS,
    POLICIES,
    KeypointAnswer,
    KeypointFinder,
    Observation,
    Planner,
    Policy,
    Scene,
    create,
)
from clap_core.camera.view import CameraView
from clap_core.control_loop_types import TaskEvent
from clap_core.fusion import CloudFuser, FusionConfig
from clap_core.task_types import ActionChunk, HeldObject, KeyAction, Keypoint, SubTask


class DirectCalls(ABC):
    """Capabilities of the control loop in one process and one thread.

    The same fusion, planner, keypoint finder and policy as behind the nodes. Where nothing has
    moved since the last look, that look is used again.

    Args:
        planner, finder, policy: the backends; the baselines by default.
    """

    def __init__(
        self,
        planner: Planner | None = None,
        finder: KeypointFinder | None = None,
        policy: Policy | None = None,
    ) -> None:
        self._planner = planner or create(PLANNERS, "baseline")
        self._finder = finder or create(KEYPOINT_FINDERS, "baseline")
        self._policy = policy or create(POLICIES, "baseline")
        self._fuser = CloudFuser(FusionConfig())
        self._scene: Scene | None = None

    @abstractmethod
    def look(self) -> tuple[Sequence[CameraView], NDArray[np.float64], float]:
        """Pictures of the cameras that are fused, the pose of the TCP, the hand's opening [m]."""

    @abstractmethod
    def move(self, action: KeyAction) -> None:
        """Execute an action; raises ClapError."""

    @abstractmethod
    def now_ns(self) -> int:
        """Time on the clock that stamps the pictures."""

    # Capabilities

    def plan(self, instruction: str) -> tuple[SubTask, ...]:
        """See ``clap_core.control_loop_types.Capabilities``, as for all below."""
        return self._planner.plan(instruction)

    def find_keypoint(self, subtask: SubTask, not_before_ns: int) -> KeypointAnswer:
        answer = self._finder.find(subtask, self._seen())
        answer.require()
        return answer

    def predict(
        self,
        subtask: SubTask,
        keypoint: Keypoint,
        held: HeldObject | None,
        attempt: int,
        not_before_ns: int,
        onward: Keypoint | None,
    ) -> ActionChunk:
        onward_m = None if onward is None else onward.point
        return self._policy.act(
            Observation(subtask, keypoint, self._seen(), held, attempt, next_keypoint_m=onward_m)
        )

    def execute(self, action: KeyAction) -> None:
        self._scene = None
        self.move(action)

    def recover(self) -> None:  # noqa: B027
        """The robot recovers by itself at its next motion."""

    def report(self, event: TaskEvent) -> None:  # noqa: B027
        """Does nothing: there is nobody to report to."""

    def cancelled(self) -> bool:
        return False

    def _seen(self) -> Scene:
        if self._scene is None:
            views, base_T_tcp, width_m = self.look()
            self._scene = Scene(
                self._fuser.fuse(views), base_T_tcp, width_m, fetch_views=lambda: tuple(views)
            )
        return self._scene
