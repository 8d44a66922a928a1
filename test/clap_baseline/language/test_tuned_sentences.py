"""Every sentence that the grammar was tuned on stays understood, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from clap_baseline.planner import GrammarPlanner
from clap_cli.planner_score.same_plan import canonical, plan_of_goals
from clap_core.errors import ClapError
from clap_core.plan_schema import check_plan

SENTENCES = Path(__file__).parents[2] / "data/language"
PLANNER = GrammarPlanner()


def read(name: str) -> dict[str, Any]:
    """One of the files of sentences."""
    data: dict[str, Any] = yaml.safe_load((SENTENCES / name).read_text(encoding="utf-8"))
    return data


TUNED, REFUSED = read("tuned.yaml"), read("tuned_refused.yaml")


@pytest.mark.parametrize(
    ("sentence", "goals"),
    [(sentence, group["plan"]) for group in TUNED["groups"] for sentence in group["say"]],
)
def test_a_sentence_comes_to_the_plan_that_it_means(sentence: str, goals: list[str]) -> None:
    plan = check_plan(sentence, PLANNER.plan(sentence))
    assert canonical(plan, TUNED["same"]) == canonical(plan_of_goals(goals), TUNED["same"])


@pytest.mark.parametrize(
    ("said", "codes"),
    [(said, group["codes"]) for group in REFUSED["groups"] for said in group["say"]],
)
def test_a_sentence_that_orders_nothing_that_can_be_done_is_refused(
    said: str | dict[str, Any], codes: list[str]
) -> None:
    entry = said if isinstance(said, dict) else {"text": said}
    with pytest.raises(ClapError) as caught:
        PLANNER.plan(entry["text"])
    assert caught.value.code.name in codes
    named = [str(name).lower() in caught.value.reason.lower() for name in entry.get("names", ())]
    assert any(named) or not named
