"""What an agent is, what it gets to see, and where to get one by name."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from enum import Enum
from importlib import import_module
from typing import Any, Protocol, runtime_checkable

import numpy as np
from pydantic import BaseModel

from clap_bench.suite.episode import Episode
from clap_bench.suite.keypoints import true_keypoint
from clap_bench.suite.observation import EpisodeObservation, Hint
from clap_core.backends import available, create
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import KeyAction, SubTask

AGENTS = "clap.agents"
"""Entry-point group of agents; see ``clap_core.backends``."""


class Mode(str, Enum):
    """What an agent is told beside the instruction."""

    AUTO = "auto"
    """Nothing."""

    GT_PLAN = "gt-plan"
    """The sub-tasks, as the task's author cuts it."""

    GT_ALL = "gt-all"
    """The sub-tasks, and where each of them happens."""


class GaveUpError(Exception):
    """An agent ends an episode early and says why."""


class View:
    """An episode as an agent sees it: what a real robot would know, and the mode's hints.

    Args:
        episode: the episode.
        mode: what is told.

    Attributes:
        instruction: what the person says.
        mode: what is told.
        plan: the sub-tasks; empty in mode auto.
        rng: for agents that draw. It depends on the episode, and tells nothing of it.
    """

    def __init__(self, episode: Episode, mode: Mode = Mode.AUTO) -> None:
        self._episode = episode
        self._stages = () if mode is Mode.AUTO else episode.task.stages(episode.truth)
        self.instruction = episode.instruction
        self.mode = mode
        self.plan: tuple[SubTask, ...] = tuple(stage.subtask for stage in self._stages)
        self.rng = np.random.default_rng([episode.seed, int.from_bytes(b"agent", "big")])

    @property
    def now_ns(self) -> int:
        """Time on the robot's clock, which stamps the pictures."""
        return round(self._episode.world.data.time * 1e9)

    def observe(self) -> EpisodeObservation:
        """What the cameras and joints tell now."""
        return self._episode.observe()

    def execute(self, action: KeyAction) -> None:
        """Bring the robot to a key pose; it is at rest on return.

        Raises:
            EpisodeOverError: the episode has ended; let it pass through.
            ClapError: the key pose failed, UNREACHABLE for instance. It counts, and the episode
                goes on.
        """
        self._episode.execute(action)

    def hint(self, index: int) -> Hint:
        """A sub-task of `plan`; with the point where it happens in mode gt-all.

        The point is where the thing is now, so ask when the sub-task begins.
        """
        point = None
        if self.mode is Mode.GT_ALL:
            point = true_keypoint(self._stages, index, self._episode.truth)
        return Hint(self.plan[index], point)


@runtime_checkable
class Agent(Protocol):
    """Plays episodes. One agent plays many, one after the other, and keeps nothing between them."""

    def run(self, view: View) -> None:
        """Play one episode; return when nothing more is to be done.

        Raises:
            EpisodeOverError: of `view.execute`, passed through.
            GaveUpError, ClapError: it ended early, with the reason.
        """
        ...


@runtime_checkable
class Insider(Protocol):
    """Plays episodes knowing the truth: the expert, and stand-ins that test the judge."""

    def play(self, episode: Episode) -> None:
        """Play one episode; raises like `Agent.run`."""
        ...


@runtime_checkable
class StepPolicy(Protocol):
    """Answers each look with the next key pose. A method `reset()`, if it has one, is called
    before each episode."""

    def act(self, observation: EpisodeObservation) -> KeyAction:
        """The next key pose."""
        ...


class StepAgent:
    """Makes an agent of a step policy. Key poses that fail are passed over.

    Args:
        policy: the policy.
    """

    def __init__(self, policy: StepPolicy) -> None:
        self._policy = policy

    def run(self, view: View) -> None:
        """Look and act until the episode is over."""
        reset = getattr(self._policy, "reset", None)
        if reset is not None:
            reset()
        while True:
            action = self._policy.act(view.observe())
            with contextlib.suppress(ClapError):
                view.execute(action)


def make_agent(name: str, settings: BaseModel | None = None) -> Agent | Insider:
    """Make an agent.

    Args:
        name: one of the entry-point group `AGENTS`, or ``module:attribute`` of anything
            importable: a class or function without arguments that makes an `Agent` or a
            `StepPolicy`. An `Insider` must be installed under a name.
        settings: of an installed one, see ``clap_core.backends.create``; None for its defaults.

    Raises:
        ClapError: INVALID_REQUEST when there is none of that name or it cannot be made.
    """
    try:
        made = imported(name)() if ":" in name else create(AGENTS, name, settings)
    except ClapError:
        raise
    except Exception as error:
        raise unusable(name, f"making it failed with {error!r}") from error
    if ":" not in name and isinstance(made, Insider):
        return made
    if isinstance(made, Agent):
        return made
    if isinstance(made, StepPolicy):
        return StepAgent(made)
    raise unusable(name, f"a {type(made).__name__} has neither run(view) nor act(observation)")


def check_agent(name: str) -> None:
    """Check that there is an agent of that name, without making it.

    Raises:
        ClapError: INVALID_REQUEST, naming what is there.
    """
    if ":" in name:
        imported(name)
    elif name not in available(AGENTS):
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"there is no agent '{name}'",
            f"Choose one of: {', '.join(available(AGENTS))}; or name your own as module:attribute",
        )


def imported(name: str) -> Callable[[], Any]:
    """What ``module:attribute`` names.

    Raises:
        ClapError: INVALID_REQUEST if it cannot be imported or called.
    """
    module_name, _, attribute = name.partition(":")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        module = import_module(module_name)
    except Exception as error:
        raise unusable(name, f"importing {module_name!r} failed with {error!r}") from error
    maker = getattr(module, attribute, None)
    if maker is None:
        raise unusable(name, f"the module {module_name!r} has no {attribute!r}")
    if not callable(maker):
        raise unusable(name, f"{attribute!r} is a {type(maker).__name__}, not a class or function")
    return maker  # type: ignore[no-any-return]


def unusable(name: str, reason: str) -> ClapError:
    """To be raised where what a name stands for is no agent."""
    return ClapError(
        ErrorCode.INVALID_REQUEST,
        f"the agent '{name}' cannot be used: {reason}",
        "Name it as module:attribute, the module in the current folder or installed; "
        "CONTRIBUTING.md tells what it needs",
    )
