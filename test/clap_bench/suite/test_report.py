"""The figures of a scoring."""

from __future__ import annotations

import json

import pytest

from clap_bench.suite.scoring.play import Terms, Trial, TrialResult
from clap_bench.suite.scoring.report import summary

TERMS = Terms("gembench", "expert")
TRIALS = [Trial(name, seed) for name in ("b+0", "a+1") for seed in (0, 1)]
RESULTS = [
    TrialResult("b+0", 0, True, 2),
    TrialResult("b+0", 1, True, 5),
    TrialResult("a+1", 0, True, 3),
    TrialResult("a+1", 1, False, 25, "the agent raised ValueError()", "Traceback"),
]


def figures(results: list[TrialResult], trials: list[Trial] = TRIALS) -> dict:
    return summary(results, trials, TERMS, title="a port", level="L1", episodes=2, seed=0)


def test_the_mean_is_over_variations() -> None:
    data = figures(RESULTS)
    assert data["success"] == 0.75
    assert data["ci95_method"] == "bootstrap over the tasks"
    assert data["ci95"] == [0.5, 1.0]
    assert list(data["variations"]) == ["b+0", "a+1"]
    assert data["variations"]["b+0"] == {
        "success": 1.0,
        "ci95": [pytest.approx(0.3424, abs=1e-4), 1.0],
        "episodes": 2,
        "failed_seeds": [],
        "key_poses": 3.5,
        "failures": [],
    }
    failed = data["variations"]["a+1"]
    assert (failed["success"], failed["failed_seeds"], failed["key_poses"]) == (0.5, [1], 3.0)
    assert failed["failures"] == [
        {
            "seed": 1,
            "key_poses": 25,
            "reason": "the agent raised ValueError()",
            "trace": "Traceback",
        }
    ]


def test_the_order_in_which_episodes_end_does_not_matter() -> None:
    assert json.dumps(figures(RESULTS)) == json.dumps(figures(RESULTS[::-1]))


def test_variations_of_one_task_fail_together() -> None:
    names = [f"{task}+{number}" for task in "ab" for number in range(3)]
    trials = [Trial(name, 0) for name in names]
    results = [TrialResult(name, 0, name.startswith("a"), 2) for name in names]
    assert figures(results, trials)["ci95"] == [0.0, 1.0]
    alone = figures(results[:3], trials[:3])
    assert alone["ci95_method"] == "bootstrap over the variations"


def test_one_variation_has_its_own_interval() -> None:
    data = figures(RESULTS[2:], TRIALS[2:])
    assert data["ci95_method"] == "Wilson"
    assert data["ci95"] == data["variations"]["a+1"]["ci95"]


def test_nothing_succeeded() -> None:
    data = figures(RESULTS[3:], TRIALS[3:])
    assert data["success"] == 0.0
    assert data["variations"]["a+1"]["key_poses"] is None
