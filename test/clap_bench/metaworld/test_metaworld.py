"""MetaWorld behind the door: what is known without it, clear errors, and experts that succeed."""

from __future__ import annotations

from importlib import metadata

import numpy as np
import pytest

from clap_bench.metaworld import package, suite
from clap_bench.steps.agents import StepExpert
from clap_bench.steps.episode import StepEpisode
from clap_bench.suite.episode import EpisodeOverError
from clap_core.errors import ClapError


def installed() -> bool:
    try:
        return metadata.version("metaworld") == package.VERSION
    except metadata.PackageNotFoundError:
        return False


needs_metaworld = pytest.mark.skipif(
    not installed(), reason=f"metaworld is not set up; run: {package.CURE}"
)


def test_there_are_fifty_tasks_each_with_a_sentence_of_its_own() -> None:
    sizes = {level: len(suite.variations(level)) for level in suite.LEVELS}
    assert sizes == {"easy": 28, "medium": 11, "hard": 6, "very-hard": 5}
    names = suite.variations("train")
    assert len(names) == len(set(names)) == 50
    assert len({suite.instruction(name) for name in names}) == 50


def test_a_task_that_does_not_exist_names_those_like_it() -> None:
    with pytest.raises(ClapError, match="no task 'drawer-shake'") as caught:
        suite.instruction("drawer-shake")
    assert "drawer-close, drawer-open" in caught.value.cure


def test_without_the_package_the_command_that_installs_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(package, "version", gone)
    with pytest.raises(ClapError, match="not set up") as caught:
        suite.world("reach")
    assert "./clap setup --with metaworld" in caught.value.cure


def test_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "version", lambda name: "2.0.0")
    with pytest.raises(ClapError, match=r"metaworld 2\.0\.0 is installed") as caught:
        suite.check()
    assert "./clap setup --with metaworld" in caught.value.cure


@needs_metaworld
def test_the_package_has_the_tasks_that_are_named_here() -> None:
    from metaworld.env_dict import ALL_V3_ENVIRONMENTS

    named = {package.full_name(name) for name in suite.variations("train")}
    assert named == set(ALL_V3_ENVIRONMENTS)


@needs_metaworld
@pytest.mark.parametrize("task", ["drawer-close", "button-press", "pick-place"])
def test_the_expert_does_its_task(task: str) -> None:
    world = suite.world(task)
    try:
        episode = StepEpisode(world, 11)
        assert not episode.success
        with pytest.raises(EpisodeOverError):
            StepExpert().play(episode)
        assert episode.success
    finally:
        world.close()


@needs_metaworld
def test_equal_seeds_look_equal_and_others_do_not() -> None:
    world = suite.world("push")
    clouds = []
    for seed in (4, 4, 5):
        world.reset(seed)
        clouds.append(world.view().cloud.xyz)
    world.close()
    np.testing.assert_array_equal(clouds[0], clouds[1])
    assert len(clouds[0]) != len(clouds[2]) or np.abs(clouds[0] - clouds[2]).max() > 0.01


@needs_metaworld
def test_pictures_are_upright_and_the_cloud_is_where_the_things_are() -> None:
    world = suite.world("pick-place")
    world.reset(2)
    seen = world.view()
    for view in seen.views:
        down = view.base_T_camera[:3, 1]  # the optical frame's y
        assert down[2] < 0.0, view.name
    # The block to be picked is red, alone on the table; where it is, only the truth tells.
    block_m = world._truth[4:7] @ np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]])  # type: ignore[attr-defined]
    near = np.linalg.norm(seen.cloud.xyz - block_m, axis=1) < 0.03
    assert near.sum() >= 5
    assert seen.cloud.rgb[near].mean(axis=0).argmax() == 0
    assert (seen.cloud.xyz[:, 2] > 0.003).all()  # no table
    hand_m = seen.state[:3]
    assert np.linalg.norm(seen.cloud.xyz - hand_m, axis=1).min() < 0.1
    world.close()


@needs_metaworld
def test_an_action_moves_the_hand_in_the_base_frame() -> None:
    world = suite.world("reach")
    world.reset(0)
    before = world.view().state
    for _ in range(5):
        world.step(np.array([0.0, 1.0, 0.0, 0.0], np.float32))
    moved_m = (world.view().state - before)[:3]
    world.close()
    assert moved_m[1] > 0.01
    assert np.abs(moved_m[[0, 2]]).max() < 0.5 * moved_m[1]
