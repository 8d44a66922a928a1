"""Episodes as published, and as in a laboratory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from clap_bench.gembench import suite
from clap_bench.suite.agents.expert import Expert
from clap_bench.suite.conditions import GEMBENCH, LAB, Conditions, find_conditions
from clap_bench.suite.episode import Episode, EpisodeOverError
from clap_core.camera.view import CameraView
from clap_core.errors import ClapError, ErrorCode

VARIATION = "push_button+0"
Start = Callable[..., Episode]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts episodes, and closes them after the test."""
    started: list[Episode] = []

    def begin(conditions: Conditions, seed: int = 3, variation: str = VARIATION) -> Episode:
        started.append(Episode(suite.task(variation), seed, conditions=conditions))
        return started[-1]

    yield begin
    for episode in started:
        episode.close()


def off(told: CameraView, true: CameraView) -> tuple[float, float]:
    """How far apart two cameras are, m and degrees."""
    camera_T_told = np.linalg.inv(true.base_T_camera) @ told.base_T_camera
    turn = np.arccos(np.clip(0.5 * (np.trace(camera_T_told[:3, :3]) - 1.0), -1.0, 1.0))
    return float(np.linalg.norm(camera_T_told[:3, 3])), float(np.degrees(turn))


def test_each_camera_is_off_by_as_much_as_is_said_and_another_way(start: Start) -> None:
    only_off = replace(GEMBENCH, camera_off_m=0.005, camera_off_rad=float(np.radians(0.5)))
    told, true = start(only_off).observe().views, start(GEMBENCH).observe().views
    for one, other in zip(told, true, strict=True):
        assert off(one, other) == (pytest.approx(0.005, abs=1e-6), pytest.approx(0.5, abs=1e-3))
        np.testing.assert_array_equal(one.rgb, other.rgb)
    moved = [
        a.base_T_camera[:3, 3] - b.base_T_camera[:3, 3] for a, b in zip(told, true, strict=True)
    ]
    assert all(np.linalg.norm(moved[0] - one) > 1e-4 for one in moved[1:])


def test_a_calibration_stays_as_it_is_within_an_episode(start: Start) -> None:
    episode = start(LAB)
    first, second = episode.observe().views[0], episode.observe().views[0]
    np.testing.assert_array_equal(first.base_T_camera, second.base_T_camera)


def test_depth_has_noise_and_holes(start: Start) -> None:
    exact, measured = start(GEMBENCH).observe().views[0], start(LAB).observe().views[0]
    assert (measured.depth == 0).mean() > (exact.depth == 0).mean() + 0.01


def test_what_stands_about_is_beside_the_task(start: Start) -> None:
    episode, published = start(LAB), start(GEMBENCH)
    assert len(episode.world.scene.clutter) == LAB.clutter
    for item in episode.world.scene.clutter:
        assert abs(episode.truth.position(item.name)[1]) > 0.39
    assert list(episode.world.objects) == list(published.world.objects)
    assert not published.world.scene.clutter


def test_where_there_is_no_room_nothing_stands_about(start: Start) -> None:
    crowded = start(replace(GEMBENCH, clutter=60))
    assert not crowded.world.scene.clutter


def test_the_sentence_is_any_wording_but_the_published_one(start: Start) -> None:
    wordings = suite.task(VARIATION).instructions
    said = {start(LAB, seed).instruction for seed in range(6)}
    assert said <= set(wordings[1:])
    assert len(said) > 1
    assert start(GEMBENCH).instruction == wordings[0]


def test_the_same_seed_gives_the_same_laboratory(start: Start) -> None:
    first, second = start(LAB).observe(), start(LAB).observe()
    assert first.instruction == second.instruction
    for one, other in zip(first.views, second.views, strict=True):
        np.testing.assert_array_equal(one.depth, other.depth)
        np.testing.assert_array_equal(one.base_T_camera, other.base_T_camera)


@pytest.mark.slow
@pytest.mark.parametrize("variation", ["open_drawer+0", "reach_and_drag_peract+14", "open_door+0"])
def test_the_expert_is_not_hindered(start: Start, variation: str) -> None:
    episode = start(LAB, 5, variation)
    with suppress(EpisodeOverError):
        Expert().play(episode)
    assert episode.success


def test_unknown_conditions_are_refused() -> None:
    with pytest.raises(ClapError) as caught:
        find_conditions("moon")
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert "gembench, lab" in caught.value.message
