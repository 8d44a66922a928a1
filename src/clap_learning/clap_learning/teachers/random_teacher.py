"""The control: a network that has learned nothing.

What a student gains from it comes from the objective, not from what a teacher knows.
"""

from __future__ import annotations

import torch
from torch import nn

from clap_learning.teachers.efficientnet import EfficientNetLite0, EfficientNetTeacher


class RandomTeacher(EfficientNetTeacher):
    """EfficientNet-Lite0 as it was initialised, the same for the same seed.

    Args:
        seed: of the weights.
    """

    name = "random"
    margin_px = 8  # Its kernels do not lean: half a cell is to be made up for.

    def __init__(self, seed: int = 0) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = EfficientNetLite0()
            for module in network.modules():
                if isinstance(module, nn.Conv2d):  # So that the signal survives 50 layers.
                    nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        super().__init__(network)
