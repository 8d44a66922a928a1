"""Block games: experts, judges, towers that are almost right, and the stick."""

from __future__ import annotations

from contextlib import suppress

import mujoco
import numpy as np
import pytest

from clap_bench.gembench import suite
from clap_bench.gembench.tasks.stack_blocks import PAD, is_tower
from clap_bench.suite.agents.expert import play_stages
from clap_bench.suite.episode import Episode, EpisodeOverError
from clap_bench.suite.task import Task
from clap_core.errors import ClapError

SEED = 100
# A tower is done as soon as the last block is let go, and not while the hand holds it.
KEY_POSES = {
    "stack_blocks+30": 11,
    "tower4+3": 17,
    "slide_block_to_color_target_peract+2": 3,
    "reach_and_drag_peract+14": 5,
}
MISTAKEN = ("stack_blocks+30", "slide_block_to_color_target_peract+2", "reach_and_drag_peract+14")
SIDE_M = 0.045


def play(task: Task, episode: Episode) -> None:
    """All stages of a task's expert; the episode judges by its own task."""
    with suppress(EpisodeOverError, ClapError):
        play_stages(task, episode)


def pile(episode: Episode, *names: str, shift_m: float = 0.0) -> None:
    """Put blocks on the pad and on each other, each shifted against the one below, and wait."""
    place = episode.truth.position(PAD) + np.array([0.0, 0.0, 0.0061])
    for name in names:
        episode.world.set_pose(name, place, 0.0)
        place = place + np.array([shift_m, 0.0, SIDE_M + 0.0001])
    mujoco.mj_forward(episode.world.model, episode.world.data)
    episode.robot.settle(0.3)


@pytest.mark.parametrize("name", KEY_POSES)
def test_expert_does_it(name: str) -> None:
    episode = Episode(suite.task(name), SEED)
    assert not episode.success
    play(episode.task, episode)
    assert episode.success
    assert not episode.failures
    assert episode.key_poses == KEY_POSES[name]


@pytest.mark.parametrize("name", MISTAKEN)
def test_the_wrong_thing_does_not_count(name: str) -> None:
    episode = Episode(suite.task(name), SEED)
    mistaken = episode.task.wrong(episode.truth)
    assert mistaken is not None
    play(mistaken, episode)
    assert mistaken.success(episode.truth)
    assert not episode.success


def test_a_tower_counts_only_in_its_order_and_on_the_pad() -> None:
    episode = Episode(suite.task("tower4+3"), SEED)
    order = ("white_block", "teal_block", "blue_block")
    pile(episode, *order[:2])
    assert not episode.task.success(episode.truth)
    pile(episode, *order)
    assert episode.task.success(episode.truth)
    mistaken = episode.task.wrong(episode.truth)
    assert mistaken is not None
    assert not mistaken.success(episode.truth)
    pile(episode, "teal_block", "white_block", "blue_block")
    assert not episode.task.success(episode.truth)


def test_a_crooked_tower_counts_as_long_as_it_stands() -> None:
    episode = Episode(suite.task("stack_blocks+36"), SEED)
    names = ("olive_block_0", "olive_block_3")
    pile(episode, *names, shift_m=0.012)
    assert is_tower(episode.truth, names)
    assert episode.task.success(episode.truth)
    pile(episode, *names, shift_m=0.030)
    assert not episode.task.success(episode.truth)


@pytest.mark.parametrize("seed", range(100, 110))
def test_targets_lie_around_the_block_and_the_stick_apart(seed: int) -> None:
    for name in ("slide_block_to_color_target_peract+0", "reach_and_drag_peract+5"):
        task = suite.task(name)
        truth = Episode(task, seed).truth
        block = next(item for item in truth.world.objects if item in ("block", "cube"))
        targets = [item for item in truth.world.objects if item.endswith("_target")]
        away = [truth.position(item)[:2] - truth.position(block)[:2] for item in targets]
        bearings = np.sort([np.arctan2(y, x) for x, y in away])
        gaps = np.diff(np.append(bearings, bearings[0] + 2.0 * np.pi))
        assert len(targets) == 4
        assert gaps.min() > np.radians(50.0)
        assert all(0.14 < np.linalg.norm(way) < 0.18 for way in away)


def test_the_cube_on_the_target_does_not_count_without_the_stick() -> None:
    episode = Episode(suite.task("reach_and_drag_peract+5"), SEED)
    target = episode.truth.position("navy_target")
    episode.world.set_pose("cube", target, 0.0)
    episode.robot.settle(0.2)
    assert not episode.task.success(episode.truth)
    beside = target + np.array([0.0, 0.5 * SIDE_M + 0.0101, 0.0])
    episode.world.set_pose("stick", beside, 0.0)
    episode.world.set_pose("cube", target + np.array([0.0, 0.0005, 0.0]), 0.0)
    episode.robot.settle(0.2)
    assert episode.task.success(episode.truth)
    episode.truth.note("the hand touched the cube")
    assert not episode.task.success(episode.truth)
