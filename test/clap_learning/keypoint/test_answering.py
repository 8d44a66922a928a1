"""One answer from several drawings of a look."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from ball_scenes import balls, grasp, scene_of

from clap_learning.keypoint.answering import answer, numbers, pooled
from clap_learning.keypoint.calibration import ConfidenceCalibration
from clap_learning.keypoint.inputs import QueriedCloud
from clap_learning.keypoint.network import TEXT_DIM, KeypointNetwork, NetworkConfig
from clap_learning.keypoint.query import query_of
from clap_learning.keypoint.tokens import patches_of


@pytest.fixture(scope="module")
def network() -> KeypointNetwork:
    torch.manual_seed(1)
    return KeypointNetwork(NetworkConfig(width=32, layers=1, heads=2, text_width=8)).eval()


def drawing(seed: int) -> QueriedCloud:
    cloud = balls(scene_of(0), seed=0)
    return QueriedCloud(patches_of(cloud, seed), query_of(grasp("red")), np.zeros(3), 0.08)


TEXTS = {text: torch.ones(TEXT_DIM) for text in drawing(0).query.texts if text}


def test_the_same_drawing_twice_says_what_it_says_once(network: KeypointNetwork) -> None:
    once = answer(network, [drawing(0)], TEXTS, ConfidenceCalibration())
    twice = answer(network, [drawing(0), drawing(0)], TEXTS, ConfidenceCalibration())
    assert twice.absent == pytest.approx(once.absent, abs=1e-5)
    assert twice.places[0].point_m == pytest.approx(once.places[0].point_m, abs=1e-5)
    assert twice.places[0].probability == pytest.approx(once.places[0].probability, abs=1e-5)


def test_every_drawing_counts_alike(network: KeypointNetwork) -> None:
    both = answer(network, [drawing(0), drawing(1)], TEXTS, ConfidenceCalibration())
    first, second = both.heat.reshape(2, -1)
    assert both.heat.sum() == pytest.approx(1.0)
    assert first.sum() == pytest.approx(second.sum(), abs=1e-5)
    alone = answer(network, [drawing(1)], TEXTS, ConfidenceCalibration())
    assert second == pytest.approx(0.5 * alone.heat, abs=1e-6)


def test_looks_that_are_asked_at_once_say_what_each_says_alone(network: KeypointNetwork) -> None:
    looks = [drawing(seed) for seed in range(4)]
    together = pooled(numbers(network, looks, TEXTS), 2)
    assert together.heat.shape[0] == together.absent.shape[0] == 2
    for index in range(2):
        alone = answer(network, looks[2 * index : 2 * index + 2], TEXTS, ConfidenceCalibration())
        absent = ConfidenceCalibration().absent(together.absent[index])
        assert float(absent) == pytest.approx(alone.absent, abs=1e-5)
        shares = ConfidenceCalibration().shares(together.heat[index]).numpy()
        assert shares == pytest.approx(alone.heat, abs=1e-5)
