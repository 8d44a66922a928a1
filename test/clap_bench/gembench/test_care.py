"""What an arm knocks shut by the way is not closed."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

from clap_bench.gembench import suite
from clap_bench.gembench.care import was_struck
from clap_bench.suite.agents.stand_ins import Random
from clap_bench.suite.episode import Episode
from clap_core.errors import ClapError


def test_a_lid_that_a_flailing_arm_knocks_shut_does_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A placement and flailing that were found by trying: they hit the lid at the seventh pose.
    monkeypatch.setattr("clap_bench.suite.episode.drawing_seed", lambda task, seed: seed)
    episode = Episode(suite.task("close_grill+0"), 4)
    rng = np.random.default_rng(4)
    for _ in range(7):
        with contextlib.suppress(ClapError):
            episode.execute(Random()._draw(rng))
    assert episode.truth.joint("grill_lid") < np.radians(10.0)
    assert was_struck(episode.truth)
    assert not episode.success


def test_closed_by_the_fingers_it_counts() -> None:
    episode = Episode(suite.task("close_grill+0"), 100)
    with contextlib.suppress(Exception):
        for stage in episode.task.stages(episode.truth):
            for action in stage.actions(episode.truth):
                episode.execute(action)
    assert not was_struck(episode.truth)
    assert episode.success
