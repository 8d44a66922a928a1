"""What the planner refuses whatever the words around it are."""

import pytest

from clap_baseline.planner import GrammarPlanner
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Action


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("pick up the table", "table"),
        ("please push the table towards the bowl", "table"),
        ("move the fridge onto the plate", "fridge"),
        ("put the robot in the box", "robot"),
        ("put the mug on the robot arm", "robot arm"),
        ("put the mug on the gripper", "gripper"),
        ("pick up yourself", "yourself"),
        ("press the red emergency stop button", "emergency stop button"),
        ("touch the camera", "camera"),
        ("put the mug into the fire", "fire"),
        ("put the mug in the box, then lift the kitchen knife", "kitchen knife"),
        ("push the block towards the power socket", "socket"),
        ("close the mug", "mug"),
        ("open the plate", "plate"),
        ("open the drawer and the plate", "plate"),
    ],
)
def test_what_the_arm_keeps_its_fingers_off(sentence: str, word: str) -> None:
    with pytest.raises(ClapError) as caught:
        GrammarPlanner().plan(sentence)
    assert caught.value.code is ErrorCode.IMPOSSIBLE
    assert word in caught.value.reason


@pytest.mark.parametrize("name", ["something", "the thing", "anything", "the object"])
def test_what_names_nothing_is_asked_back(name: str) -> None:
    with pytest.raises(ClapError) as caught:
        GrammarPlanner().plan(f"pick up {name}")
    assert caught.value.code is ErrorCode.NOT_UNDERSTOOD
    assert name.split()[-1] in caught.value.reason


@pytest.mark.parametrize(
    ("sentence", "action", "name"),
    [
        ("put the mug on the table", Action.MOVE, "mug"),
        ("push the fridge door shut", Action.CLOSE, "fridge door"),
        ("open the fridge", Action.OPEN, "fridge"),
        ("press the red button", Action.PRESS, "red button"),
        ("open the hand", Action.RELEASE, ""),
        ("pick up the red object", Action.GRASP, "red object"),
        ("open the drawer of the table", Action.OPEN, "table"),
    ],
)
def test_what_only_sounds_like_it_is_done(sentence: str, action: Action, name: str) -> None:
    plan = GrammarPlanner().plan(sentence)
    assert any(step.action is action and step.object == name for step in plan), plan
