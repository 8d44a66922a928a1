"""Doors, fridges and microwaves: experts, catches and latches."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

from clap_bench.gembench import suite
from clap_bench.gembench.catch import Latch, Magnet
from clap_bench.gembench.levels import PUBLISHED
from clap_bench.gembench.objects.door import Door
from clap_bench.gembench.objects.fridge import Fridge
from clap_bench.suite.agents.expert import play_stages
from clap_bench.suite.episode import Episode, EpisodeOverError
from clap_bench.suite.task import Task
from clap_sim.world import World
from clap_sim.world.scene import Item, SceneModel, Zone

SEED = 100
RELEASE_RAD = 0.5
VARIATIONS = (
    "open_door+0",
    "open_door2+0",
    "close_door+0",
    "close_fridge+0",
    "close_fridge2+0",
    "open_fridge+0",
    "close_microwave+0",
    "close_microwave2+0",
    "open_microwave+0",
)
PINNED = Zone(x_m=(0.7, 0.7), y_m=(0.0, 0.0), yaw_rad=(0.0, 0.0), reach_m=(0.0, 1.0))


def played(task: Task, expert: Task | None = None) -> Episode:
    """An episode of the task, played to the end by the expert of the same or another task."""
    episode = Episode(task, SEED)
    assert not episode.success
    with contextlib.suppress(EpisodeOverError):
        play_stages(expert or task, episode)
    return episode


@pytest.mark.parametrize("variation", VARIATIONS)
def test_the_expert_succeeds_without_a_failed_key_pose(variation: str) -> None:
    episode = played(suite.task(variation))
    assert episode.success
    assert not episode.failures


def test_opening_the_freezer_does_not_open_the_fridge() -> None:
    task = suite.task("open_fridge+0")
    wrong = task.wrong(Episode(task, SEED).truth)
    episode = played(task, wrong)
    assert episode.truth.joint("fridge_freezer") > np.radians(30.0)
    assert not episode.success


@pytest.mark.parametrize("variation", VARIATIONS)
def test_the_published_wording_is_first_of_several(variation: str) -> None:
    level = suite.level_of(variation)
    wordings = suite.task(variation).instructions
    assert wordings[0] == PUBLISHED[level][variation]
    assert len(set(wordings)) >= 4


def turned(world: World, joint: str, torque_nm: float, seconds: float = 0.6) -> float:
    """Angle of a joint after a torque has acted on it."""
    number = world.model.joint(joint).id
    body = world.model.jnt_bodyid[number]
    for _ in range(round(seconds / world.model.opt.timestep)):
        world.data.xfrc_applied[body, 3:] = torque_nm * world.data.xaxis[number]
        world.step()
    world.data.xfrc_applied[body] = 0.0
    return float(world.data.joint(joint).qpos[0])


def fridge_world() -> World:
    scene = SceneModel(
        "", "", "", (Item(Fridge(), PINNED, "fridge"),), mechanisms=(Magnet("fridge_door", 0.8),)
    )
    return World(scene)


def test_a_magnet_holds_a_door_up_to_its_torque() -> None:
    assert turned(fridge_world(), "fridge_door", 0.6) < np.radians(1.0)
    assert turned(fridge_world(), "fridge_door", 1.1) > np.radians(10.0)


def test_a_magnet_pulls_shut_what_is_nearly_closed_only() -> None:
    for start_deg, closes in ((2.0, True), (20.0, False)):
        world = fridge_world()
        world.data.joint("fridge_door").qpos = np.radians(start_deg)
        angle = turned(world, "fridge_door", 0.0)
        assert bool(angle < np.radians(0.5)) is closes


def door_world() -> World:
    latch = Latch("house_door", "house_handle", RELEASE_RAD)
    return World(SceneModel("", "", "", (Item(Door(), PINNED, "house"),), mechanisms=(latch,)))


def test_a_latch_holds_until_the_handle_is_turned() -> None:
    world = door_world()
    assert turned(world, "house_door", 2.0) < np.radians(1.0)
    world.data.joint("house_handle").qpos = RELEASE_RAD + 0.2
    assert turned(world, "house_door", 2.0) > np.radians(20.0)


def test_a_latch_catches_a_door_that_falls_shut_but_not_an_open_one() -> None:
    world = door_world()
    world.data.joint("house_door").qpos = np.radians(30.0)
    assert turned(world, "house_door", 0.0) > np.radians(25.0)
    assert turned(world, "house_door", -0.6, 1.5) < np.radians(1.0)
    assert turned(world, "house_door", 2.0) < np.radians(1.0)


def test_the_handle_springs_back() -> None:
    world = door_world()
    assert turned(world, "house_handle", 0.3) > RELEASE_RAD
    assert turned(world, "house_handle", 0.0) < 0.05
