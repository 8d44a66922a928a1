"""What each capability is asked: the classes that backends derive from."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from clap_core.backends.keypoint_answer import KeypointAnswer
from clap_core.backends.scene import Observation, Scene
from clap_core.cloud_tokens import CloudTokens
from clap_core.point_cloud import PointCloud
from clap_core.step_types import StepObservation
from clap_core.task_types import ActionChunk, SubTask


class Backend(ABC):  # noqa: B024 - the capabilities below have the abstract methods
    """What is asked of every backend; one that computes at once overrides nothing of it.

    Attributes:
        device: where it computes, e.g. ``"cpu"`` or ``"cuda:0"``.
    """

    device: str = "cpu"

    def warm_up(self) -> None:  # noqa: B027
        """Load and compile what the first answer would otherwise wait for.

        Raises:
            ClapError: naming what cannot be loaded, and the cure.
        """

    def close(self) -> None:  # noqa: B027
        """Free memory and the device; the backend is not used any more."""


class Planner(Backend):
    """Language to sub-tasks; sees nothing, moves nothing.

    Attributes:
        planned_by: who made the last plan, for people: a planner may pass a sentence on.
    """

    planned_by: str = ""

    @abstractmethod
    def plan(self, instruction: str) -> tuple[SubTask, ...]:
        """Decompose an instruction.

        Raises:
            ClapError: EMPTY_INSTRUCTION, NOT_UNDERSTOOD or IMPOSSIBLE.
        """


class KeypointFinder(Backend):
    """Scene and sub-task to a language-aligned 3D keypoint."""

    @abstractmethod
    def find(self, subtask: SubTask, scene: Scene) -> KeypointAnswer:
        """Find where `subtask` happens; not to find it is an answer, too.

        Raises:
            ClapError: when the scene cannot be looked at, e.g. CLOUD_EMPTY.
        """


class Policy(Backend):
    """Observation to the next end-effector actions."""

    @abstractmethod
    def act(self, observation: Observation) -> ActionChunk:
        """Predict the next actions of the sub-task.

        Raises:
            ClapError: NO_GRASP, CLOUD_EMPTY, INVALID_REQUEST.
        """


class SmallStepPolicy(Backend):
    """A look to the next small steps, for suites that are not played in key poses."""

    def reset(self) -> None:
        """Forget the episode before; another one begins."""

    @abstractmethod
    def act(self, observation: StepObservation) -> NDArray[np.float32]:
        """The next steps, all of which are taken before the next look.

        Returns:
            [H, A] actions, H >= 1; what their numbers are is the suite's to say.

        Raises:
            ClapError: CLOUD_EMPTY; INVALID_REQUEST for a state of another robot.
        """


class CloudEncoder(Backend):
    """The cloud around keypoints to tokens."""

    @property
    @abstractmethod
    def half_edge_m(self) -> float:
        """Of the crops whose size nobody says."""

    @abstractmethod
    def encode(
        self, cloud: PointCloud, keypoints: NDArray[np.float64], half_edge_m: float
    ) -> list[CloudTokens]:
        """Tokens around each keypoint, from one pass of the model.

        Args:
            cloud: in the base frame.
            keypoints: [M, 3] m in the same frame.
            half_edge_m: a crop is the box of its keypoint +- this along each axis.

        Raises:
            ClapError: CLOUD_EMPTY when a crop has too few points; INVALID_REQUEST.
        """
