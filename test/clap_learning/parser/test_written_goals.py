"""Goals, their lines and their plain sentences."""

import pytest

from clap_baseline.planner import GrammarPlanner
from clap_cli.planner_score.same_plan import canonical, plan_of_goals
from clap_core.task_types import Relation
from clap_learning.parser.goals import Goal, sentence_of

LINES = [
    "pick red mug",
    "put red mug next_to plate",
    "put fork left_of plate",
    "put knife right_of plate",
    "put second mug from left in_front_of blue bowl",
    "put left block behind box",
    "put money on bottom shelf of safe",
    "put tape measure in tray",
    "press red button",
    "open top drawer",
    "close laptop",
    "push block towards bowl",
    "drag cube towards blue target with stick",
    "screw white bulb in lamp",
    "screw lid on jar",
]


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_read_and_written(line: str) -> None:
    assert str(Goal.of(line)) == line


def test_a_line_with_a_tool() -> None:
    goal = Goal.of("drag old coin towards red tray with long ruler")
    assert goal == Goal("drag", "old coin", Relation.TOWARDS, "red tray", "long ruler")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "pick",
        "fly mug",
        "put mug",
        "push block on bowl",
        "drag cube towards target",
        "press a in b",
    ],
)
def test_what_is_no_goal(line: str) -> None:
    with pytest.raises(ValueError, match="goal"):
        Goal.of(line)


@pytest.mark.parametrize("line", LINES)
def test_the_grammar_understands_the_plain_sentence_as_the_goal(line: str) -> None:
    plan = GrammarPlanner().plan(sentence_of([Goal.of(line)]))
    assert canonical(plan) == canonical(plan_of_goals([line]))


def test_several_goals_are_one_plain_sentence() -> None:
    lines = ["open top drawer", "put red mug in top drawer", "close top drawer", "press bell"]
    said = sentence_of(Goal.of(line) for line in lines)
    assert said == (
        "open the top drawer, then put the red mug in the top drawer, then close the top drawer, "
        "then press the bell"
    )
    assert canonical(GrammarPlanner().plan(said)) == canonical(plan_of_goals(lines))


def test_picked_up_and_let_go() -> None:
    lines = ["pick red mug", "release red mug"]
    plan = GrammarPlanner().plan(sentence_of(Goal.of(line) for line in lines))
    assert canonical(plan) == canonical(plan_of_goals(lines))
