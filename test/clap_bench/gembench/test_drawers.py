"""Chests of drawers: experts, judges, and how the drawers move."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest

from clap_bench.gembench import suite
from clap_bench.gembench.objects.drawers import CHEST, NIGHTSTAND, SIDEBOARD, TALLBOY, Drawers
from clap_bench.gembench.tasks.put_items_in_drawer import slot_point
from clap_bench.suite.agents.expert import play_stages
from clap_bench.suite.episode import Episode, EpisodeOverError
from clap_bench.suite.task import Task
from clap_core.errors import ClapError
from clap_sim.world import World
from clap_sim.world.scene import Item, SceneModel

SEED = 100
KEY_POSES = {
    "open_drawer+0": 3,
    "open_drawer+1": 3,
    "open_drawer+2": 3,
    "open_drawer2+0": 3,
    "open_drawer3+0": 3,
    "open_drawer_long+2": 3,
    "close_drawer+0": 3,
    # Three to open, two to leave the handle, six for each toy, without the last rise.
    "put_items_in_drawer+4": 22,
}


def play(task: Task, episode: Episode) -> None:
    """All stages of a task's expert; the episode judges by its own task."""
    with suppress(EpisodeOverError, ClapError):
        play_stages(task, episode)


def out(episode: Episode) -> list[float]:
    """How far the drawers are out, from the bottom up."""
    levels = episode.world.objects["chest"].model.levels
    return [episode.truth.joint(f"chest_drawer{level}") for level in range(levels)]


@pytest.mark.parametrize("name", KEY_POSES)
def test_expert_does_it(name: str) -> None:
    episode = Episode(suite.task(name), SEED)
    assert not episode.success
    play(episode.task, episode)
    assert episode.success
    assert not episode.failures
    assert episode.key_poses <= KEY_POSES[name]
    mistaken = episode.task.wrong(episode.truth)
    assert mistaken is not None
    assert not mistaken.success(episode.truth)


@pytest.mark.parametrize("name", ["open_drawer+2", "open_drawer_long+0", "close_drawer+0"])
def test_another_drawer_does_not_count(name: str) -> None:
    episode = Episode(suite.task(name), SEED)
    mistaken = episode.task.wrong(episode.truth)
    assert mistaken is not None
    play(mistaken, episode)
    assert max(abs(value) for value in out(episode)) > 0.05
    assert not episode.success


def test_two_open_drawers_are_not_the_one_that_was_named() -> None:
    episode = Episode(suite.task("open_drawer+1"), SEED)
    data = episode.world.data
    data.joint("chest_drawer1").qpos[0] = 0.12
    assert episode.task.success(episode.truth)
    data.joint("chest_drawer2").qpos[0] = 0.12
    assert not episode.task.success(episode.truth)


def test_the_other_drawer_stays_open_when_one_is_closed() -> None:
    episode = Episode(suite.task("close_drawer+0"), SEED)
    before = out(episode)
    assert before[0] > 0.06
    assert before[2] > 0.035
    play(episode.task, episode)
    assert out(episode)[2] == pytest.approx(before[2], abs=1e-3)


@pytest.mark.parametrize("chest", [CHEST, NIGHTSTAND, SIDEBOARD, TALLBOY])
def test_a_drawer_holds_slides_and_stops(chest: Drawers) -> None:
    world = World(SceneModel("", "", "", (Item(chest, name="chest"),), gap_m=0.0), SEED)

    def pull(level: int, force_n: float) -> float:
        joint = world.data.joint(f"chest_drawer{level}")
        joint.qfrc_applied[0] = force_n
        for _ in range(1500):
            world.step()
        joint.qfrc_applied[0] = 0.0
        return float(joint.qpos[0])

    for level in range(chest.levels):
        assert pull(level, 0.5 * chest.friction_n) == pytest.approx(0.0, abs=5e-3)
        assert pull(level, 3.0 * chest.friction_n) == pytest.approx(chest.travel_m, abs=3e-3)
    # They stay where they are left, and moved no neighbour.
    assert pull(0, 0.0) == pytest.approx(chest.travel_m, abs=3e-3)


def test_three_things_fit_beside_each_other() -> None:
    length, width, wall = CHEST.inside_m
    assert length >= 0.13
    assert width >= 0.20
    assert wall >= 0.045


@pytest.mark.parametrize(
    ("level", "order", "done"),
    [
        (0, ("block", "cylinder", "moon"), True),
        (0, ("block", "moon", "cylinder"), False),
        (1, ("block", "cylinder", "moon"), False),
        (0, ("block", "cylinder"), False),
    ],
)
def test_drawer_order_and_number_count(level: int, order: tuple[str, ...], done: bool) -> None:
    episode = Episode(suite.task("put_items_in_drawer+0"), SEED)
    episode.world.data.joint(f"chest_drawer{level}").qpos[0] = 0.12
    episode.robot.settle(0.01)
    for name, slot_m in zip(order, (-0.07, 0.07, 0.0), strict=False):
        episode.world.set_pose(name, slot_point(episode.truth, CHEST, level, slot_m), 0.0)
        episode.robot.settle(0.3)
        assert episode.task.success(episode.truth) == (done and name == order[-1])


def test_a_toy_above_the_drawer_is_not_in_it() -> None:
    floor = np.eye(4)
    wall = CHEST.inside_m[2]
    assert CHEST.holds(floor, np.array([0.0, 0.0, 0.5 * wall]))
    assert not CHEST.holds(floor, np.array([0.0, 0.0, 1.1 * wall]))
    assert not CHEST.holds(floor, np.array([0.0, 0.51 * CHEST.inside_m[1], 0.01]))
    assert not CHEST.holds(floor, np.array([-0.51 * CHEST.inside_m[0], 0.0, 0.01]))
