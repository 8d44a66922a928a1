"""Which sub-tasks happen at the hand, and what a plan says that the hand holds."""

from __future__ import annotations

import pytest

from clap_core.keypoint_convention import happens_at_hand, held_before
from clap_core.task_types import Action, Relation, SubTask

MUG, PLATE = "red mug", "blue plate"
GRASP = SubTask(Action.GRASP, "grasp the red mug", MUG)
ON_PLATE = SubTask(Action.MOVE, "onto the plate", MUG, relation=Relation.ON, reference=PLATE)
RELEASE = SubTask(Action.RELEASE, "let go", MUG)


@pytest.mark.parametrize(
    ("subtask", "held", "at_hand"),
    [
        (RELEASE, MUG, True),
        (SubTask(Action.RELEASE, "open the hand"), "", True),
        (SubTask(Action.MOVE, "lift it", "Red mug", relation=Relation.UP), MUG, True),
        (SubTask(Action.TURN, "turn the lid", "lid"), "lid", True),
        (SubTask(Action.OPEN, "open it", "top drawer", "handle"), "top drawer", True),
        (SubTask(Action.OPEN, "open it", "top drawer", "handle"), "", False),
        (SubTask(Action.PRESS, "press it", "button"), "", False),
        (SubTask(Action.PUSH, "push it", "cube"), "stick", False),
        (ON_PLATE, MUG, False),
        (GRASP, "", False),
        (GRASP, MUG, False),
    ],
)
def test_what_is_done_with_what_is_held_happens_at_the_hand(
    subtask: SubTask, held: str, at_hand: bool
) -> None:
    assert happens_at_hand(subtask, held) is at_hand


def test_a_plan_says_what_the_hand_holds() -> None:
    plan = (GRASP, ON_PLATE, RELEASE, GRASP)
    assert [held_before(plan, index) for index in range(5)] == ["", MUG, MUG, "", MUG]
    assert held_before(plan, 0, "can") == "can"
