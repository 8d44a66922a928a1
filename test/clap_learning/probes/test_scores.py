"""Figures by hand."""

from __future__ import annotations

import math

import pytest
import torch

from clap_learning.probes.classes import NONE
from clap_learning.probes.scores import Score, confusion_of


def test_iou_of_counts_done_by_hand() -> None:
    true = torch.tensor([0, 0, 0, 1, 1, NONE])
    guessed = torch.tensor([0, 0, 1, 1, 2, 0])
    score = Score.of(confusion_of(true, guessed, 3), torch.zeros(0))
    assert score.iou[:2] == pytest.approx((2 / 3, 1 / 3))
    # Nothing is truly 2, so it has no share in the mean; where no keypoint was asked, none counts.
    assert math.isnan(score.iou[2])
    assert score.miou == pytest.approx(0.5)
    assert score.keypoints == 0
    assert math.isnan(score.keypoint_cm)


def test_keypoints_in_centimetres() -> None:
    score = Score.of(torch.eye(2), torch.tensor([0.01, 0.02, 0.12]))
    assert score.keypoint_cm == pytest.approx(5.0)
    assert score.keypoint_median_cm == pytest.approx(2.0)
    assert score.keypoint_near == pytest.approx(2 / 3)
