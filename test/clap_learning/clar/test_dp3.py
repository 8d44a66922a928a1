"""DP3's encoder is a function of a set of points."""

from __future__ import annotations

import torch

from clap_learning.clar.baselines.dp3 import POINT_CHANNELS, Dp3Encoder

torch.set_num_threads(1)


def test_the_clouds_feature_does_not_depend_on_the_points_order() -> None:
    torch.manual_seed(0)
    encoder, points = Dp3Encoder(), torch.randn(2, 50, POINT_CHANNELS)
    order = torch.randperm(50)
    each, whole = encoder(points)
    each_again, whole_again = encoder(points[:, order])
    assert torch.allclose(whole, whole_again, atol=1e-6)
    assert torch.allclose(each[:, order], each_again, atol=1e-6)


def test_a_point_knows_nothing_of_the_others_but_by_the_cloud() -> None:
    torch.manual_seed(0)
    encoder, points = Dp3Encoder(), torch.randn(1, 50, POINT_CHANNELS)
    changed = points.clone()
    changed[:, 1:] += 1.0
    tokens, other = encoder.tokens(points), encoder.tokens(changed)
    width = encoder.point_width
    assert tokens.shape == (1, 50, width + encoder.cloud_width)
    assert torch.allclose(tokens[:, 0, :width], other[:, 0, :width], atol=1e-6)
    assert not torch.allclose(tokens[:, 0, width:], other[:, 0, width:], atol=1e-3)
