"""Where sub-tasks happen, and what is said when that is not clear."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from synthetic_table import Table

from clap_baseline.keypoint import GeometricKeypointFinder
from clap_baseline.object_words import understand
from clap_core.backends import KEYPOINT_FINDERS, Scene, create
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import tool_down
from clap_core.task_types import Action, Keypoint, Relation, SubTask

HANDLE = np.array([0.42 + 0.072 * np.cos(1.0), 0.15 + 0.072 * np.sin(1.0), 0.046])


@cache
def scene() -> Scene:
    table = Table()
    table.mug("red", 0.42, 0.15, 1.0)
    table.plate("white", 0.60, -0.15)
    table.bowl("blue", 0.45, -0.30)
    table.block("gray", 0.50, 0.00, 0.5)
    table.block("gray", 0.38, 0.00, 0.1)
    table.button("maroon", 0.35, -0.12)
    return Scene(table.cloud(), tool_down([0.30, 0.10, 0.45]), 0.08)


def find(action: Action, phrase: str = "", part: str = "", **more: object) -> Keypoint:
    subtask = SubTask(action, "test", phrase, part, **more)  # type: ignore[arg-type]
    return GeometricKeypointFinder().find(subtask, scene()).require()


def failure(action: Action, phrase: str, part: str = "") -> ClapError:
    with pytest.raises(ClapError) as error:
        find(action, phrase, part)
    return error.value


def test_it_is_the_baseline_backend() -> None:
    assert isinstance(create(KEYPOINT_FINDERS, "baseline"), GeometricKeypointFinder)


def test_a_mug_is_grasped_by_its_handle() -> None:
    keypoint = find(Action.GRASP, "red mug")
    assert keypoint.label == "red mug handle"
    assert np.linalg.norm(keypoint.point - HANDLE) < 0.008
    assert keypoint.stamp_ns == scene().cloud.stamp_ns


def test_the_same_mug_is_pushed_at_the_side_away_from_the_goal() -> None:
    keypoint = find(Action.PUSH, "red mug", relation=Relation.TOWARDS, reference="plate")
    goal, center = np.array([0.60, -0.15]), np.array([0.42, 0.15])
    away = keypoint.point[:2] - center
    assert away @ (goal - center) < 0
    assert 0.03 < np.hypot(*away) < 0.06


@pytest.mark.parametrize("part", ["rim", "side"])
def test_a_part_that_was_named_is_used(part: str) -> None:
    keypoint = find(Action.GRASP, "cup", part)
    assert keypoint.label == f"red mug {part}"
    assert np.hypot(*(keypoint.point[:2] - [0.42, 0.15])) == pytest.approx(0.04, abs=0.006)


def test_a_place_is_the_references_centre() -> None:
    keypoint = find(Action.MOVE, "red mug", relation=Relation.ON, reference="plate")
    np.testing.assert_allclose(keypoint.point, [0.60, -0.15, 0.006], atol=0.004)


def test_a_button_is_pressed_on_its_cap() -> None:
    keypoint = find(Action.PRESS, "red button")
    np.testing.assert_allclose(keypoint.point, [0.35, -0.12, 0.045], atol=0.004)


def test_release_happens_below_the_gripper() -> None:
    np.testing.assert_allclose(find(Action.RELEASE, "red mug").point, [0.30, 0.10, 0.0], atol=0.01)


@pytest.mark.parametrize("phrase", ["spoon", "blue mug", "green block"])
def test_what_is_not_there_is_not_found(phrase: str) -> None:
    error = failure(Action.GRASP, phrase)
    assert error.code is ErrorCode.OBJECT_NOT_FOUND
    assert phrase in error.message
    assert "red mug at (0.42, 0.15)" in error.seen


def test_two_that_fit_are_ambiguous() -> None:
    error = failure(Action.GRASP, "gray block")
    assert error.code is ErrorCode.AMBIGUOUS
    assert sum(name.startswith("gray block") for name in error.seen) == 2


@pytest.mark.parametrize(
    ("phrase", "x"),
    [("any gray block", 0.38), ("nearest gray block", 0.38), ("far grey block", 0.50)],
)
def test_words_choose_among_several(phrase: str, x: float) -> None:
    assert find(Action.GRASP, phrase).point[0] == pytest.approx(x, abs=0.005)


def test_an_unknown_noun_goes_by_its_colour() -> None:
    assert find(Action.GRASP, "blue basket").label.startswith("blue bowl")


def test_it_is_deterministic() -> None:
    first, second = (find(Action.GRASP, "red mug") for _ in range(2))
    np.testing.assert_array_equal(first.point, second.point)


def test_everything_that_is_seen_is_listed_once() -> None:
    release = SubTask(Action.RELEASE, "release")
    seen = GeometricKeypointFinder().find(release, scene()).seen
    names = [label.split(" at ")[0] for label in seen]
    assert sorted(names) == [
        "blue bowl",
        "gray block",
        "gray block",
        "maroon button",
        "red mug",
        "white plate",
    ]


def test_words_are_understood() -> None:
    words = understand("second gray cube from left other than any gray cube")
    assert (words.colours, words.kind, words.other_than) == (("gray",), "block", "any gray cube")
    assert (words.ordinal, words.side) == (2, "left")
    assert understand("burgundy mug").colours == understand("dark red mug").colours == ("maroon",)
    assert understand("light green mug").untold == ("light green",)
    assert understand("soup can").untold == ("soup",)
    assert understand("object").is_known and not understand("spoon").is_known


def test_an_answer_tells_what_else_was_considered_and_how_sure_it_is() -> None:
    finder, looked = GeometricKeypointFinder(), scene()
    sure = finder.find(SubTask(Action.GRASP, "", "red mug"), looked)
    forgiven = finder.find(SubTask(Action.GRASP, "", "red teapot"), looked)

    assert sure.require().label == forgiven.require().label == "red mug handle"
    assert sure.absent < 0.2 < forgiven.absent
    assert sure.require().confidence > 1.5 * forgiven.require().confidence
    assert [each.label for each in sure.candidates] == ["red mug handle"]


def test_what_is_not_there_or_not_clear_is_answered_with_the_reason() -> None:
    finder, looked = GeometricKeypointFinder(), scene()
    missing = finder.find(SubTask(Action.GRASP, "", "green can"), looked)
    unclear = finder.find(SubTask(Action.GRASP, "", "gray block"), looked)

    assert missing.keypoint is None and missing.absent == 1.0 and not missing.candidates
    with pytest.raises(ClapError, match="no 'green can' is seen") as refused:
        missing.require()
    assert refused.value.code is ErrorCode.OBJECT_NOT_FOUND
    assert unclear.refusal is not None and unclear.refusal.code is ErrorCode.AMBIGUOUS
    assert len(unclear.candidates) == 2 and unclear.absent < 0.2


@pytest.mark.parametrize(
    ("phrase", "relation", "reference", "so"),
    [
        ("gray block", Relation.NEXT_TO, "red mug", True),
        ("red mug", Relation.NEXT_TO, "gray block", True),
        ("gray block", Relation.RIGHT_OF, "red mug", True),
        ("gray block", Relation.LEFT_OF, "red mug", False),
        ("gray block", Relation.NEXT_TO, "white plate", False),  # too far
        ("gray block", Relation.ON, "red mug", False),
        ("gray block", Relation.NEXT_TO, "gray block", False),
        ("green block", Relation.NEXT_TO, "red mug", False),  # not there
    ],
)
def test_what_stands_beside_what_is_told(
    phrase: str, relation: Relation, reference: str, so: bool
) -> None:
    table = Table()
    table.mug("red", 0.45, 0.15, 1.0)
    table.block("gray", 0.45, 0.05, 0.0)
    table.plate("white", 0.60, -0.25)
    look = Scene(table.cloud(), tool_down([0.30, 0.10, 0.45]), 0.08)
    move = SubTask(Action.MOVE, "test", phrase, "", relation, reference)
    assert GeometricKeypointFinder().find(move, look).done == float(so)


def test_only_moves_can_be_done_already() -> None:
    assert (
        GeometricKeypointFinder().find(SubTask(Action.GRASP, "test", "red mug"), scene()).done == 0
    )
