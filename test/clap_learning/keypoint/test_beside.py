"""Free places beside things, on made-up clouds."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from clap_core.backends import Scene
from clap_core.directions import AXES, is_beside
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import tool_down
from clap_core.grounding import search_step
from clap_core.point_cloud import PointCloud
from clap_core.task_types import Action, Relation, SubTask
from clap_learning.keypoint.answering import Found
from clap_learning.keypoint.backend import LearnedFinder, LearnedFinderSettings
from clap_learning.keypoint.beside import free_place
from clap_learning.keypoint.places import CandidatePlace

REFERENCE = np.array([0.5, 0.0, 0.0])
SIDES = sorted(AXES)


def post(
    x: float, y: float, half: float = 0.03, z_m: tuple[float, float] = (0.012, 0.08)
) -> NDArray[np.float64]:
    """[N, 3] a square post."""
    u = np.arange(-half, half + 1e-6, 0.01)
    grid = np.stack(np.meshgrid(u, u, np.arange(*z_m, 0.01)), axis=-1).reshape(-1, 3)
    return np.asarray(grid + np.array([x, y, 0.0]))


def scene(*things: NDArray[np.float64], table: bool = True) -> PointCloud:
    x, y = np.meshgrid(np.arange(0.2, 0.9, 0.008), np.arange(-0.5, 0.5, 0.008))
    flat = np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)])
    xyz = np.concatenate([*things, *([flat] if table else [])]).astype(np.float32)
    return PointCloud(xyz, np.full(xyz.shape, 128, np.uint8))


@pytest.mark.parametrize("relation", SIDES)
def test_it_lies_on_the_side_that_was_named(relation: Relation) -> None:
    place = free_place(relation, REFERENCE, scene(post(0.5, 0.0)), None)
    assert place is not None
    way = (place - REFERENCE)[:2]
    assert way @ AXES[relation] / np.linalg.norm(way) > np.cos(np.radians(45.0))
    assert 0.08 < np.linalg.norm(way) < 0.16
    assert place[2] == pytest.approx(0.0, abs=0.003)


def test_a_place_that_is_taken_is_not_named() -> None:
    crowd = [post(0.5, 0.12), post(0.5, -0.12), post(0.38, 0.0)]
    place = free_place(Relation.NEXT_TO, REFERENCE, scene(post(0.5, 0.0), *crowd), None)
    assert place is not None
    for thing in crowd:
        assert np.linalg.norm(thing[:, :2] - place[:2], axis=1).min() > 0.06


@pytest.mark.parametrize("x_m", [0.6, 0.4])
def test_beyond_what_touches_a_thing_is_not_next_to_it(x_m: float) -> None:
    touching = post(x_m, 0.0, 0.07)
    place = free_place(Relation.NEXT_TO, REFERENCE, scene(post(0.5, 0.0), touching), None)
    assert place is not None
    assert np.linalg.norm(place - REFERENCE) < 0.13


def test_left_of_may_be_farther_off_than_next_to() -> None:
    behind = [post(0.5 + 0.05 * i, 0.13) for i in range(-4, 5)]
    cloud = scene(post(0.5, 0.0), *behind)
    left = free_place(Relation.LEFT_OF, REFERENCE, cloud, None)
    assert left is not None
    assert left[1] > 0.2
    beside = free_place(Relation.NEXT_TO, REFERENCE, cloud, None)
    assert beside is not None
    assert beside[1] < 0.1


def test_where_everything_is_taken_there_is_none() -> None:
    around = [
        post(0.5 + 0.07 * i, 0.07 * j)
        for i in range(-5, 5)
        for j in range(-5, 6)
        if (i, j) != (0, 0)
    ]
    assert free_place(Relation.NEXT_TO, REFERENCE, scene(post(0.5, 0.0), *around), None) is None


def test_where_no_table_is_seen_there_is_none() -> None:
    cloud = scene(post(0.5, 0.0), post(0.3, 0.3, 0.15, (0.0, 0.004)), table=False)
    assert free_place(Relation.RIGHT_OF, REFERENCE, cloud, None) is None


def test_what_hangs_at_the_hand_is_in_nobodys_way_and_needs_its_room() -> None:
    base_T_tcp = tool_down((0.5, 0.14, 0.25))
    small, large = post(0.5, 0.14, 0.03, (0.15, 0.26)), post(0.5, 0.14, 0.09, (0.15, 0.26))
    gaps = []
    for held in (small, large):
        place = free_place(Relation.LEFT_OF, REFERENCE, scene(post(0.5, 0.0), held), base_T_tcp)
        assert place is not None
        gaps.append(float(np.linalg.norm(place[:2] - REFERENCE[:2])))
    assert gaps[1] > gaps[0] + 0.03


def test_a_tool_is_brought_to_a_thing_and_a_thing_is_set_down_beside_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[SubTask] = []

    def look(_: LearnedFinder, subtask: SubTask, scene: Scene) -> Found:
        asked.append(subtask)
        return Found((CandidatePlace(REFERENCE, 0.9),), 0.1, np.zeros(1))

    monkeypatch.setattr(LearnedFinder, "_look", look)
    finder, seen = LearnedFinder(LearnedFinderSettings()), Scene(scene(post(0.5, 0.0)))
    tool = SubTask(Action.MOVE, "...", "stick", "", Relation.NEXT_TO, "cube")
    thing = SubTask(Action.MOVE, "...", "mug", "", Relation.NEXT_TO, "cube")
    brought, beside = finder.find(tool, seen).keypoint, finder.find(thing, seen).keypoint
    assert brought is not None and beside is not None
    assert asked == [tool, search_step("cube")]
    np.testing.assert_allclose(brought.point, REFERENCE)
    assert np.linalg.norm(beside.point - REFERENCE) > 0.08


def test_where_the_reference_is_not_seen_nothing_is_set_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    absent = Found((CandidatePlace(REFERENCE, 0.9),), 0.9, np.zeros(1))
    monkeypatch.setattr(LearnedFinder, "_look", lambda *_: absent)
    finder = LearnedFinder(LearnedFinderSettings())
    thing = SubTask(Action.MOVE, "...", "mug", "", Relation.NEXT_TO, "cube")
    answer = finder.find(thing, Scene(scene(post(0.5, 0.0))))
    assert answer.keypoint is None and answer.refusal is not None


def test_without_room_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Found((CandidatePlace(np.array([0.9, 0.9, 0.0]), 0.9),), 0.1, np.zeros(1))
    monkeypatch.setattr(LearnedFinder, "_look", lambda *_: found)
    thing = SubTask(Action.MOVE, "...", "mug", "", Relation.NEXT_TO, "cube")
    with pytest.raises(ClapError, match="no free place") as caught:
        LearnedFinder(LearnedFinderSettings()).find(thing, Scene(scene(post(0.5, 0.0))))
    assert caught.value.code is ErrorCode.NO_GRASP


def test_beside_is_said_of_moves_to_a_side_of_something() -> None:
    for relation in (Relation.NEXT_TO, *SIDES):
        assert is_beside(SubTask(Action.MOVE, "...", "mug", "", relation, "plate"))
    assert not is_beside(SubTask(Action.MOVE, "...", "mug", "", Relation.ON, "plate"))
    assert not is_beside(SubTask(Action.MOVE, "...", "red stick", "", Relation.NEXT_TO, "cube"))
    assert not is_beside(SubTask(Action.PUSH, "...", "mug", "", Relation.LEFT_OF, "plate"))
    assert not is_beside(SubTask(Action.MOVE, "...", "mug", "", Relation.LEFT_OF))


def test_beside_something_flat_on_an_empty_table() -> None:
    place = free_place(Relation.BEHIND, REFERENCE, scene(), None)
    assert place is not None
    assert 0.08 < np.linalg.norm(place[:2] - REFERENCE[:2]) < 0.16
