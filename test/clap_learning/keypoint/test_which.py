"""Which of several alike a name means."""

from __future__ import annotations

import numpy as np
import pytest

from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud
from clap_core.task_types import Action, Relation, SubTask
from clap_learning.keypoint.places import CandidatePlace
from clap_learning.keypoint.which import Which, choose, plainly, sought, which_of, without


def place(x: float, y: float, z: float = 0.0, probability: float = 0.3) -> CandidatePlace:
    return CandidatePlace(np.array([x, y, z]), probability)


LEFT, MIDDLE, RIGHT = place(0.5, 0.2), place(0.4, 0.0), place(0.6, -0.2)
ROW = (MIDDLE, RIGHT, LEFT)


@pytest.mark.parametrize(
    ("name", "which"),
    [
        ("red mug", Which("red mug")),
        ("any gray block", Which("gray block")),
        ("left mug", Which("mug", "left")),
        ("second red mug from left", Which("red mug", "left", 2)),
        ("third drawer from top", Which("drawer", "top", 3)),
        ("first of 2 cup other than red cup", Which("cup", "near", 1, "red cup")),
        ("gray block other than any gray block", Which("gray block", other_than="any gray block")),
        ("mug put down before", Which("mug", untold="put down before")),
        ("large bowl", Which("bowl", untold="large")),
        ("light bulb", Which("light bulb")),
        ("left", Which("left")),
    ],
)
def test_a_name_is_taken_apart(name: str, which: Which) -> None:
    assert which_of(name) == which


@pytest.mark.parametrize(
    ("name", "chosen"),
    [
        ("left mug", LEFT),
        ("right mug", RIGHT),
        ("near mug", MIDDLE),
        ("far mug", RIGHT),
        ("second mug from left", MIDDLE),
        ("third mug from left", RIGHT),
        ("any mug", MIDDLE),
    ],
)
def test_sides_are_the_robots_own(name: str, chosen: CandidatePlace) -> None:
    assert choose(which_of(name), ROW) is chosen


def test_what_it_is_not_is_left_out_wherever_it_stands() -> None:
    stack = np.array([[0.40, 0.0, 0.0], [0.43, 0.01, 0.2], [0.40, 0.06, 0.0], [0.46, 0.0, 0.0]])
    cloud = PointCloud(stack.astype(np.float32), np.zeros((4, 3), np.uint8), stamp_ns=7)
    left = without(cloud, place(0.41, 0.0, 0.1))
    np.testing.assert_allclose(left.xyz, stack[2:], atol=1e-6)
    assert left.stamp_ns == 7


def test_the_last_one_left_is_the_second_of_two() -> None:
    second = which_of("second of 2 mug other than red mug")
    assert choose(second, (LEFT,)) is LEFT


def test_unlikely_places_are_no_mugs() -> None:
    unlikely = place(0.5, 0.4, probability=0.05)
    assert choose(which_of("left mug"), (*ROW, unlikely)) is LEFT


@pytest.mark.parametrize(
    ("name", "places", "code"),
    [
        ("fourth mug from left", ROW, ErrorCode.OBJECT_NOT_FOUND),
        ("large mug", ROW, ErrorCode.AMBIGUOUS),
        ("mug put down before", ROW, ErrorCode.AMBIGUOUS),
    ],
)
def test_what_cannot_be_told_is_refused(
    name: str, places: tuple[CandidatePlace, ...], code: ErrorCode
) -> None:
    with pytest.raises(ClapError) as caught:
        choose(which_of(name), places)
    assert caught.value.code is code


def test_the_only_one_is_the_large_one_too() -> None:
    assert choose(which_of("large mug"), (LEFT,)) is LEFT


def test_the_network_is_asked_without_these_words() -> None:
    put = SubTask(
        Action.MOVE,
        "move the left mug onto any gray block",
        "left mug",
        relation=Relation.ON,
        reference="any gray block",
    )
    asked = plainly(put)
    assert (asked.text, asked.object, asked.reference) == (
        "move the mug onto gray block",
        "mug",
        "gray block",
    )
    assert sought(put) == "any gray block"


def test_what_is_pushed_towards_something_is_what_is_sought() -> None:
    push = SubTask(Action.PUSH, "push", "left block", "", Relation.TOWARDS, "target")
    assert sought(push) == "left block"
