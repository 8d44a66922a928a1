"""How sure the network is follows from how often it is right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from ball_scenes import examples

from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Action, SubTask
from clap_learning.keypoint.augment import KeypointAugmentConfig
from clap_learning.keypoint.calibration import (
    ABSENT_PRIOR,
    ConfidenceCalibration,
    line_of,
    temperature_of,
)
from clap_learning.keypoint.network import KeypointNetwork, NetworkConfig
from clap_learning.keypoint.places import places_of
from clap_learning.keypoint.validation import _cases, calibrate

POINTS = np.array([[0.0, 0.0, 0.0], [0.5, 0.0, 0.0], [0.0, 0.5, 0.0]])


def said(sure: float, right: int, count: int = 20) -> tuple[torch.Tensor, np.ndarray, np.ndarray]:
    """Heat on the first of three places with a margin, right so often, and otherwise the second."""
    heat = torch.zeros(count, 3)
    heat[:, 0] = sure
    places = POINTS[[0] * right + [1] * (count - right)]
    return heat, np.broadcast_to(POINTS, (count, 3, 3)), places


@pytest.mark.parametrize("right", [10, 15, 19])
def test_the_best_places_probability_is_how_often_it_is_right(right: int) -> None:
    heat, pointed, places = said(6.0, right)
    calibration = ConfidenceCalibration(temperature=temperature_of(heat, pointed, places))
    best = places_of(calibration.shares(heat)[0].double().numpy(), POINTS)[0]
    assert best.probability == pytest.approx(right / 20, abs=0.06)


def test_one_that_is_too_modest_becomes_surer() -> None:
    heat, pointed, places = said(1.0, 20)
    assert temperature_of(heat, pointed, places) < 0.5


def test_what_is_absent_becomes_likely_above_the_line_between() -> None:
    logits = torch.cat([torch.linspace(-3.0, -2.0, 200), torch.linspace(-1.0, 0.0, 200)])
    absent = torch.arange(400) >= 200
    scale, shift = line_of(logits, absent)
    probabilities = ConfidenceCalibration(absent_scale=scale, absent_shift=shift).absent(logits)
    assert (probabilities[~absent] < 0.5).all()
    assert (probabilities[absent] > 0.5).all()


def test_where_the_logit_says_nothing_most_things_are_there() -> None:
    absent = torch.arange(2000) < 1000
    scale, shift = line_of(torch.linspace(-1.0, 1.0, 1000).repeat(2), absent)
    probabilities = ConfidenceCalibration(absent_scale=scale, absent_shift=shift).absent(
        torch.zeros(1)
    )
    assert float(probabilities) == pytest.approx(ABSENT_PRIOR, abs=0.01)


def test_a_logit_that_tells_nothing_is_not_listened_to() -> None:
    logits = torch.tensor([3.0, 2.0, -2.0, -3.0])  # the wrong way round
    scale, _ = line_of(logits, torch.tensor([False, False, True, True]))
    ConfidenceCalibration(absent_scale=round(scale, 4))
    assert scale < 0.1


def test_the_default_changes_nothing() -> None:
    heat = torch.randn(5)
    assert torch.equal(ConfidenceCalibration().shares(heat), heat.softmax(dim=-1))
    assert torch.equal(ConfidenceCalibration().absent(heat), heat.sigmoid())


def test_a_network_is_calibrated_on_other_episodes() -> None:
    torch.manual_seed(0)
    network = KeypointNetwork(NetworkConfig(width=32, layers=1, heads=2, text_width=8)).eval()
    mug = SubTask(Action.GRASP, "grasp the mug", "mug")
    shown = [*examples(4), *(replace(one, subtask=mug, episode="mugs") for one in examples(4))]
    fitted = calibrate(network, shown, KeypointAugmentConfig(), seed=0)
    assert fitted != ConfidenceCalibration()


def test_other_scenes_are_the_same_change_of_all_drawings() -> None:
    one = examples(1)[0]
    again = replace(one, drawings=one.drawings * 2)
    plain, *others = _cases(again, KeypointAugmentConfig(), np.random.default_rng(0))
    assert plain.drawings[0].patches.centres == pytest.approx(one.drawings[0].centres)
    for case in others:
        first, second = (look.patches.centres for look in case.drawings)
        # Noise apart, which is drawn for each point.
        assert np.abs(first - second).max() < 0.01
        assert np.abs(first - one.drawings[0].centres).max() > 0.01


def test_episodes_in_which_nothing_is_absent_are_refused() -> None:
    torch.manual_seed(0)
    network = KeypointNetwork(NetworkConfig(width=32, layers=1, heads=2, text_width=8)).eval()
    with pytest.raises(ClapError) as caught:
        calibrate(network, examples(1), KeypointAugmentConfig(), seed=0)
    assert caught.value.code is ErrorCode.INVALID_REQUEST
