"""Registration finds turn and shift, and invents none."""

from __future__ import annotations

import numpy as np
import pytest
from policy_things import bracket, jar

from clap_learning.policy.registration import register, wrapped

HERE = (0.0, 0.0)


@pytest.mark.parametrize("yaw_deg", [-150.0, -40.0, 3.0, 77.0, 178.0])
def test_a_turned_thing_is_found_turned(yaw_deg: float) -> None:
    yaw = np.radians(yaw_deg)
    first = bracket(HERE, 0.0, seed=1).astype(np.float32)
    then = bracket(HERE, yaw, seed=2).astype(np.float32)
    best = register(first, then, 0.0)[0]
    assert abs(wrapped(best.yaw_rad - yaw)) < np.radians(2.0)
    np.testing.assert_allclose(best.shift_m, 0.0, atol=0.003)
    assert best.score > 0.7


def test_a_keypoint_beside_its_place_is_corrected() -> None:
    missed = np.array([0.012, -0.008, 0.0])
    first = bracket(HERE, 0.0, seed=1).astype(np.float32)
    then = (bracket(HERE, 0.6, seed=2) + missed).astype(np.float32)
    best = register(first, then, 0.0)[0]
    assert abs(wrapped(best.yaw_rad - 0.6)) < np.radians(3.0)
    np.testing.assert_allclose(best.shift_m[:2], missed[:2], atol=0.004)


def test_a_round_thing_has_the_yaw_that_is_expected() -> None:
    first, then = jar(HERE, 1).astype(np.float32), jar(HERE, 2).astype(np.float32)
    assert abs(wrapped(register(first, then, 0.5)[0].yaw_rad - 0.5)) < np.radians(4.0)


def test_another_thing_scores_less() -> None:
    first = bracket(HERE, 0.0, seed=1).astype(np.float32)
    same = register(first, bracket(HERE, 0.3, 2).astype(np.float32), 0.0)[0].score
    other = register(first, jar(HERE, 2).astype(np.float32), 0.0)[0].score
    assert other < 0.5 * same


def test_where_nothing_is_seen_the_expected_yaw_is_kept() -> None:
    fits = register(bracket(HERE, 0.0).astype(np.float32), np.zeros((3, 3), np.float32), 0.7)
    assert [(fit.yaw_rad, fit.score) for fit in fits] == [(0.7, 0.0)]
