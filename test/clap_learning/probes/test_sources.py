"""Tokens of clouds, from one source and another."""

from __future__ import annotations

import numpy as np
import torch

from clap_learning.probes.sources import FrozenTokens, in_part


def test_some_clouds_have_the_tokens_of_another_source() -> None:
    centers = torch.zeros(5, 2, 3)
    source = FrozenTokens(torch.zeros(5, 2, 4), centers)
    others = FrozenTokens(torch.ones(2, 2, 4), centers[:2])
    mixed = in_part(source, np.array([1, 4]), others)
    assert mixed(torch.arange(5)).mean(dim=(1, 2)).tolist() == [0.0, 1.0, 0.0, 0.0, 1.0]
    assert mixed.centers is centers
    assert source(torch.arange(5)).max() == 0.0
