"""``clap bench planner``: when plans count as the same, and that wrong ones are counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from clap_cli.__main__ import main
from clap_cli.planner_score.same_plan import canonical, plan_of_goals
from clap_cli.planner_score.wordings import TEST, VALIDATION, half_of, refused, reworded
from clap_core.backends import Planner
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Action, Relation, SubTask

SENTENCES = Path(__file__).parents[1] / "data/language"


def step(action: Action, thing: str, *where: str, part: str = "") -> SubTask:
    """A sub-task in short."""
    relation, reference = where or ("", "")
    return SubTask(action, "words", thing, part, Relation(relation), reference)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (
            [
                step(Action.APPROACH, "red mug"),
                step(Action.GRASP, "red mug"),
                step(Action.MOVE, "red mug", "on", "plate"),
                step(Action.RELEASE, "red mug", "on", "plate"),
            ],
            ["put red mug on plate"],
        ),
        (
            [
                step(Action.GRASP, "fridge door", part="handle"),
                step(Action.OPEN, "fridge door", part="handle"),
                step(Action.RELEASE, "fridge door", part="handle"),
                step(Action.PUSH, "fridge door"),
            ],
            ["open fridge"],
        ),
        ([step(Action.OPEN, "cabinet", part="top drawer")], ["open top drawer"]),
        (
            [
                step(Action.GRASP, "stick", part="grip"),
                step(Action.MOVE, "stick", "next_to", "cube"),
                step(Action.PUSH, "cube", "on", "navy target"),
            ],
            ["drag cube towards navy target with stick"],
        ),
        ([step(Action.PRESS, "lamp", part="switch")], ["press lamp"]),
    ],
)
def test_the_same_plan_in_other_steps(said: list[SubTask], meant: list[str]) -> None:
    assert canonical(said) == canonical(plan_of_goals(meant))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("put red mug on plate", "put red mug in plate"),
        ("put red mug on plate", "put mug on plate"),
        ("open top drawer", "open drawer"),
        ("open drawer", "close drawer"),
        ("press red button", "push red button towards bowl"),
        ("pick mug/handle", "pick mug"),
        ("pick left mug", "pick mug other than left mug"),
    ],
)
def test_other_plans_differ(one: str, other: str) -> None:
    assert canonical(plan_of_goals([one])) != canonical(plan_of_goals([other]))


def test_order_and_number_count() -> None:
    assert canonical(plan_of_goals(["press a", "press b"])) != canonical(
        plan_of_goals(["press b", "press a"])
    )
    assert len(canonical(plan_of_goals(["press a", "press a"]))) == 2


def test_there_are_enough_sentences_and_none_twice() -> None:
    groups = yaml.safe_load((SENTENCES / "reworded.yaml").read_text())["groups"]
    sentences = [sentence for group in groups for sentence in group["say"]]
    assert len(sentences) >= 500
    assert len(set(sentences)) == len(sentences)
    assert {half_of(sentence) for sentence in sentences} == {VALIDATION, TEST}
    refusals = yaml.safe_load((SENTENCES / "refused.yaml").read_text())["groups"]
    assert sum(len(group["say"]) for group in refusals) >= 100


class PressesRed(Planner):
    """Understands nothing, and presses."""

    def plan(self, instruction: str) -> tuple[SubTask, ...]:
        return (SubTask(Action.PRESS, "press the red button", "red button"),)


class Declines(Planner):
    """Understands nothing, and says so without naming anything."""

    def plan(self, instruction: str) -> tuple[SubTask, ...]:
        raise ClapError(ErrorCode.NOT_UNDERSTOOD, "no", "say it in other words")


def test_a_planner_that_understands_nothing_is_found_out() -> None:
    right = [each.sentence for each in reworded(PressesRed(), SENTENCES) if each.right]
    assert "press the red button" in right and len(right) < 20
    assert not any(each.right for each in refused(PressesRed(), SENTENCES))
    assert not any(each.right for each in reworded(Declines(), SENTENCES))
    unnamed = [each for each in refused(Declines(), SENTENCES) if "30 cm" in each.sentence]
    assert unnamed and not unnamed[0].right


def test_prints_shares_with_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "planner", "--json", "--no-suite"]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    low, high = figures["reworded_exact_ci95"]
    assert 0.0 <= low <= figures["reworded_exact"] <= high <= 1.0
    assert figures["median_ms"] > 0.0
