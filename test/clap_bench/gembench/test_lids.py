"""Toilet seat and grill lid: experts, judges, and how they turn."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest

from clap_bench.gembench import suite
from clap_bench.gembench.objects.grill import Grill
from clap_bench.gembench.objects.thing import Thing
from clap_bench.gembench.objects.toilet import Toilet
from clap_bench.suite.agents.expert import play_stages
from clap_bench.suite.episode import Episode, EpisodeOverError
from clap_sim.world import World
from clap_sim.world.scene import Item, SceneModel

SEED = 100
KEY_POSES = {"toilet_seat_up+0": 5, "close_grill+0": 4}


def turning(thing: Thing, joint: str, start_deg: float) -> list[float]:
    """Angle [deg] of a joint that is let go, every 0.1 s for 3 s."""
    world = World(SceneModel("", "", "", (Item(thing, name="thing"),)), SEED)
    hinge = world.data.joint(joint)
    hinge.qpos[0] = np.radians(start_deg)
    angles = []
    for step in range(3000):
        if step % 100 == 0:
            angles.append(float(np.degrees(hinge.qpos[0])))
        world.step()
    return angles


@pytest.mark.parametrize("name", KEY_POSES)
def test_expert_does_it(name: str) -> None:
    episode = Episode(suite.task(name), SEED)
    assert not episode.success
    with suppress(EpisodeOverError):
        play_stages(episode.task, episode)
    assert episode.success
    assert not episode.failures
    assert episode.key_poses == KEY_POSES[name]


@pytest.mark.parametrize("name", KEY_POSES)
def test_touching_is_not_enough(name: str) -> None:
    episode = Episode(suite.task(name), SEED)
    joint = "toilet_seat" if name.startswith("toilet") else "grill_lid"
    before = episode.truth.joint(joint)
    for action in episode.task.stages(episode.truth)[0].actions(episode.truth):
        episode.execute(action)
    assert episode.truth.joint(joint) == pytest.approx(before, abs=0.05)
    assert not episode.success


def test_the_seat_falls_back_unless_it_leans_against_the_tank() -> None:
    assert turning(Toilet("wood"), "thing_seat", 70.0)[-1] == pytest.approx(0.0, abs=1.0)
    assert turning(Toilet("wood"), "thing_seat", 92.0)[-1] == pytest.approx(95.0, abs=1.0)


def test_the_seat_on_its_way_down_does_not_pass_for_up() -> None:
    episode = Episode(suite.task("toilet_seat_up+0"), SEED)
    episode.world.data.joint("toilet_seat").qpos[0] = np.radians(70.0)
    assert not episode.task.success(episode.truth)


def test_the_lid_falls_softly_once_it_is_past_its_balance() -> None:
    angles = turning(Grill("red"), "thing_lid", 45.0)
    assert angles[-1] == pytest.approx(0.0, abs=1.0)
    fastest_deg_s = max(-np.diff(angles)) / 0.1
    assert 20.0 < fastest_deg_s < 120.0


def test_the_open_lid_stays_open() -> None:
    grill = Grill("red", open_rad=float(np.radians(90.0)))
    assert turning(grill, "thing_lid", 80.0)[-1] == pytest.approx(90.0, abs=1.5)
