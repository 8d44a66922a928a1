"""Which of several seen things a name means."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from clap_baseline.matching import PhraseFit, choose
from clap_baseline.put_down import PutDown
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Action, SubTask

NOW_NS = 10**9


def fit_at(x: float, y: float) -> PhraseFit:
    """A mug at a place of the table [m]."""
    shape = SimpleNamespace(center=np.array([x, y]), radius_m=0.04, top_m=0.1)
    segment = SimpleNamespace(shape=shape, size=np.array([0.08, 0.08, 0.1]), label=f"mug at {y}")
    return PhraseFit(segment, 1.0)  # type: ignore[arg-type]


LEFT, MIDDLE, RIGHT = fit_at(0.5, 0.2), fit_at(0.4, 0.0), fit_at(0.6, -0.2)
MUGS = (RIGHT, LEFT, MIDDLE)


def seen(fits: tuple[PhraseFit, ...]) -> object:
    """A scene with these things and no others."""
    return SimpleNamespace(
        segments=tuple(each.segment for each in fits), labels=tuple("mug" for _ in fits)
    )


def chosen(
    phrase: str, fits: tuple[PhraseFit, ...] = MUGS, put_down: PutDown | None = None
) -> PhraseFit:
    """What a phrase means of things that all fit its words."""
    return choose(phrase, fits, seen(fits), put_down or PutDown(), NOW_NS)  # type: ignore[arg-type]


def let_go_at(name: str, x: float, y: float) -> PutDown:
    """The memory after something was put there."""
    memory, pose = PutDown(), np.eye(4)
    pose[:2, 3] = x, y
    scene = SimpleNamespace(base_T_tcp=pose, cloud=SimpleNamespace(stamp_ns=NOW_NS - 1))
    memory.note(SubTask(Action.GRASP, "", name), scene)  # type: ignore[arg-type]
    memory.note(SubTask(Action.RELEASE, "", name), scene)  # type: ignore[arg-type]
    return memory


@pytest.mark.parametrize(
    ("phrase", "meant"),
    [
        ("left mug", LEFT),
        ("right mug", RIGHT),
        ("middle mug", MIDDLE),
        ("near mug", MIDDLE),
        ("far mug", RIGHT),
        ("first mug from left", LEFT),
        ("second mug from left", MIDDLE),
        ("third mug from left", RIGHT),
        ("second mug from right", MIDDLE),
        ("any mug", MIDDLE),
    ],
)
def test_choices_are_made_by_what_is_seen(phrase: str, meant: PhraseFit) -> None:
    assert chosen(phrase) is meant


@pytest.mark.parametrize(
    ("phrase", "code"),
    [
        ("mug", ErrorCode.AMBIGUOUS),
        ("first of 2 mug", ErrorCode.AMBIGUOUS),
        ("fourth mug from left", ErrorCode.OBJECT_NOT_FOUND),
        ("soup can", ErrorCode.OBJECT_NOT_FOUND),
        ("light green mug", ErrorCode.OBJECT_NOT_FOUND),
    ],
)
def test_what_is_not_clear_is_refused(phrase: str, code: ErrorCode) -> None:
    with pytest.raises(ClapError) as caught:
        chosen(phrase)
    assert caught.value.code is code


def test_the_one_put_down_is_known_by_its_place() -> None:
    memory = let_go_at("left mug", 0.41, 0.01)
    assert chosen("left mug put down before", put_down=memory) is MIDDLE
    assert chosen("left mug", put_down=memory) is LEFT
    with pytest.raises(ClapError):
        chosen("left mug put down before", put_down=let_go_at("left mug", 0.9, 0.9))


def test_the_other_one_is_not_the_one_put_down() -> None:
    two = (LEFT, RIGHT)
    memory = let_go_at("right mug", 0.5, 0.2)
    assert chosen("mug other than right mug", two, memory) is RIGHT
    assert chosen("second of 2 mug", two, let_go_at("first of 2 mug", 0.5, 0.2)) is RIGHT


def test_an_even_number_has_no_middle() -> None:
    with pytest.raises(ClapError) as caught:
        chosen("middle mug", (LEFT, RIGHT))
    assert caught.value.code is ErrorCode.AMBIGUOUS
