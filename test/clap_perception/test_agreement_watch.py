"""The watch over the cameras' poses: doubts only what lasts, and holds nobody up."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import replace

import pytest

from clap_core.camera.tabletop import views
from clap_core.errors import ErrorCode
from clap_core.fusion import FusionConfig
from clap_perception.cloud_fusion import agreement_watch
from clap_perception.cloud_fusion.agreement_watch import TIMES, AgreementWatch

DEADLINE_S = 20.0
GOOD = views(1)[:2]
APART = [GOOD[0], replace(GOOD[1], base_T_camera=GOOD[1].base_T_camera + 0.0)]
APART[1].base_T_camera[:3, 3] += (0.0, 0.0, 0.02)


def look(watch: AgreementWatch, pictures: list) -> None:
    """Offer pictures until they are looked at, and wait for the end of it."""
    deadline = time.monotonic() + DEADLINE_S
    before = watch._thread
    while watch._thread is before:
        assert time.monotonic() < deadline
        watch.offer(pictures)
    watch._thread.join(DEADLINE_S)
    assert not watch._thread.is_alive()


@pytest.fixture
def watch() -> AgreementWatch:
    return AgreementWatch(FusionConfig(), 1e-6, 10.0)


def test_cameras_that_fit_are_not_doubted(watch: AgreementWatch) -> None:
    for _ in range(TIMES + 1):
        look(watch, GOOD)
    assert watch.doubt() is None
    assert watch.figures()["front-left.apart_mm"] < 5.0  # type: ignore[operator]


def test_a_moved_camera_is_doubted_when_it_lasts_and_no_more_when_it_is_back(
    watch: AgreementWatch,
) -> None:
    for _ in range(TIMES - 1):
        look(watch, APART)
        assert watch.doubt() is None
    look(watch, APART)
    doubt = watch.doubt()
    assert doubt is not None and doubt.code is ErrorCode.TRANSFORM_UNAVAILABLE
    assert re.search(r"'front' and 'left' are (19|20) mm apart", doubt.message)
    look(watch, GOOD)
    assert watch.doubt() is None


def test_what_is_not_in_a_row_is_no_doubt(watch: AgreementWatch) -> None:
    for pictures in (APART, APART, GOOD, APART, APART):
        look(watch, pictures)
    assert watch.doubt() is None


def test_a_look_holds_nobody_up_and_a_second_one_waits_for_its_end(
    watch: AgreementWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go, begun = threading.Event(), []

    def slow(pictures: object) -> list:
        begun.append(pictures)
        let_go.wait(DEADLINE_S)
        return []

    monkeypatch.setattr(agreement_watch, "agreements", slow)
    watch.offer(GOOD)
    first = watch._thread
    for _ in range(5):
        watch.offer(GOOD)
    assert watch._thread is first
    let_go.set()
    watch.close()
    assert len(begun) == 1


def test_it_looks_no_oftener_than_asked_and_never_if_so_told() -> None:
    seldom, never = (
        AgreementWatch(FusionConfig(), 3600.0, 10.0),
        AgreementWatch(FusionConfig(), 0.0, 10.0),
    )
    look(seldom, GOOD)
    first = seldom._thread
    seldom.offer(GOOD)
    never.offer(GOOD)
    assert seldom._thread is first
    assert never._thread is None


def test_one_camera_alone_is_not_compared(watch: AgreementWatch) -> None:
    watch.offer(GOOD[:1])
    assert watch._thread is None
