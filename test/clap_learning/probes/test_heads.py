"""Tokens reach points, and attention finds a place."""

from __future__ import annotations

import torch

from clap_learning.probes.heads import OFFSET_SCALE_M, KeypointProbe, SegmentationProbe, Spread

torch.set_num_threads(1)


def test_a_point_on_a_centre_has_its_token_and_one_between_two_their_mean() -> None:
    centers = torch.tensor([[[0.0, 0.0, 0.0], [0.1, 0.0, 0.0], [9.0, 0.0, 0.0]]])
    points = torch.tensor([[[0.1, 0.0, 0.0], [0.05, 0.0, 0.0]]])
    spread = Spread.of(points, centers)
    tokens = torch.tensor([[[1.0, 0.0], [0.0, 1.0], [0.0, 100.0]]])
    found = spread(tokens)[0]
    assert torch.allclose(found[0], torch.tensor([0.0, 1.0]), atol=1e-3)
    assert torch.allclose(found[1], torch.tensor([0.5, 0.5]), atol=1e-2)
    assert torch.allclose(spread.weight.sum(dim=-1), torch.ones(1, 2))
    assert torch.allclose(
        spread.offset[0, 1].abs(), torch.tensor([0.05 / OFFSET_SCALE_M, 0.0, 0.0])
    )


def test_clouds_of_a_batch_do_not_mix() -> None:
    torch.manual_seed(0)
    centers, points = torch.rand(3, 8, 3), torch.rand(3, 20, 3)
    tokens = torch.rand(3, 8, 5)
    spread = Spread.of(points, centers)
    whole = spread(tokens)
    for k in range(3):
        own = spread.at(torch.tensor([k]), slice(None))(tokens[k : k + 1])
        assert torch.allclose(whole[k], own[0], atol=1e-6)


def test_segmentation_is_told_nothing_of_where_the_cloud_is() -> None:
    torch.manual_seed(0)
    centers, points, tokens = torch.rand(2, 8, 3), torch.rand(2, 20, 3), torch.rand(2, 8, 6)
    probe = SegmentationProbe(6, 4)
    here = probe(tokens, Spread.of(points, centers))
    there = probe(tokens, Spread.of(points + 1.0, centers + 1.0))
    assert torch.allclose(here, there, atol=1e-3)


def test_a_keypoint_moves_with_the_cloud_and_does_not_depend_on_the_tokens_order() -> None:
    torch.manual_seed(0)
    centers, tokens = torch.rand(2, 8, 3), torch.rand(2, 8, 6)
    classes = torch.tensor([[0, 1, -1], [1, 2, 2]])
    probe = KeypointProbe(6, 4)
    place, looked = probe(tokens, centers, classes)
    assert place.shape == (2, 3, 3)
    assert looked.shape == (2, 3, 8)
    shift = torch.tensor([0.3, -0.2, 0.1])
    assert torch.allclose(probe(tokens, centers + shift, classes)[0], place + shift, atol=1e-5)
    order = torch.randperm(8)
    assert torch.allclose(probe(tokens[:, order], centers[:, order], classes)[0], place, atol=1e-5)
