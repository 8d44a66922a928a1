"""How the step policy sees a cloud: CLAR's tokens, shipped or from scratch; DP3's one feature."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud
from clap_learning.clar.baselines.dp3 import POINT_CHANNELS, WIDTH, Dp3Encoder
from clap_learning.clar.config import encoder_config
from clap_learning.clar.encoder import ClarEncoder
from clap_learning.clar.patches import make_patches

EncoderName = Literal["clar", "scratch", "dp3"]

SIZES = "clar-tiny"
"""The encoder whose weights ship with the stack."""

DP3_POINTS = 512
"""As in DP3's published configuration for MetaWorld."""

Prepared = tuple[NDArray[np.float32], ...]
"""A cloud made ready for an encoder, without PyTorch; equal shapes for every cloud."""


class Eyes(nn.Module):
    """An encoder of clouds.

    Attributes:
        width: features of a token.
    """

    width: int

    @abstractmethod
    def prepare(self, cloud: PointCloud) -> Prepared:
        """Make a cloud ready; raises ClapError CLOUD_EMPTY if there is too little of it."""

    @abstractmethod
    def forward(self, *parts: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens [B, T, width] and where they are [B, T, 3] m, of prepared clouds."""


class ClarEyes(Eyes):
    """A token for each of 64 patches."""

    def __init__(self) -> None:
        super().__init__()
        config = encoder_config(SIZES)
        self.encoder = ClarEncoder(config)
        self.width = config.width

    def prepare(self, cloud: PointCloud) -> Prepared:
        """Centres [G, 3] and points [G, K, 6]."""
        return make_patches(cloud.xyz, cloud.rgb, self.encoder.config)

    def forward(self, *parts: Tensor) -> tuple[Tensor, Tensor]:
        """See `Eyes`."""
        centers, points = parts
        return self.encoder.tokens(centers, points), centers


class Dp3Eyes(Eyes):
    """One token for the whole cloud."""

    width = WIDTH

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Dp3Encoder()

    def prepare(self, cloud: PointCloud) -> Prepared:
        """[512, 6] position in m and colour from -1 to 1."""
        if len(cloud) == 0:
            raise ClapError(
                ErrorCode.CLOUD_EMPTY,
                "the cloud is empty",
                "Look whether the cameras see the table",
            )
        chosen = np.linspace(0, len(cloud) - 1, DP3_POINTS).round().astype(np.intp)
        points = np.empty((DP3_POINTS, POINT_CHANNELS), np.float32)
        points[:, :3] = cloud.xyz[chosen]
        points[:, 3:] = cloud.rgb[chosen].astype(np.float32) / 127.5 - 1.0
        return (points,)

    def forward(self, *parts: Tensor) -> tuple[Tensor, Tensor]:
        """See `Eyes`; the token is nowhere: at the base."""
        _, whole = self.encoder(parts[0])
        return whole[:, None], whole.new_zeros(len(whole), 1, 3)


def make_eyes(name: EncoderName) -> Eyes:
    """An encoder with random weights."""
    return Dp3Eyes() if name == "dp3" else ClarEyes()


def stacked(prepared: Sequence[Prepared]) -> tuple[Tensor, ...]:
    """Prepared clouds side by side."""
    return tuple(torch.from_numpy(np.stack(parts)) for parts in zip(*prepared, strict=True))
