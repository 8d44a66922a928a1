"""What was shown is found again, elsewhere, turned, and among other things."""

import numpy as np
import pytest
from taught_things import BLUE, GREEN, HAND_HOME, RED, TAKE, demonstration, hook, jar, table_with

from clap_core.task_types import Action, SubTask
from clap_learning.skills.as_shown import find_again, is_asked, is_same_step

SHOWN = [step for at, yaw in (((0.5, 0.1), 0.3), ((0.42, -0.1), -0.4))
         for step in demonstration(at, yaw).steps]  # fmt: skip


@pytest.mark.parametrize(("at", "yaw"), [((0.55, -0.15), 0.0), ((0.40, 0.20), 1.2)])
def test_it_is_found_where_it_is_now(at: tuple[float, float], yaw: float) -> None:
    cloud = table_with(jar((0.55, 0.1)), hook(at, yaw), jar((0.38, -0.05), BLUE))
    found = find_again(SHOWN, cloud, HAND_HOME)
    assert found[0].point_m == pytest.approx((*at, 0.0), abs=0.008)
    assert found[0].likeness > 0.6


def test_colours_tell_things_of_one_shape_apart() -> None:
    cloud = table_with(hook((0.55, -0.15), 0.3, BLUE), hook((0.45, 0.2), -0.4, RED))
    first, *others = find_again(SHOWN, cloud, HAND_HOME)
    assert first.point_m == pytest.approx((0.45, 0.2, 0.0), abs=0.008)
    assert max(one.likeness for one in others) < 0.8 * first.likeness


def test_colours_that_differed_from_one_to_the_next_tell_nothing() -> None:
    """A hook of a third colour is as good as any."""
    cloud = table_with(hook((0.45, 0.2), -0.4, GREEN), jar((0.55, -0.1), RED))
    alike, *_ = find_again(SHOWN, cloud, HAND_HOME)
    varied = [*SHOWN, *demonstration((0.55, 0.0), 0.0, colour=BLUE).steps]
    first, *_ = find_again(varied, cloud, HAND_HOME)
    assert first.point_m == pytest.approx((0.45, 0.2, 0.0), abs=0.008)
    assert first.likeness > 1.3 * alike.likeness


def test_what_is_not_there_resembles_nothing() -> None:
    found = find_again(SHOWN, table_with(jar((0.5, 0.1), BLUE)), HAND_HOME)
    assert all(one.likeness < 0.4 for one in found)


def test_an_empty_table_has_no_places() -> None:
    assert find_again(SHOWN, table_with(), HAND_HOME) == ()
    assert find_again([], table_with(jar((0.5, 0.1))), HAND_HOME) == ()


def test_the_same_look_gives_the_same_answer() -> None:
    cloud = table_with(hook((0.5, 0.0), 0.2), jar((0.4, 0.2)))
    first, second = (find_again(SHOWN, cloud, None) for _ in range(2))
    assert [one.likeness for one in first] == [one.likeness for one in second]
    assert all(np.array_equal(a.point_m, b.point_m) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize(
    "other",
    [
        SubTask(Action.MOVE, "", "hook"),
        SubTask(Action.GRASP, "", "red hook"),
        SubTask(Action.GRASP, "", "hook", "tip"),
        SubTask(Action.GRASP, "", "hook", "", reference="shelf"),
    ],
)
def test_another_step_is_not_asked_of_it(other: SubTask) -> None:
    assert is_asked(TAKE, SHOWN[0])
    assert is_same_step(TAKE, SubTask(Action.GRASP, "take it", "Hook"))
    assert not is_asked(other, SHOWN[0])
