"""Buttons in order, the lamp, toys to lift, cups: experts, judges and mechanisms."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest

from clap_bench.gembench import suite
from clap_bench.gembench.levels import PUBLISHED
from clap_bench.gembench.objects.cups import Cup
from clap_bench.gembench.objects.lamp import Lamp, LampSwitch
from clap_bench.gembench.objects.shapes import Cube, Cylinder, Duck, Moon, Star
from clap_bench.suite.agents.expert import play_stages
from clap_bench.suite.episode import Episode, EpisodeOverError
from clap_bench.suite.keypoints import true_keypoint
from clap_bench.suite.task import Task
from clap_bench.suite.truth import Truth
from clap_sim.world import World
from clap_sim.world.scene import Item, SceneModel, Zone

SEED = 100
KEY_POSES = {
    "push_buttons4+1": 4,
    "lamp_on+0": 2,
    "pick_and_lift+0": 3,
    "pick_and_lift_cylinder+0": 3,
    "pick_and_lift_star+0": 3,
    "pick_and_lift_moon+0": 3,
    "pick_and_lift_toy+0": 3,
    "pick_up_cup+8": 3,
    # Two cups of six each, without the last rise: done as soon as the second is let go.
    "stack_cups+0": 11,
}
TASKS = {name.split("+")[0] for name in KEY_POSES}
SHAPES = (Cube("red"), Cylinder("green"), Star("blue"), Moon("yellow"), Duck("white"))
ROOMY = Zone(x_m=(0.34, 0.66), y_m=(-0.40, 0.40))


def play(task: Task, episode: Episode) -> None:
    """All stages of a task's expert; the episode judges by its own task."""
    with suppress(EpisodeOverError):
        play_stages(task, episode)


@pytest.mark.parametrize("name", KEY_POSES)
def test_expert_does_it(name: str) -> None:
    episode = Episode(suite.task(name), SEED)
    assert not episode.success
    mistaken = episode.task.wrong(episode.truth)
    stages = episode.task.stages(episode.truth)
    for index in range(len(stages)):
        point = true_keypoint(stages, index, episode.truth)
        assert np.hypot(*point[:2]) < 0.75  # within the arm's reach
    play(episode.task, episode)
    assert episode.success
    assert episode.key_poses == KEY_POSES[name]
    # The same done to the other object would not have been this.
    assert mistaken is None or not mistaken.success(episode.truth)


@pytest.mark.parametrize("name", ["push_buttons4+1", "pick_and_lift+0", "pick_up_cup+8"])
def test_the_wrong_one_does_not_count(name: str) -> None:
    episode = Episode(suite.task(name), SEED)
    mistaken = episode.task.wrong(episode.truth)
    assert mistaken is not None
    play(mistaken, episode)
    assert mistaken.success(episode.truth)
    assert not episode.success


def test_wordings_start_with_the_published_one() -> None:
    for table in PUBLISHED.values():
        for name, wording in table.items():
            if name.split("+")[0] in TASKS:
                wordings = suite.task(name).instructions
                assert wordings[0] == wording
                assert len(set(wordings)) >= 4


def test_a_toy_counts_only_in_the_target_and_in_the_hand() -> None:
    episode = Episode(suite.task("pick_and_lift+0"), SEED)
    world, task = episode.world, episode.task
    centre = episode.truth.site("target_centre")[:3, 3]
    world.set_pose("red_block", centre, 0.0)
    episode.robot.settle(0.001)
    assert not task.success(episode.truth)  # it is where it should be, but nobody holds it


def test_toys_stand_where_they_are_put() -> None:
    items = tuple(Item(shape, ROOMY) for shape in SHAPES)
    world = World(SceneModel("", "", "", items), seed=3)
    truth = Truth(world)
    for _ in range(400):
        world.step()
    for name in world.objects:
        shift = truth.position(name) - truth.start(name)
        assert np.linalg.norm(shift) < 1e-3, name
        assert truth.upright(name) > 0.9999


def test_a_dropped_cup_nests_on_the_floor_of_the_other() -> None:
    lower, upper = Cup("red"), Cup("blue")
    items = (Item(lower, ROOMY, "lower"), Item(upper, ROOMY, "upper"))
    world = World(SceneModel("", "", "", items), seed=3)
    place = world.base_T_object("lower")[:3, 3] + np.array([0.001, 0.0, lower.floor_m + 0.02])
    world.set_pose("upper", place, 0.4)
    for _ in range(600):
        world.step()
    truth = Truth(world)
    raised = truth.position("upper") - truth.position("lower")
    assert raised[2] == pytest.approx(lower.floor_m, abs=1e-3)
    assert np.hypot(raised[0], raised[1]) < 3e-3
    assert truth.upright("upper") > 0.999
    # The upper one's collar stays above the lower one's rim: a finger fits below.
    assert lower.floor_m > lower.collar_m


def test_each_full_press_switches_the_lamp() -> None:
    lamp = Item(Lamp("black"), ROOMY, "lamp")
    world = World(SceneModel("", "", "", (lamp,), mechanisms=(LampSwitch("lamp"),)))
    light, shade = world.model.light("lamp_light"), world.model.material("lamp_shade")
    cap = world.data.joint("lamp_switch_slide")

    def press(force_n: float) -> bool:
        """Push with this force, let go; whether the lamp shines."""
        for force in (force_n, 0.0):
            cap.qfrc_applied[0] = force
            for _ in range(300):
                world.step()
        return bool(light.active[0])

    assert not light.active[0]
    assert not press(3.0)  # 4 mm down
    assert press(8.0)
    assert shade.emission[0] > 0.5
    assert not press(8.0)
    assert shade.emission[0] == 0.0
    assert press(8.0)
    world.reset()
    assert not light.active[0]
