"""Suites of steps are scored as those of key poses are, and the two are not mixed up."""

from __future__ import annotations

import numpy as np
import pytest
import sliding_suite

from clap_bench.steps.agents import make_player, step_agents
from clap_bench.steps.episode import StepEpisode
from clap_bench.suite.episode import EpisodeOverError
from clap_bench.suite.scoring.play import Terms, Trial, TrialResult
from clap_bench.suite.scoring.players import check_agent_of, make_play
from clap_bench.suite.scoring.report import summary
from clap_bench.suite.scoring.suites import choose, find_listing, find_suite
from clap_core.backends import SmallStepPolicy
from clap_core.errors import ClapError, ErrorCode
from clap_core.step_types import StepObservation


class Ahead(SmallStepPolicy):
    """Three steps ahead at each look, whatever it sees."""

    def __init__(self) -> None:
        self.looks = 0

    def act(self, observation: StepObservation) -> np.ndarray:
        self.looks += 1
        return np.tile(np.array([1.0, -1.0], np.float32), (3, 1))


class Misfit(SmallStepPolicy):
    """Of another robot."""

    def act(self, observation: StepObservation) -> np.ndarray:
        return np.zeros((1, 7), np.float32)


class Broken:
    """Fails unexpectedly."""

    def play(self, episode: StepEpisode) -> None:
        raise ValueError("no idea")


def played(suite: str, agent: str, seed: int = 0) -> TrialResult:
    return make_play(Terms(suite, agent, conditions=suite))(Trial("slide", seed))


def test_the_expert_does_it_and_who_stands_still_does_not(sliding: str) -> None:
    done = played(sliding, "expert")
    assert done.success
    assert 7 <= done.key_poses <= 13  # 8 to 12 cm, a centimetre each
    failed = played(sliding, "idle")
    assert not failed.success
    assert (failed.reason, failed.key_poses) == ("not done after 40 steps", 40)
    assert played(sliding, "random", 1) == played(sliding, "random", 1)


def test_a_policy_looks_once_for_all_steps_that_it_answers(sliding: str) -> None:
    result = played(sliding, "test_step_scoring:Ahead")
    episode = StepEpisode(sliding_suite.world("slide"), 0)
    policy = Ahead()
    with pytest.raises(EpisodeOverError):
        while True:
            for action in policy.act(episode.view()):
                episode.step(action)
    assert result.success == episode.success
    assert policy.looks == -(-episode.steps // 3)


@pytest.mark.parametrize(
    ("agent", "words"),
    [("Misfit", ["INVALID_REQUEST", "x, close", "(7,)"]), ("Broken", ["ValueError", "no idea"])],
)
def test_what_goes_wrong_is_a_failure_with_its_reason(
    sliding: str, agent: str, words: list[str]
) -> None:
    failed = played(sliding, f"test_step_scoring:{agent}")
    assert not failed.success
    assert all(word in failed.reason for word in words), failed.reason


def test_equal_seeds_give_equal_episodes(sliding: str) -> None:
    assert played(sliding, "expert", 3) == played(sliding, "expert", 3)


def test_the_report_has_the_form_of_the_other_suites_with_steps(sliding: str) -> None:
    terms = Terms(sliding, "expert", conditions=sliding)
    trials = [Trial(name, seed) for name in ("slide", "slide-far") for seed in (0, 1)]
    results = [make_play(terms)(trial) for trial in trials]
    told = summary(
        results, trials, terms, title="sliding", level="", episodes=2, seed=0, moves="steps"
    )
    one = told["variations"]["slide-far"]
    assert list(one) == ["success", "ci95", "episodes", "failed_seeds", "steps", "failures"]
    assert (told["success"], one["success"], one["episodes"]) == (1.0, 1.0, 2)
    assert one["steps"] > told["variations"]["slide"]["steps"]


def test_an_agent_of_key_poses_is_refused_on_a_suite_of_steps(sliding: str) -> None:
    with pytest.raises(ClapError, match="'baseline' moves by key poses") as caught:
        check_agent_of(sliding, "baseline")
    assert "expert, idle, random" in caught.value.cure
    with pytest.raises(ClapError, match="no agent 'oracle'"):
        make_player("oracle")


def test_a_step_policy_is_refused_on_a_suite_of_key_poses() -> None:
    assert "step" in step_agents()
    with pytest.raises(ClapError, match="'step' moves in small steps") as caught:
        check_agent_of("gembench", "step")
    assert "--suite metaworld" in caught.value.cure
    with pytest.raises(ClapError, match="played in small steps"):
        find_suite("metaworld")


def test_tasks_are_chosen_by_level_and_by_name(sliding: str) -> None:
    listing = find_listing(sliding)
    assert choose(listing, "all", ()) == ("slide", "slide-far")
    assert choose(listing, "", ("slide-far",)) == ("slide-far",)
    with pytest.raises(ClapError, match="belongs to level far"):
        choose(listing, "near", ("slide-far",))


def test_a_suite_that_is_not_set_up_ends_the_scoring(
    sliding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sliding_suite, "set_up", False)
    with pytest.raises(ClapError, match="not set up"):
        played(sliding, "expert")


def test_a_machine_that_cannot_render_ends_the_scoring_of_a_policy_but_not_an_experts(
    sliding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def blind(world: sliding_suite.SlidingWorld) -> StepObservation:
        raise ClapError(ErrorCode.INTERNAL, "the cameras cannot render", "Install libegl1")

    monkeypatch.setattr(sliding_suite.SlidingWorld, "view", blind)
    assert played(sliding, "expert").success
    with pytest.raises(ClapError, match="cannot render"):
        played(sliding, "test_step_scoring:Ahead")
