"""Backends by name: entry points of installed packages."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from pydantic import BaseModel

from clap_core.backends.capabilities import (
    CloudEncoder,
    KeypointFinder,
    Planner,
    Policy,
    SmallStepPolicy,
)
from clap_core.errors import ClapError, ErrorCode

PLANNERS = "clap.planners"
KEYPOINT_FINDERS = "clap.keypoint_finders"
POLICIES = "clap.policies"
ENCODERS = "clap.encoders"
STEP_POLICIES = "clap.step_policies"

_CAPABILITIES: dict[str, type[Any]] = {
    PLANNERS: Planner,
    KEYPOINT_FINDERS: KeypointFinder,
    POLICIES: Policy,
    ENCODERS: CloudEncoder,
    STEP_POLICIES: SmallStepPolicy,
}


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
        ClapError: INVALID_REQUEST, naming the backends that exist, the settings it takes, or the
            class that it must derive from.
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
    made = factory() if wanted is NoSettings else factory(settings or wanted())
    capability = _CAPABILITIES.get(group, object)
    if not isinstance(made, capability):
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the backend '{name}' in {group} is a {type(made).__name__}, no {capability.__name__}",
            f"Derive it from clap_core.backends.{capability.__name__}",
        )
    return made


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
