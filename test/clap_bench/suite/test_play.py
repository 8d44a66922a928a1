"""One episode, whatever the agent does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import pytest

from clap_bench.suite.agents.agent import make_agent
from clap_bench.suite.scoring.play import DONE_BEFOREHAND, NOT_DONE, Terms, Trial, TrialResult, play
from clap_core.errors import ClapError

TRIAL = Trial("lower+0", 100)


def result_of(
    agent: str, suite: str, trial: Trial = TRIAL, videos: Path | None = None
) -> TrialResult:
    return play(trial, make_agent(agent), Terms(suite, agent, videos=videos))


def test_a_success(simple: str) -> None:
    assert result_of("expert", simple) == TrialResult("lower+0", 100, True, 1)


def test_an_exception_is_a_failure_with_its_trace(simple: str) -> None:
    result = result_of("sample_agents:Raising", simple)
    assert not result.success
    assert "no idea what to do" in result.reason
    assert "sample_agents.py" in result.trace
    assert "0x..." in result.trace  # addresses would differ from run to run
    assert result == result_of("sample_agents:Raising", simple)


def test_leaving_the_program_is_a_failure(simple: str) -> None:
    assert "SystemExit" in result_of("sample_agents:Exiting", simple).trace


def test_an_exception_after_success_is_a_failure(simple: str) -> None:
    result = result_of("sample_agents:SwallowingThenRaising", simple)
    assert not result.success
    assert "broke at the end" in result.reason


@pytest.mark.parametrize(
    ("agent", "reason"), [("GivingUp", "I see no button"), ("Silent", NOT_DONE)]
)
def test_an_early_end_is_a_failure_with_its_reason(simple: str, agent: str, reason: str) -> None:
    result = result_of(f"sample_agents:{agent}", simple)
    assert (result.success, result.reason, result.trace) == (False, reason, "")


def test_key_poses_used_up_are_told(simple: str) -> None:
    result = result_of("idle", simple)
    assert (result.key_poses, result.reason) == (25, "not done after 25 key poses")


def test_what_is_done_beforehand_is_nobodys_success(simple: str) -> None:
    result = result_of("expert", simple, Trial("done+0", 100))
    assert (result.success, result.reason) == (False, DONE_BEFOREHAND)


def test_an_episode_that_cannot_be_set_up_is_a_failure(simple: str) -> None:
    result = result_of("expert", simple, Trial("broken+0", 100))
    assert not result.success
    assert "below the table" in result.reason
    assert "ValueError" in result.trace


def test_an_instruction_by_hand_reaches_the_agent(simple: str) -> None:
    heard = []

    class Listening:
        def run(self, view: object) -> None:
            heard.append(view.instruction)  # type: ignore[attr-defined]

    for words in ("", "down with it"):
        play(TRIAL, Listening(), Terms(simple, "", instruction=words))
    assert heard == ["lower the hand", "down with it"]


def test_a_failure_is_filmed_and_a_success_is_not(simple: str, tmp_path: Path) -> None:
    folder = tmp_path / "videos"
    success = result_of("expert", simple, videos=folder)
    failure = result_of("idle", simple, replace(TRIAL, seed=101), folder)
    assert [path.name for path in folder.iterdir()] == ["lower+0_seed101.mp4"]
    with av.open(str(folder / "lower+0_seed101.mp4")) as film:
        assert sum(1 for _ in film.decode(video=0)) > 15
    assert success == result_of("expert", simple)
    assert failure == result_of("idle", simple, replace(TRIAL, seed=101))


def test_a_film_that_cannot_be_written_is_no_failure_of_the_agent(
    simple: str, tmp_path: Path
) -> None:
    (tmp_path / "videos").write_text("in the way")
    with pytest.raises(ClapError, match="videos"):
        result_of("expert", simple, videos=tmp_path / "videos")
