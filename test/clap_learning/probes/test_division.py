"""Scenes that show the same objects stay together."""

from __future__ import annotations

import pytest
from probe_scenes import scene

from clap_core.errors import ClapError
from clap_data.scenes import SceneRecord
from clap_learning.probes.division import GROUP, divide

ONE = scene().record


def records(groups: int, tasks: int = 5) -> list[SceneRecord]:
    return [
        ONE.model_copy(
            update={"number": number, "variation": f"task{number // GROUP % tasks}+{number % 3}"}
        )
        for number in range(GROUP * groups)
    ]


def test_no_composition_is_in_two_parts_and_no_scene_is_lost() -> None:
    division = divide(records(35))
    parts = (division.train, division.val, division.test)
    assert sorted(number for part in parts for number in part) == list(range(35 * GROUP))
    groups = [{number // GROUP for number in part} for part in parts]
    assert not (groups[0] & groups[1] or groups[0] & groups[2] or groups[1] & groups[2])
    assert [len(group) for group in groups] == [15, 5, 15]


def test_each_task_teaches_and_is_asked_for() -> None:
    division = divide(records(35))
    for part in (division.train, division.val, division.test):
        assert {number // GROUP % 5 for number in part} == set(range(5))


def test_few_are_of_many_compositions_that_teach() -> None:
    division = divide(records(35), few=12)
    assert len(division.few) == 12
    assert division.few < division.train
    assert len({number // GROUP for number in division.few}) == 12


def test_it_depends_on_nothing_but_the_scenes() -> None:
    assert divide(records(20)) == divide(records(20)[::-1])


def test_too_few_scenes_are_refused_with_the_number_that_will_do() -> None:
    with pytest.raises(ClapError, match=r"6 compositions.*at least 28"):
        divide(records(6))
