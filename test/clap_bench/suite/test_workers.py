"""Worker processes: the same results from any number of them, and none lost with one."""

from __future__ import annotations

import multiprocessing

import pytest

from clap_bench.suite.scoring.play import Terms, Trial
from clap_bench.suite.scoring.workers import play_all
from clap_core.errors import ClapError

TRIALS = [Trial(name, seed) for name in ("push_button+0", "push_button+3") for seed in (100, 101)]


def test_a_process_that_dies_costs_its_episode_only() -> None:
    results = list(play_all(TRIALS[:2], Terms("gembench", "sample_agents:Crashing"), 1))
    assert [(result.seed, result.success) for result in results] == [(100, False), (101, False)]
    assert all("exit code 3" in result.reason for result in results)


def test_an_agent_that_cannot_be_made_ends_it() -> None:
    with pytest.raises(ClapError, match="weights"):
        list(play_all(TRIALS, Terms("gembench", "sample_agents:Unmakeable"), 1))
    assert not multiprocessing.active_children()


def test_ending_early_ends_the_processes() -> None:
    played = play_all(TRIALS, Terms("gembench", "expert"), 2)
    next(played)
    assert multiprocessing.active_children()
    played.close()
    assert not multiprocessing.active_children()
