"""The suite's own wordings, and the plans of its authors.

The author's sub-tasks of an episode are what a wording should come to. Where a task's author knows
more than the wording says (on which pad to stack, what colours "the other cups" have), the plan
that the words mean is written in ``templates.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from clap_bench.gembench import suite
from clap_bench.suite.episode import Episode
from clap_cli.planner_score.same_plan import WordlessSubTask, canonical, plan_of_goals
from clap_cli.planner_score.wordings import VALIDATION, Answer, answer
from clap_core.backends import Planner


def templates(planner: Planner, folder: Path) -> Iterator[Answer]:
    """Judge the plans of all wordings of the suite."""
    data = yaml.safe_load((folder / "templates.yaml").read_text())
    for level in suite.LEVELS:
        for variation in suite.variations(level):
            task = suite.task(variation)
            author = _author(variation, data["same"])
            for sentence in task.instructions:
                plan, reason, code = answer(planner, sentence)
                steps = canonical(plan, data["same"])
                wanted = _written(sentence, data) or author
                said = "; ".join(map(str, steps)) or f"{code.name}: {reason}"
                yield Answer(sentence, variation, VALIDATION, steps == wanted, said)


def _author(variation: str, same: dict[str, str]) -> tuple[WordlessSubTask, ...]:
    episode = Episode(suite.task(variation), seed=0)
    try:
        stages = episode.task.stages(episode.truth)
        return canonical((stage.subtask for stage in stages), same)
    finally:
        episode.close()


def _written(
    sentence: str, data: dict[str, list[dict[str, str | list[str]]]]
) -> tuple[WordlessSubTask, ...]:
    """The plan that is written for a sentence; () where the author's holds."""
    for entry in data["instead"]:
        found = re.fullmatch(str(entry["say"]), sentence)
        if found:
            goals = [found.expand(goal) for goal in entry["plan"]]
            return canonical(plan_of_goals(goals), data["same"])  # type: ignore[arg-type]
    return ()
