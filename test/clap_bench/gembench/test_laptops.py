"""Laptops: experts, judges, and a hinge that keeps the lid where it is left."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest

from clap_bench.gembench import suite
from clap_bench.gembench.objects.laptop import Laptop, RuggedLaptop
from clap_bench.gembench.tasks.close_laptop_lid import LAPTOP, LID
from clap_bench.suite.agents.expert import Expert
from clap_bench.suite.episode import Episode, EpisodeOverError
from clap_sim.world import World
from clap_sim.world.scene import Item, SceneModel

SEED = 100
KEY_POSES = {"close_laptop_lid+0": 5, "close_laptop_lid2+0": 5, "open_laptop_lid+0": 5}
LAPTOPS = (Laptop("silver"), RuggedLaptop("gray"))


def lid_after(laptop: Laptop, start_rad: float, push_nm: float, seconds: float) -> float:
    """Angle of the lid after a torque has acted on its hinge for a while."""
    world = World(SceneModel("", "", "", (Item(laptop, name=LAPTOP),)), SEED)
    hinge = world.data.joint(LID)
    hinge.qpos[0] = start_rad
    hinge.qfrc_applied[0] = push_nm
    for _ in range(round(1000 * seconds)):
        world.step()
    return float(hinge.qpos[0])


@pytest.mark.parametrize("name", KEY_POSES)
def test_expert_does_it(name: str) -> None:
    episode = Episode(suite.task(name), SEED)
    assert not episode.success
    with suppress(EpisodeOverError):
        Expert().play(episode)
    assert episode.success
    assert not episode.failures
    assert episode.key_poses <= KEY_POSES[name]


def test_the_laptops_of_training_and_test_differ() -> None:
    first, second = LAPTOPS
    assert second.width_m < 0.85 * first.width_m
    assert second.base_m > 1.5 * first.base_m
    assert second.friction_nm > first.friction_nm


@pytest.mark.parametrize("laptop", LAPTOPS)
@pytest.mark.parametrize("angle_rad", [0.4, 1.0, 2.2])
def test_the_lid_stays_where_it_is_left(laptop: Laptop, angle_rad: float) -> None:
    assert lid_after(laptop, angle_rad, 0.0, 2.0) == pytest.approx(angle_rad, abs=0.01)


@pytest.mark.parametrize("laptop", LAPTOPS)
def test_a_gentle_push_at_the_edge_moves_the_lid(laptop: Laptop) -> None:
    push_nm = 4.0 * laptop.lid_length_m
    assert lid_after(laptop, 0.0, push_nm, 1.0) > 0.5
    assert lid_after(laptop, 1.6, -push_nm, 1.0) < 1.0


@pytest.mark.parametrize("laptop", LAPTOPS)
def test_the_lid_stops_shut_and_wide_open(laptop: Laptop) -> None:
    assert lid_after(laptop, 0.1, -1.0, 1.0) == pytest.approx(0.0, abs=0.05)
    assert lid_after(laptop, 2.2, 1.0, 1.0) == pytest.approx(laptop.opens_rad, abs=0.05)


def test_almost_shut_and_half_open_do_not_count() -> None:
    for name, angle_rad in (("close_laptop_lid+0", 0.25), ("open_laptop_lid+0", 0.8)):
        episode = Episode(suite.task(name), SEED)
        episode.world.data.joint(LID).qpos[0] = angle_rad
        episode.robot.settle(0.1)
        assert not episode.task.success(episode.truth)


def test_points_on_the_lid_are_where_physics_has_them() -> None:
    laptop = LAPTOPS[0]
    world = World(SceneModel("", "", "", (Item(laptop, name=LAPTOP),)), SEED)
    world.data.joint(LID).qpos[0] = 0.9
    world.step()
    base_T_laptop = world.base_T_object(LAPTOP)
    angle = float(world.data.joint(LID).qpos[0])
    edge = laptop.on_lid(angle, laptop.lid_length_m, 0.0)
    expected = base_T_laptop[:3, :3] @ edge + base_T_laptop[:3, 3]
    np.testing.assert_allclose(world.data.site("laptop_edge").xpos, expected, atol=1e-3)
    assert laptop.on_lid(0.0, laptop.lid_length_m, 0.0)[0] < -0.5 * laptop.depth_m - 0.015
