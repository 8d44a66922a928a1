"""Safe and cupboard: experts, judges, and what the groceries and the furniture are like."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest

from clap_bench.gembench import suite
from clap_bench.gembench.objects.cupboard import Cupboard
from clap_bench.gembench.objects.groceries import GROCERIES, Carton, Tin
from clap_bench.gembench.objects.safe import SHELVES, Safe
from clap_bench.gembench.shelving import standing_at
from clap_bench.gembench.tasks.put_groceries_in_cupboard import CUPBOARD, groceries, put_away
from clap_bench.suite.agents.expert import Expert, play_stages
from clap_bench.suite.episode import Episode, EpisodeOverError
from clap_bench.suite.truth import Truth
from clap_sim.world import World
from clap_sim.world.scene import Item, SceneModel

SEED = 100
KEY_POSES = {
    "put_money_in_safe+2": 5,
    "put_cube_in_safe+0": 5,
    "put_groceries_in_cupboard+7": 5,
    "put_all_groceries_in_cupboard+0": 24,
}
DEPTH_M = 0.07
FINGER_OUTSIDE_M = 0.0645
"""From the middle of the open hand to a finger's outer side."""


def put_down(episode: Episode, name: str, point_m: np.ndarray, yaw_rad: float = 0.0) -> None:
    """Place an object by hand and let it come to rest."""
    episode.world.set_pose(name, point_m, yaw_rad)
    episode.robot.settle(0.3)


def behind(episode: Episode, site: str, above_m: float = 0.002) -> np.ndarray:
    """A point `DEPTH_M` inside a shelf's front edge and so far above it."""
    edge = episode.truth.site(site)
    return np.asarray(edge[:3, 3] + DEPTH_M * edge[:3, 0] + np.array([0.0, 0.0, above_m]))


@pytest.mark.parametrize("name", KEY_POSES)
def test_expert_does_it(name: str) -> None:
    episode = Episode(suite.task(name), SEED)
    assert not episode.success
    with suppress(EpisodeOverError):
        Expert().play(episode)
    assert episode.success
    assert not episode.failures
    assert episode.key_poses == KEY_POSES[name]


@pytest.mark.parametrize("name", ["put_money_in_safe+2", "put_groceries_in_cupboard+3"])
def test_the_wrong_one_does_not_count(name: str) -> None:
    episode = Episode(suite.task(name), SEED)
    mistaken = episode.task.wrong(episode.truth)
    assert mistaken is not None
    play_stages(mistaken, episode)
    assert mistaken.success(episode.truth)
    assert not episode.success


def test_money_counts_on_its_own_shelf_only() -> None:
    episode = Episode(suite.task("put_money_in_safe+1"), SEED)
    truth, task = episode.truth, episode.task
    for shelf in SHELVES:
        put_down(episode, "money", behind(episode, f"safe_{shelf}"))
        assert task.success(truth) == (shelf == "middle")
    put_down(episode, "money", behind(episode, "safe_top", above_m=0.18))
    assert not task.success(truth)  # on the roof


def test_a_grocery_counts_alone() -> None:
    episode = Episode(suite.task("put_groceries_in_cupboard+0"), SEED)
    truth, task = episode.truth, episode.task
    put_down(episode, "crackers box", behind(episode, f"{CUPBOARD}_slot1"))
    assert task.success(truth)
    other = next(name for name in groceries(truth) if name != "crackers box")
    put_down(episode, other, behind(episode, f"{CUPBOARD}_slot3"))
    assert not task.success(truth)
    assert put_away(truth) == {"crackers box", other}


def test_all_groceries_count_only_together() -> None:
    episode = Episode(suite.task("put_all_groceries_in_cupboard+0"), SEED)
    truth = episode.truth
    names = groceries(truth)
    assert len(names) == 4
    for slot, name in enumerate(names):
        assert not episode.task.success(truth)
        put_down(episode, name, behind(episode, f"{CUPBOARD}_slot{slot}"))
    assert episode.task.success(truth)


def test_what_lies_under_or_on_the_cupboard_is_not_in_it() -> None:
    episode = Episode(suite.task("put_all_groceries_in_cupboard+0"), SEED)
    truth = episode.truth
    cupboard = truth.model(CUPBOARD, Cupboard)
    first, second = groceries(truth)[:2]
    site, floor_m = f"{CUPBOARD}_slot2", cupboard.floor_m
    put_down(episode, first, behind(episode, site, above_m=-floor_m))
    put_down(episode, second, behind(episode, site, above_m=cupboard.height_m - floor_m))
    assert truth.upright(first) > 0.99 and truth.upright(second) > 0.99
    assert put_away(truth) == set()


def test_groceries_stand_still_where_they_are_put() -> None:
    items = tuple(
        Item(grocery, standing_at(0.6, 0.4 * number - 1.6, 0.3), name)
        for number, (name, grocery) in enumerate(GROCERIES.items())
    )
    world = World(SceneModel("", "", "", items, gap_m=0.0))
    truth = Truth(world)
    for _ in range(500):
        world.step()
    for name in GROCERIES:
        assert np.linalg.norm(truth.position(name) - truth.start(name)) < 1e-3, name
        assert truth.upright(name) > 0.9999, name


def test_groceries_fit_between_the_fingers_and_next_to_each_other() -> None:
    cupboard = Cupboard("white")
    assert len(GROCERIES) == 9
    widest = max(grocery.size_m[1] for grocery in GROCERIES.values())
    assert widest < 0.070
    assert FINGER_OUTSIDE_M + 0.5 * widest < cupboard.pitch_m
    assert max(grocery.size_m[0] for grocery in GROCERIES.values()) < cupboard.inner_m[0]


def test_packages_differ_in_print() -> None:
    pictures = {grocery.label.picture(32, 32).tobytes() for grocery in GROCERIES.values()}
    assert len(pictures) == len(GROCERIES)
    assert isinstance(GROCERIES["sugar box"], Carton) and isinstance(GROCERIES["soup can"], Tin)


def test_the_safes_door_stands_clear_of_the_way_in() -> None:
    for side in (-1, 1):
        for door_rad in (1.95, 2.7):
            safe = Safe("gray", hinge_side=side, door_rad=door_rad)
            world = World(SceneModel("", "", "", (Item(safe, standing_at(0.8, 0.0, 0.0), "safe"),)))
            door = world.data.body("safe_door")
            middle = door.xpos + 0.5 * safe.width_m * door.xmat.reshape(3, 3)[:, 0]
            assert side * middle[1] > 0.5 * safe.width_m
            assert middle[0] < 0.8 - 0.5 * safe.depth_m
