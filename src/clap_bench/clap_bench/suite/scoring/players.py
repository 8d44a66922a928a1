"""What plays a scoring's episodes, of either kind of suite."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from clap_bench.steps.agents import check_step_agent, make_player, step_agents
from clap_bench.steps.playing import StepStage
from clap_bench.suite.agents.agent import AGENTS, check_agent, make_agent
from clap_bench.suite.scoring.play import Terms, Trial, TrialResult, play
from clap_bench.suite.scoring.suites import STEP_SUITES
from clap_core.backends import STEP_POLICIES, available
from clap_core.errors import ClapError, ErrorCode


def make_play(terms: Terms) -> Callable[[Trial], TrialResult]:
    """A function that plays an episode; nothing that goes wrong in it is raised.

    Raises:
        ClapError: the agent cannot be made.
    """
    if terms.suite in STEP_SUITES:
        return StepStage(make_player(terms.agent, terms.settings), terms).play
    return partial(play, agent=make_agent(terms.agent, terms.settings), terms=terms)


def check_agent_of(suite: str, name: str) -> None:
    """Check that there is an agent of that name for that kind of suite, without making it.

    Raises:
        ClapError: INVALID_REQUEST, naming those that there are.
    """
    if suite in STEP_SUITES:
        check_step_agent(name)
    elif name in step_agents() and name not in available(AGENTS):
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the agent '{name}' moves in small steps, and the suite '{suite}' is played by key "
            "poses",
            f"Choose one of: {', '.join(available(AGENTS))}; or --suite {', '.join(STEP_SUITES)}",
        )
    else:
        check_agent(name)


def settings_group(suite: str) -> str:
    """Entry-point group of the agents of a suite that have settings."""
    return STEP_POLICIES if suite in STEP_SUITES else AGENTS
