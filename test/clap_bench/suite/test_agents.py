"""Agents: what they are told, and that those that must fail do fail."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from sample_agents import Lowering
from simple_suite import Lower

from clap_bench.gembench import suite
from clap_bench.suite.agents.agent import (
    Agent,
    GaveUpError,
    Insider,
    Mode,
    StepAgent,
    View,
    check_agent,
    make_agent,
)
from clap_bench.suite.episode import MAX_KEY_POSES, Episode, EpisodeOverError
from clap_core.errors import ClapError

SEED = 100


def played(agent: str, variation: str, mode: Mode = Mode.AUTO, instruction: str = "") -> Episode:
    """An episode after an agent has played it."""
    episode = Episode(suite.task(variation), SEED, instruction)
    player = make_agent(agent)
    with contextlib.closing(episode), contextlib.suppress(EpisodeOverError, GaveUpError, ClapError):
        if isinstance(player, Insider):
            player.play(episode)
        else:
            player.run(View(episode, mode))
    return episode


@pytest.mark.parametrize(
    ("agent", "variation"),
    [
        ("random", "push_button+0"),
        ("idle", "push_button+0"),
        ("idle", "pick_and_lift+2"),
        ("wrong-object", "push_button+0"),
        ("wrong-object", "pick_and_lift+2"),
    ],
)
def test_who_does_not_do_the_task_is_not_rewarded(agent: str, variation: str) -> None:
    episode = played(agent, variation)
    assert not episode.success
    assert episode.key_poses == MAX_KEY_POSES or agent == "wrong-object"


def test_where_nothing_can_be_mistaken_nothing_is_done() -> None:
    episode = Episode(Lower(0.3), SEED)
    expert = make_agent("wrong-object")
    assert isinstance(expert, Insider)
    with pytest.raises(EpisodeOverError):
        expert.play(episode)
    assert not episode.success
    assert episode.key_poses == MAX_KEY_POSES


def test_the_wrong_object_is_handled_with_skill() -> None:
    episode = played("wrong-object", "push_button+0")
    assert not episode.failures
    assert episode.truth.events
    assert episode.truth.events != ["maroon_button"]


@pytest.mark.parametrize("mode", list(Mode))
def test_the_expert_is_rewarded_in_each_mode(mode: Mode) -> None:
    assert played("expert", "push_button+0", mode).success


def test_the_stack_presses_a_button() -> None:
    assert played("baseline", "push_button+0").success


def test_given_a_plan_and_places_the_stack_needs_no_words() -> None:
    gibberish = "do the thing"
    assert played("baseline", "push_button+0", Mode.GT_ALL, gibberish).success
    assert played("baseline", "push_button+0", Mode.GT_PLAN, gibberish).success
    assert not played("baseline", "push_button+0", Mode.AUTO, gibberish).success


def test_a_view_tells_what_the_mode_allows() -> None:
    episode = Episode(suite.task("push_button+0"), SEED)
    auto, plan, everything = (View(episode, mode) for mode in Mode)
    assert auto.plan == ()
    assert [subtask.text for subtask in plan.plan] == ["push the maroon button"]
    assert plan.hint(0).keypoint_m is None
    cap = everything.hint(0).keypoint_m
    assert cap is not None
    button = episode.truth.position("maroon_button")
    assert np.allclose(cap[:2], button[:2])
    assert cap[2] > button[2]


def test_draws_differ_between_episodes_and_not_between_runs() -> None:
    first, again, other = (View(Episode(Lower(0.3), seed)).rng.random() for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_step_policy_sees_each_look_and_its_failed_key_poses_count() -> None:
    policy = Lowering()
    agent = StepAgent(policy)
    for count in (1, 2):
        episode = Episode(Lower(0.3), SEED)
        with pytest.raises(EpisodeOverError):
            agent.run(View(episode))
        assert episode.success
        assert episode.key_poses == 2
        assert len(episode.failures) == 1
        assert policy.resets == count
        assert [look.key_poses_left for look in policy.seen] == [25, 24]


def test_anybodys_agent_is_found_by_module_and_attribute() -> None:
    assert isinstance(make_agent("sample_agents:Silent"), Agent)
    assert isinstance(make_agent("sample_agents:Lowering"), StepAgent)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nobody", "there is no agent 'nobody'"),
        ("no_such_module:Agent", "No module named 'no_such_module'"),
        ("sample_agents:Nobody", "has no 'Nobody'"),
        ("sample_agents:NOT_AN_AGENT", "not a class or function"),
    ],
)
def test_an_agent_that_is_not_there_is_named(name: str, reason: str) -> None:
    with pytest.raises(ClapError, match=reason):
        check_agent(name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("sample_agents:Unmakeable", "weights"),
        ("sample_agents:Mute", "neither run"),
        ("sample_agents:Cheating", "neither run"),
    ],
)
def test_what_is_no_agent_is_refused(name: str, reason: str) -> None:
    check_agent(name)
    with pytest.raises(ClapError, match=reason):
        make_agent(name)
