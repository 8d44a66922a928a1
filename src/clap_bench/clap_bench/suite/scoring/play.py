"""Plays one episode with an agent, whatever the agent does."""

from __future__ import annotations

import contextlib
import re
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from clap_bench.suite.agents.agent import Agent, GaveUpError, Insider, Mode, View
from clap_bench.suite.conditions import GEMBENCH, find_conditions
from clap_bench.suite.episode import Episode, EpisodeOverError
from clap_bench.suite.scoring.suites import find_suite
from clap_bench.suite.scoring.video import Film
from clap_core.errors import ClapError

_ADDRESS = re.compile(r"0x[0-9a-f]{6,}")

NOT_DONE = "the agent ended, and the task was not done"
DONE_BEFOREHAND = "the task was done before anything moved"


@dataclass(frozen=True)
class Trial:
    """One episode to play.

    Attributes:
        variation: its name.
        seed: of the episode.
    """

    variation: str
    seed: int


@dataclass(frozen=True)
class TrialResult:
    """How one episode ended. Equal episodes give equal results: no times, no addresses.

    Attributes:
        variation, seed: which episode.
        success: the judge's word.
        key_poses: how many were executed or tried; steps, in a suite of steps.
        reason: why there was no success; empty on success.
        trace: of an unexpected exception; empty otherwise.
    """

    variation: str
    seed: int
    success: bool
    key_poses: int
    reason: str = ""
    trace: str = ""


@dataclass(frozen=True)
class Terms:
    """What all episodes of a scoring have in common.

    Attributes:
        suite, agent: their names.
        mode: what the agent is told.
        conditions: name of the conditions; of a suite of steps its own name: as it is published.
        instruction: replaces the tasks' own wordings unless empty.
        videos: folder for videos of failures; None for none.
        settings: of the agent; None for its defaults.
    """

    suite: str
    agent: str
    mode: Mode = Mode.AUTO
    conditions: str = GEMBENCH.name
    instruction: str = ""
    videos: Path | None = None
    settings: BaseModel | None = None


def play(trial: Trial, agent: Agent | Insider, terms: Terms) -> TrialResult:
    """Play an episode; nothing that goes wrong in it is raised.

    Raises:
        ClapError: INTERNAL if a video could not be written.
    """
    try:
        task = find_suite(terms.suite).task(trial.variation)
        conditions = find_conditions(terms.conditions)
        episode = Episode(task, trial.seed, terms.instruction, conditions)
    except Exception as error:
        return failure(trial, 0, f"the episode could not be set up: {error!r}", trace_of_now())
    if episode.success:
        episode.close()
        return failure(trial, 0, DONE_BEFOREHAND)
    with contextlib.closing(episode), _filmed(episode, trial, terms.videos) as film:
        result = _play(trial, episode, agent, terms.mode)
        if film is not None:
            film.end(keep=not result.success, last_words=result.reason)
    return result


def _play(trial: Trial, episode: Episode, agent: Agent | Insider, mode: Mode) -> TrialResult:
    reason, trace = how_it_ended(
        lambda: (
            agent.play(episode) if isinstance(agent, Insider) else agent.run(View(episode, mode))
        ),
        lambda: f"not done after {episode.key_poses} key poses",
    )
    if episode.success and not trace:
        return TrialResult(trial.variation, trial.seed, True, episode.key_poses)
    failed = episode.failures[-1].error.message if episode.failures else ""
    if failed not in reason:
        reason += f" (last failed key pose: {failed})"
    return failure(trial, episode.key_poses, reason, trace)


def how_it_ended(run: Callable[[], None], at_the_end: Callable[[], str]) -> tuple[str, str]:
    """Let an agent play, whatever it raises.

    Args:
        run: its play.
        at_the_end: the reason where the episode ended before the agent did.

    Returns:
        Why there would be no success, and the trace of an unexpected exception or nothing.
    """
    try:
        run()
    except EpisodeOverError:
        return at_the_end(), ""
    except GaveUpError as error:
        return str(error), ""
    except ClapError as error:
        return f"{error.code.name}: {error.message}", ""
    except (Exception, SystemExit) as error:
        return f"the agent raised {error!r}", trace_of_now()
    return NOT_DONE, ""


@contextlib.contextmanager
def _filmed(episode: Episode, trial: Trial, folder: Path | None) -> Iterator[Film | None]:
    if folder is None:
        yield None
        return
    film = Film(episode, folder / f"{trial.variation}_seed{trial.seed}.mp4")
    try:
        yield film
    finally:
        film.close()


def failure(trial: Trial, key_poses: int, reason: str, trace: str = "") -> TrialResult:
    """The result of an episode that did not succeed."""
    shown = _ADDRESS.sub("0x...", reason)
    return TrialResult(trial.variation, trial.seed, False, key_poses, shown, trace)


def trace_of_now() -> str:
    """The exception under way, without the addresses that differ from run to run."""
    return _ADDRESS.sub("0x...", traceback.format_exc())
