"""Who plays in small steps: the suite's expert, stand-ins that must fail, and step policies."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from pydantic import BaseModel

from clap_bench.steps.episode import StepEpisode
from clap_bench.suite.agents.agent import AGENTS, imported, unusable
from clap_core.backends import STEP_POLICIES, SmallStepPolicy, available, create
from clap_core.errors import ClapError, ErrorCode

_HOLD = 10
"""Steps for which a random action is kept, so that the hand comes to move about."""


@runtime_checkable
class StepPlayer(Protocol):
    """Plays episodes, one after the other."""

    def play(self, episode: StepEpisode) -> None:
        """Play one.

        Raises:
            EpisodeOverError: of `StepEpisode.step`, passed through.
            ClapError: it ended early, with the reason.
        """
        ...


class StepExpert:
    """The suite's own scripted expert, which knows the truth."""

    def play(self, episode: StepEpisode) -> None:
        """Play to the end."""
        while True:
            episode.step(episode.world.expert())


class StepIdle:
    """Does nothing."""

    def play(self, episode: StepEpisode) -> None:
        """Stay until the episode is over."""
        while True:
            episode.step(np.zeros(len(episode.world.action_names), np.float32))


class StepRandom:
    """Moves about at random."""

    def play(self, episode: StepEpisode) -> None:
        """Move until the episode is over."""
        rng = np.random.default_rng([episode.seed, int.from_bytes(b"agent", "big")])
        while True:
            action = rng.uniform(-1.0, 1.0, len(episode.world.action_names)).astype(np.float32)
            for _ in range(_HOLD):
                episode.step(action)


class PolicyPlayer:
    """Plays with a step policy: a look, then all the steps that it answers.

    Args:
        policy: the policy.
    """

    def __init__(self, policy: SmallStepPolicy) -> None:
        self._policy = policy

    def play(self, episode: StepEpisode) -> None:
        """Look and move until the episode is over."""
        self._policy.reset()
        while True:
            for action in self._policy.act(episode.view()):
                episode.step(action)


_OWN: dict[str, type[StepPlayer]] = {"expert": StepExpert, "idle": StepIdle, "random": StepRandom}


def step_agents() -> tuple[str, ...]:
    """Names of all that play in steps."""
    return tuple(sorted({*_OWN, *available(STEP_POLICIES)}))


def make_player(name: str, settings: BaseModel | None = None) -> StepPlayer:
    """Make one.

    Args:
        name: one of `step_agents`, or ``module:attribute`` of a class or function without
            arguments that makes a `StepPlayer` or a `SmallStepPolicy`.
        settings: of a step policy; None for its defaults.

    Raises:
        ClapError: INVALID_REQUEST when there is none of that name or it cannot be made.
    """
    check_step_agent(name)
    if name in _OWN:
        return _OWN[name]()
    try:
        made = imported(name)() if ":" in name else create(STEP_POLICIES, name, settings)
    except ClapError:
        raise
    except Exception as error:
        raise unusable(name, f"making it failed with {error!r}") from error
    if isinstance(made, SmallStepPolicy):
        return PolicyPlayer(made)
    if isinstance(made, StepPlayer):
        return made
    raise unusable(name, f"a {type(made).__name__} is no SmallStepPolicy and has no play(episode)")


def check_step_agent(name: str) -> None:
    """Check that there is an agent of that name, without making it.

    Raises:
        ClapError: INVALID_REQUEST, naming what is there.
    """
    if ":" in name:
        imported(name)
        return
    if name in step_agents():
        return
    reason = f"there is no agent '{name}'"
    if name in available(AGENTS):
        reason = f"the agent '{name}' moves by key poses, and this suite is played in small steps"
    raise ClapError(
        ErrorCode.INVALID_REQUEST,
        reason,
        f"Choose one of: {', '.join(step_agents())}; or name your own as module:attribute",
    )
