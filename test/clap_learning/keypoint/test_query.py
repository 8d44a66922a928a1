"""What a sub-task asks of the network."""

import numpy as np

from clap_core.task_types import Action, Relation, SubTask
from clap_learning.keypoint.colours import lexicon
from clap_learning.keypoint.query import KINDS, Slot, query_of


def test_colours_are_taken_out_of_each_slot() -> None:
    query = query_of(
        SubTask(
            Action.MOVE,
            "move the red mug onto the blue pad",
            "red mug",
            "",
            Relation.ON,
            "blue pad",
        )
    )
    assert query.texts == ("move the mug onto the pad", "mug", "", "pad")
    assert query.colours(Slot.OBJECT) == (lexicon()["red"],)
    assert query.colours(Slot.REFERENCE) == (lexicon()["blue"],)
    assert query.turns


def test_which_one_is_told_apart_from_what() -> None:
    drawers = [
        query_of(SubTask(Action.OPEN, "...", f"{which} drawer", "handle")).kinds
        for which in ("top", "middle", "bottom")
    ]
    assert all(kinds.shape == (KINDS,) and kinds.sum() == 3.0 for kinds in drawers)
    assert not np.array_equal(drawers[0], drawers[2])


def test_left_does_not_turn_with_the_scene() -> None:
    left = SubTask(Action.MOVE, "...", "mug", "", Relation.LEFT_OF, "plate")
    assert not query_of(left).turns
    assert not query_of(SubTask(Action.GRASP, "...", "left shoe")).turns


def test_a_door_that_is_pushed_shut_has_no_mirrored_answer() -> None:
    shut = query_of(SubTask(Action.CLOSE, "push the door shut", "door"))
    assert shut.turns and not shut.mirrors
    assert query_of(SubTask(Action.GRASP, "grasp the mug", "mug")).mirrors
    assert not query_of(SubTask(Action.GRASP, "grasp the left mug", "left mug")).mirrors
