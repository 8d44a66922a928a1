"""The replaceable parts of the stack: small protocols, and where to get one by name.

A new backend is one module with a factory, registered under its capability. Learned backends
live in their own package and register through the entry-point groups below, so that neither
the nodes nor this module import them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud
from clap_core.task_types import ActionChunk, HeldObject, Keypoint, SubTask


class Planner(Protocol):
    """Language to sub-tasks; sees nothing, moves nothing."""

    def plan(self, instruction: str) -> tuple[SubTask, ...]:
        """Decompose an instruction.

        Raises:
            ClapError: EMPTY_INSTRUCTION, NOT_UNDERSTOOD or IMPOSSIBLE.
        """
        ...


@dataclass(frozen=True)
class Scene:
    """What a keypoint finder may look at: the fused cloud, and where the robot's hand is.

    Attributes:
        cloud: fused cloud in the base frame.
        base_T_tcp: [4, 4] pose of the TCP when the cloud was taken; None when unknown.
        gripper_width_m: opening of the gripper; None when unknown.
    """

    cloud: PointCloud
    base_T_tcp: NDArray[np.float64] | None = None
    gripper_width_m: float | None = None


class KeypointFinder(Protocol):
    """Scene and sub-task to a language-aligned 3D keypoint."""

    def find(self, subtask: SubTask, scene: Scene) -> Keypoint:
        """Find where `subtask` happens.

        Raises:
            ClapError: OBJECT_NOT_FOUND or AMBIGUOUS (with `seen`), CLOUD_EMPTY.
        """
        ...

    def seen(self, scene: Scene) -> tuple[str, ...]:
        """Names of everything that stands out in the scene."""
        ...


@dataclass(frozen=True)
class Observation:
    """What a policy acts on.

    Attributes:
        subtask: the running sub-task.
        keypoint: where it happens.
        scene: fused cloud and state of the hand.
        held: what is between the fingers, as an earlier chunk said; None for nothing.
        attempt: how often this sub-task has failed already.
    """

    subtask: SubTask
    keypoint: Keypoint
    scene: Scene
    held: HeldObject | None = None
    attempt: int = 0


class Policy(Protocol):
    """Observation to the next end-effector actions."""

    def act(self, observation: Observation) -> ActionChunk:
        """Predict the next actions of the sub-task.

        Raises:
            ClapError: NO_GRASP, CLOUD_EMPTY, INVALID_REQUEST.
        """
        ...


PLANNERS = "clap.planners"
KEYPOINT_FINDERS = "clap.keypoint_finders"
POLICIES = "clap.policies"


def available(group: str) -> tuple[str, ...]:
    """Names of the backends of a capability `group`, in alphabetical order."""
    return tuple(sorted({point.name for point in entry_points(group=group)}))


def create(group: str, name: str) -> Any:
    """Make the backend `name` of a capability `group` (one of the constants above).

    Raises:
        ClapError: INVALID_REQUEST, naming the backends that exist.
    """
    loaders: dict[str, Callable[[], Any]] = {
        point.name: point.load for point in entry_points(group=group)
    }
    if name not in loaders:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"there is no backend '{name}' in {group}",
            f"Choose one of: {', '.join(available(group)) or 'none installed'}",
        )
    return loaders[name]()()
