"""The port as a whole: every variation is there, says what GemBench says, and is reproducible."""

from __future__ import annotations

import numpy as np
import pytest

from clap_bench.gembench import suite
from clap_bench.gembench.colours import ALIKE, COLOURS, others
from clap_bench.gembench.levels import PUBLISHED
from clap_bench.suite.episode import Episode
from clap_bench.suite.seeds import drawing_seed
from clap_core.errors import ClapError, ErrorCode

ALL = [name for table in PUBLISHED.values() for name in table]


def test_the_levels_have_gembenchs_sizes() -> None:
    assert {level: len(table) for level, table in PUBLISHED.items()} == {
        "L1": 31,
        "L2": 28,
        "L3": 21,
        "L4": 12,
    }
    assert len(set(ALL)) == 92
    assert suite.variations("train") == suite.variations("L1")


@pytest.mark.parametrize("name", ALL)
def test_the_published_wording_comes_first_and_others_follow(name: str) -> None:
    wordings = suite.task(name).instructions
    assert wordings[0] == PUBLISHED[suite.level_of(name)][name]
    assert len(set(wordings)) == len(wordings) >= 4
    assert all(wording == wording.strip() and wording for wording in wordings)


@pytest.mark.parametrize("name", ALL)
def test_a_scene_follows_from_the_generator_alone(name: str) -> None:
    task = suite.task(name)
    first, again, other = (task.scene(np.random.default_rng(seed)) for seed in (4, 4, 5))
    assert first == again
    assert len({item.name for item in first.items}) == len(first.items)
    assert len(other.items) > 0


def test_an_episode_is_the_same_to_the_last_bit() -> None:
    def state(seed: int) -> np.ndarray:
        episode = Episode(suite.task("push_button+0"), seed)
        for stage in episode.task.stages(episode.truth):
            for action in list(stage.actions(episode.truth))[:1]:
                episode.execute(action)
        return np.concatenate([episode.world.data.qpos, episode.world.data.qvel])

    np.testing.assert_array_equal(state(7), state(7))
    assert not np.array_equal(state(7), state(8))


def test_variations_share_no_placement_at_a_seed() -> None:
    drawn = [drawing_seed(suite.task(name), seed) for name in ALL for seed in (0, 1)]
    assert len(set(drawn)) == len(drawn)
    first, second = (
        Episode(suite.task(name), 7).world.model.body_pos
        for name in ("open_drawer+0", "open_drawer+2")
    )
    assert not np.allclose(first, second, atol=1e-3)


@pytest.mark.parametrize("name", ["push_button+99", "push_button", "juggle+0"])
def test_an_unknown_variation_is_refused_by_name(name: str) -> None:
    with pytest.raises(ClapError, match=name.replace("+", r"\+")) as caught:
        suite.task(name)
    assert caught.value.code is ErrorCode.INVALID_REQUEST


def test_an_unknown_level_is_refused_by_name() -> None:
    with pytest.raises(ClapError, match="L5") as caught:
        suite.variations("L5")
    assert "L4" in caught.value.cure


def test_distractors_are_not_mistaken_for_each_other() -> None:
    for seed in range(50):
        chosen = others(np.random.default_rng(seed), 4, "red")
        assert len(chosen) == 4 and set(chosen) <= set(COLOURS)
        for colour in chosen:
            rest = {"red", *chosen} - {colour}
            assert not any(colour in group and rest & group for group in ALIKE)
