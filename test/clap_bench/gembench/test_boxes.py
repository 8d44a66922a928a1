"""Boxes with hinged lids, and the shoes in one of them."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

import numpy as np
import pytest

from clap_bench.gembench import suite
from clap_bench.gembench.objects.box import Box, MetalChest, ShoeBox, WoodenBox
from clap_bench.gembench.tasks.open_box import BOX, box_scene, leave_lid
from clap_bench.suite.agents.expert import Expert
from clap_bench.suite.episode import Episode, EpisodeOverError
from clap_bench.suite.truth import Truth
from clap_sim.world import World
from clap_sim.world.scene import Zone

SEED = 100
KEY_POSES = {"open_box+0": 6, "open_box2+0": 6, "close_box+0": 4, "take_shoes_out_of_box+0": 21}
BOXES = (WoodenBox("wood"), MetalChest("blue"), ShoeBox("wood"))
AHEAD = Zone(x_m=(0.6, 0.6), y_m=(0.0, 0.0), yaw_rad=(0.0, 0.0))


@cache
def played(name: str) -> Episode:
    """An episode after its expert; tests that share it only look on."""
    episode = Episode(suite.task(name), SEED)
    assert not episode.success
    with suppress(EpisodeOverError):
        Expert().play(episode)
    return episode


def after(world: World, seconds: float, lid_rad: float) -> float:
    """Where the lid is some time after it was let go at an angle."""
    hinge = world.data.joint(f"{BOX}_hinge")
    hinge.qpos[0], hinge.qvel[0] = lid_rad, 0.0
    for _ in range(round(1000 * seconds)):
        world.step()
    return float(hinge.qpos[0])


@pytest.mark.parametrize("name", KEY_POSES)
def test_expert_does_it(name: str) -> None:
    episode = played(name)
    assert episode.success
    assert not episode.failures
    assert episode.key_poses <= KEY_POSES[name]


@pytest.mark.parametrize("name", ["open_box+0", "open_box2+0"])
def test_an_opened_lid_leans_back_when_the_hand_has_left(name: str) -> None:
    episode = played(name)
    for action in leave_lid().actions(episode.truth):
        episode.robot.execute(action)
    episode.robot.settle(0.5)
    assert np.degrees(episode.truth.joint("box_hinge")) == pytest.approx(110.0, abs=1.0)
    assert episode.truth.free(BOX)


@pytest.mark.parametrize("box", BOXES, ids=lambda box: type(box).__name__)
def test_a_lid_falls_to_the_side_on_which_it_is(box: Box) -> None:
    world = World(box_scene(box, AHEAD))
    assert np.degrees(after(world, 2.0, np.radians(60.0))) == pytest.approx(0.0, abs=1.0)
    assert np.degrees(after(world, 2.0, np.radians(105.0))) == pytest.approx(110.0, abs=1.0)


@pytest.mark.parametrize("box", BOXES, ids=lambda box: type(box).__name__)
def test_a_few_newtons_at_the_handle_lift_a_lid(box: Box) -> None:
    world = World(box_scene(box, AHEAD))
    lid, arm_m = world.model.body(f"{BOX}_lid"), box.depth_m + box.handle_out_m
    pull = world.data.qfrc_applied
    pull[world.model.joint(f"{BOX}_hinge").dofadr[0]] = 4.0 * arm_m
    assert after(world, 1.0, 0.0) > np.radians(30.0)
    pull[:] = 0.0
    # Its own weight holds it down against less than half a newton.
    pull[world.model.joint(f"{BOX}_hinge").dofadr[0]] = 0.4 * arm_m
    assert after(world, 1.0, 0.0) < np.radians(1.0)
    assert lid.mass[0] < 0.5


@pytest.mark.parametrize("box", BOXES, ids=lambda box: type(box).__name__)
def test_the_handle_leaves_room_for_the_fingers_at_any_angle(box: Box) -> None:
    """From the middle of the pads to the lid's edge it is further than to a pad's corner."""
    pad_half_m = 0.0089
    world = World(box_scene(box, AHEAD))
    handle = Truth(world).site(f"{BOX}_handle")[:3, 3] - Truth(world).position(f"{BOX}_lid")
    assert -handle[0] - box.depth_m > np.hypot(pad_half_m, pad_half_m)


def test_the_boxes_of_open_box_are_different_objects() -> None:
    rng = np.random.default_rng(SEED)
    first, second = (suite.task(name).scene(rng).items[0] for name in ("open_box+0", "open_box2+0"))
    assert type(first.model) is not type(second.model)
    assert abs(first.model.height_m - second.model.height_m) > 0.01 or (
        abs(first.model.footprint_radius_m - second.model.footprint_radius_m) > 0.01
    )
    # The hinge is at the far side, and on the left.
    assert max(np.abs(first.zone.yaw_rad)) < 0.25 * np.pi < min(second.zone.yaw_rad)


def test_one_shoe_is_not_both() -> None:
    episode = Episode(suite.task("take_shoes_out_of_box+0"), SEED)
    beside = np.array([0.45, 0.35, 0.0])
    for name, done in (("left_shoe", False), ("right_shoe", True)):
        episode.world.set_pose(name, beside, 0.0)
        episode.robot.settle(0.5)
        assert episode.task.success(episode.truth) is done
        beside[1] -= 0.70


def test_a_shoe_on_the_closed_lid_is_not_out() -> None:
    episode = Episode(suite.task("take_shoes_out_of_box+0"), SEED)
    box = episode.truth.position(BOX)
    for name, y in (("left_shoe", 0.06), ("right_shoe", -0.06)):
        top = box + np.array([0.0, y, episode.truth.model(BOX, ShoeBox).height_m + 0.002])
        episode.world.set_pose(name, top, 0.0)
    episode.robot.settle(0.5)
    assert episode.truth.position("left_shoe")[2] > 0.05
    assert not episode.task.success(episode.truth)
