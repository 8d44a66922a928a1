"""The package metaworld, which is installed on request: found, and of the version known here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from clap_core.errors import ClapError, ErrorCode

VERSION = "3.1.1"
"""The one whose tasks, cameras and experts are known here; the pins name it, too."""

CURE = "./clap setup --with metaworld"

_OF_TASK = "-v3"


@dataclass(frozen=True)
class MetaWorldPackage:
    """What is used of it.

    Attributes:
        make: the environment of a task's full name at a seed; it tells the expert the goal.
        expert: a new scripted expert of a task's full name.
    """

    make: Callable[[str, int], Any]
    expert: Callable[[str], Any]


def full_name(task: str) -> str:
    """A task's name as MetaWorld writes it."""
    return f"{task}{_OF_TASK}"


def check_installed() -> str:
    """The installed version.

    Raises:
        ClapError: INVALID_REQUEST if there is none, or another than the one known here; names the
            command that cures it.
    """
    try:
        found = version("metaworld")
    except PackageNotFoundError as error:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            "the suite 'metaworld' is not set up: its package is not installed",
            f"Run: {CURE}",
        ) from error
    if found != VERSION:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"metaworld {found} is installed, and this suite is of {VERSION}: figures of two "
            "versions must not be compared",
            f"Run: {CURE}",
        )
    return found


def metaworld_package() -> MetaWorldPackage:
    """The package, imported.

    Raises:
        ClapError: see `check_installed`; and if it is there and cannot be imported.
    """
    check_installed()
    try:
        environments = import_module("metaworld.env_dict").ALL_V3_ENVIRONMENTS_GOAL_OBSERVABLE
        experts = import_module("metaworld.policies").ENV_POLICY_MAP
    except ImportError as error:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"metaworld is installed and cannot be imported: {error}",
            f"Run: {CURE}",
        ) from error
    return MetaWorldPackage(
        lambda name, seed: environments[f"{name}-goal-observable"](seed=seed),
        lambda name: experts[name](),
    )
