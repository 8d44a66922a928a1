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
from pydantic import BaseModel

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


class NoSettings(BaseModel, frozen=True, extra="forbid"):
    """Settings of a backend that has none."""


def settings_type(group: str, name: str) -> type[BaseModel]:
    """The model of the settings of backend `name`: its attribute ``settings_type``.

    Raises:
        ClapError: INVALID_REQUEST, naming the backends that exist.
    """
    return _settings_type(_factory(group, name))


def create(group: str, name: str, settings: BaseModel | None = None) -> Any:
    """Make the backend `name` of a capability `group` (one of the constants above).

    Args:
        group: the capability.
        name: of the backend's entry point.
        settings: an instance of ``settings_type(group, name)``; None for its defaults.

    Raises:
        ClapError: INVALID_REQUEST, naming the backends that exist or the settings it takes.
    """
    factory = _factory(group, name)
    wanted = _settings_type(factory)
    if settings is not None and not isinstance(settings, wanted):
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the backend '{name}' in {group} takes {wanted.__name__}, "
            f"not {type(settings).__name__}",
            "Make its settings with clap_core.backends.settings_type(group, name)",
        )
    return factory() if wanted is NoSettings else factory(settings or wanted())


def _settings_type(factory: Callable[..., Any]) -> type[BaseModel]:
    found: type[BaseModel] = getattr(factory, "settings_type", NoSettings)
    return found


def _factory(group: str, name: str) -> Callable[..., Any]:
    points = {point.name: point for point in entry_points(group=group)}
    if name not in points:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"there is no backend '{name}' in {group}",
            f"Choose one of: {', '.join(sorted(points)) or 'none installed'}",
        )
    factory: Callable[..., Any] = points[name].load()
    return factory
