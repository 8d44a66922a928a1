"""Where a probe's tokens come from: an encoder that is frozen, or trained with the probe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from clap_learning.clar.baselines.dp3 import Dp3Encoder
from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.encoder import ClarEncoder
from clap_learning.clar.inference import EAGER, make_engine
from clap_learning.clar.patch_batch import PatchBatch, collate
from clap_learning.clar.patches import make_patches
from clap_learning.clar.weights import weights_of
from clap_learning.probes.clouds import POINTS, ProbeClouds

DP3_POINTS = 512
"""As DP3 takes in simulation; evenly thinned, for voxels are as good as farthest points."""

_BATCH = 32

Advance = Callable[[int], None]


class Source(nn.Module):
    """Tokens of clouds, by the clouds' indices.

    Attributes:
        width: features of a token.
        centers: [N, T, 3] m, base frame; of all clouds.
        is_trained: whether the encoder is trained with the probe.
    """

    width: int
    centers: Tensor
    is_trained: bool = False

    def forward(self, clouds: Tensor) -> Tensor:
        """[B] indices to tokens [B, T, width], float32."""
        raise NotImplementedError


class FrozenTokens(Source):
    """What an encoder said once.

    Args:
        tokens: [N, T, width].
        centers: [N, T, 3] m.
    """

    def __init__(self, tokens: Tensor, centers: Tensor) -> None:
        super().__init__()
        self._tokens = (tokens,)  # In a tuple: no part of what is trained and stored.
        self.centers = centers
        self.width = tokens.shape[-1]

    def forward(self, clouds: Tensor) -> Tensor:
        """See `Source`."""
        return self._tokens[0][clouds]


class TrainedClar(Source):
    """CLAR's encoder, trained with the probe.

    Args:
        encoder: to train; from scratch or not.
        patches: of all clouds.
    """

    is_trained = True

    def __init__(self, encoder: ClarEncoder, patches: PatchBatch) -> None:
        super().__init__()
        self.encoder = encoder
        self._patches = (patches,)
        self.centers = patches.centers
        self.width = encoder.config.width

    def forward(self, clouds: Tensor) -> Tensor:
        """See `Source`."""
        patches = self._patches[0]
        with fast():
            tokens = self.encoder.tokens(patches.centers[clouds], patches.points[clouds])
        return tokens.float()


class TrainedDp3(Source):
    """DP3's encoder, trained with the probe; each of the 512 points that it sees is a token.

    Args:
        encoder: to train.
        clouds: all of them.
    """

    is_trained = True

    def __init__(self, encoder: Dp3Encoder, clouds: ProbeClouds) -> None:
        super().__init__()
        self.encoder = encoder
        every = POINTS // DP3_POINTS
        self.centers = torch.from_numpy(np.ascontiguousarray(clouds.xyz[:, ::every]))
        colours = torch.from_numpy(clouds.rgb[:, ::every].astype(np.float32) / 127.5 - 1.0)
        self._points = (torch.cat([self.centers, colours], dim=-1),)
        self.width = encoder.point_width + encoder.cloud_width

    def forward(self, clouds: Tensor) -> Tensor:
        """See `Source`."""
        return self.encoder.tokens(self._points[0][clouds])


def patches_of(clouds: ProbeClouds, config: EncoderConfig) -> PatchBatch:
    """The patches of all clouds; the same every time."""
    return collate(
        [make_patches(xyz, rgb, config) for xyz, rgb in zip(clouds.xyz, clouds.rgb, strict=True)]
    )


def frozen(
    encoder: ClarEncoder,
    patches: PatchBatch,
    engine: str = EAGER,
    advance: Advance = lambda count: None,
) -> FrozenTokens:
    """Encode clouds once.

    Args:
        encoder: is not changed.
        patches: of the clouds, made for this encoder.
        engine: that encodes, by its name.
        advance: told how many clouds were encoded.
    """
    # In single precision: whitening would bring a coarser rounding to light.
    runs = make_engine(engine, weights_of(encoder))
    parts = []
    for centers, points in _batches(patches):
        parts.append(torch.from_numpy(runs.encode(centers.numpy(), points.numpy())))
        advance(len(centers))
    return FrozenTokens(torch.cat(parts), patches.centers)


def in_part(source: FrozenTokens, clouds: NDArray[np.int64], others: FrozenTokens) -> FrozenTokens:
    """The same with other tokens of some clouds.

    Args:
        source: of all clouds; is not changed.
        clouds: [M] indices.
        others: of these M clouds.
    """
    tokens = source(torch.arange(len(source.centers))).clone()
    tokens[torch.from_numpy(clouds)] = others(torch.arange(len(clouds)))
    return FrozenTokens(tokens, source.centers)


def fast() -> AbstractContextManager[object]:
    """bfloat16 where this CPU multiplies matrices in it, several times faster."""
    can = torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.autocast("cpu", torch.bfloat16, enabled=bool(can))


def _batches(patches: PatchBatch) -> Iterator[tuple[Tensor, Tensor]]:
    for first in range(0, len(patches.centers), _BATCH):
        yield (
            patches.centers[first : first + _BATCH],
            patches.points[first : first + _BATCH],
        )
