"""The page of sentences says what happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from clap_baseline.planner import GrammarPlanner
from clap_core.errors import ClapError

PAGE = (Path(__file__).parents[3] / "docs/sentences.md").read_text(encoding="utf-8")
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split("|"))
    for line in PAGE.splitlines()
    if line.startswith("| ") and "you say" not in line
]
REFUSED = [row for row in ROWS if row[1].partition(":")[0].isupper()]
UNDERSTOOD = [row for row in ROWS if row not in REFUSED]


def test_both_tables_are_read() -> None:
    assert len(UNDERSTOOD) > 10
    assert len(REFUSED) > 5


@pytest.mark.parametrize(("said", "steps"), UNDERSTOOD)
def test_a_sentence_becomes_the_steps_beside_it(said: str, steps: str) -> None:
    assert "; ".join(step.text for step in GrammarPlanner().plan(said)) == steps


@pytest.mark.parametrize(("said", "answer"), REFUSED)
def test_a_sentence_is_refused_with_the_reason_beside_it(said: str, answer: str) -> None:
    with pytest.raises(ClapError) as caught:
        GrammarPlanner().plan(said)
    code, _, reason = answer.partition(": ")
    assert caught.value.code.name == code
    assert caught.value.reason.startswith(reason)
