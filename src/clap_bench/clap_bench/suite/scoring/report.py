"""From episodes to the figures of a scoring."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from clap_bench.suite.scoring.play import Terms, Trial, TrialResult
from clap_bench.suite.scoring.statistics import DIGITS, bootstrap, wilson

OVER_TASKS = "bootstrap over the tasks"
OVER_VARIATIONS = "bootstrap over the variations"
OVER_EPISODES = "Wilson"


def summary(
    results: Iterable[TrialResult],
    trials: Sequence[Trial],
    terms: Terms,
    *,
    title: str,
    level: str,
    episodes: int,
    seed: int,
    moves: str = "key_poses",
) -> dict[str, Any]:
    """The figures of a scoring; equal results give an equal summary, in whatever order they came.

    Args:
        results: one for each trial.
        trials: what was to be played; their order is the order of the variations.
        terms: what was played.
        title: what the results are results on.
        level: that was asked for; empty, and None in the summary: variations were named.
        episodes: of each variation.
        seed: of the first episode of each.
        moves: what an agent's moves are called: ``key_poses`` or ``steps``.

    Returns:
        ``suite, agent, settings, level, mode, conditions, instruction, episodes, seed, success,
        ci95, ci95_method, variations``. `success` is the mean over variations; each of these has
        ``success, ci95, episodes, failed_seeds, key_poses, failures``, where key_poses (or what
        `moves` says) is the
        mean of the episodes that succeeded, None without any. instruction is None where each task
        had its own.
    """
    places = {trial: place for place, trial in enumerate(trials)}
    ordered = sorted(results, key=lambda result: places[Trial(result.variation, result.seed)])
    by_name: dict[str, list[TrialResult]] = {}
    for result in ordered:
        by_name.setdefault(result.variation, []).append(result)
    variations = {name: _variation(group, moves) for name, group in by_name.items()}
    rates = {name: _rate(group) for name, group in by_name.items()}
    if len(rates) == 1:
        whole, method = next(iter(variations.values()))["ci95"], OVER_EPISODES
    else:
        whole, method = interval(rates)
    return {
        "suite": title,
        "agent": terms.agent,
        "settings": terms.settings.model_dump(exclude_defaults=True) if terms.settings else {},
        "level": level or None,
        "mode": terms.mode.value,
        "conditions": terms.conditions,
        "instruction": terms.instruction or None,
        "episodes": episodes,
        "seed": seed,
        "success": round(sum(rates.values()) / len(rates), DIGITS),
        "ci95": whole,
        "ci95_method": method,
        "variations": variations,
    }


def interval(rates: Mapping[str, float]) -> tuple[list[float], str]:
    """Interval of the mean and how it was found: over tasks, or over one task's variations.

    Args:
        rates: of variations, by their names.
    """
    tasks: dict[str, list[float]] = {}
    for name, rate in rates.items():
        tasks.setdefault(name.partition("+")[0], []).append(rate)
    if len(tasks) > 1:
        return list(bootstrap(list(tasks.values()))), OVER_TASKS
    return list(bootstrap([[rate] for rate in rates.values()])), OVER_VARIATIONS


def _variation(results: Sequence[TrialResult], moves: str) -> dict[str, Any]:
    good = [result for result in results if result.success]
    bad = [result for result in results if not result.success]
    return {
        "success": round(_rate(results), DIGITS),
        "ci95": list(wilson(len(good), len(results))),
        "episodes": len(results),
        "failed_seeds": [result.seed for result in bad],
        moves: round(sum(r.key_poses for r in good) / len(good), 2) if good else None,
        "failures": [_failure(result, moves) for result in bad],
    }


def _failure(result: TrialResult, moves: str) -> dict[str, Any]:
    told = {"seed": result.seed, moves: result.key_poses, "reason": result.reason}
    return {**told, "trace": result.trace} if result.trace else told


def _rate(results: Sequence[TrialResult]) -> float:
    return sum(result.success for result in results) / len(results)
