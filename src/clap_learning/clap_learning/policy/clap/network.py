"""The network: what is around a keypoint, and what is to be done, to votes for key poses.

As in CLAP's fine branch (arXiv 2509.23575, after RVT-2): a 3D-aware representation of the zoomed
look, the sub-task's words and the state of the hand give a heatmap over where to act, and rotation,
gripper and motion there. Here the representation is CLAR's: its encoder makes tokens of the points
around the keypoint. The heatmap is over those tokens and a few frames that are known before
anything is seen; each votes for the key poses of the whole sub-task, seen from itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from pydantic import BaseModel, Field
from torch import Tensor, nn

from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.encoder import ClarEncoder, TransformerBlock, initialise
from clap_learning.clar.patch_batch import PatchBatch
from clap_learning.keypoint.network import TEXT_DIM
from clap_learning.keypoint.query import KINDS, SLOTS
from clap_learning.policy.clap.anchors import ANCHORS

STATE_CHANNELS = 3 + 6 + 3 + 3 + 3 + 6
"""Of the hand, its orientation, the foot of what it holds, the next place, sizes, and flags."""

POSE_CHANNELS = 3 + 6
_VOTE_CHANNELS = POSE_CHANNELS + 2
"""Position and rotation from an anchor, and how far off each may be."""

VOTE_M = 0.1
"""What a voted position of 1 is."""

_LEAST_M, _MOST_M = 0.002, 0.2
_LEAST_RAD, _MOST_RAD = 0.03, 2.0
_EXPANSION = 2.0


class PolicyNetworkConfig(BaseModel, frozen=True, extra="forbid"):
    """Sizes."""

    points: int = Field(384, description="Points of a look.", ge=64)
    patches: int = Field(32, description="Patches, each a token.", ge=4)
    encoder_depth: int = Field(6, description="Blocks of CLAR's encoder that are used.", ge=1)
    width: int = Field(128, description="Numbers of a token in the policy's own blocks.", ge=16)
    layers: int = Field(3, description="Of the policy's own blocks.", ge=1)
    heads: int = Field(4, description="Of each.", ge=1)
    text_width: int = Field(48, description="Numbers that a name comes to.", ge=4)
    steps: int = Field(8, description="Key poses of the longest sub-task.", ge=1)
    manners: int = Field(1, description="Manners of sub-tasks that are known.", ge=1)

    def encoder(self, pretrained: EncoderConfig) -> EncoderConfig:
        """CLAR's encoder over fewer points."""
        fewer = {"points": self.points, "patches": self.patches, "depth": self.encoder_depth}
        return pretrained.model_copy(update=fewer)


@dataclass(frozen=True, eq=False)
class PolicyInputs:
    """A batch.

    Attributes:
        patches: of the looks that have any points, L of them.
        seen: [B] which those are.
        frames: [B, A, 2, 4, 4] the anchors; see `anchor_frames`.
        there: [B, A] which of them there are.
        state: [B, STATE_CHANNELS].
        texts: [B, S, TEXT_DIM] of each of `SLOTS`, zeros where nothing is told.
        kinds: [B, KINDS].
    """

    patches: PatchBatch
    seen: Tensor
    frames: Tensor
    there: Tensor
    state: Tensor
    texts: Tensor
    kinds: Tensor


@dataclass(frozen=True, eq=False)
class Votes:
    """What the network says; N = A anchors and then G patches.

    Attributes:
        heat: [B, N] logits: which anchor the key poses are told from.
        positions_m: [B, N, K, 3] where the carried point goes, the keypoint's frame.
        rotations: [B, N, K, 3, 3] of the TCP.
        log_m, log_rad: [B, N, K] logarithm of how far off they may be.
        manner: [B, M] logits.
    """

    heat: Tensor
    positions_m: Tensor
    rotations: Tensor
    log_m: Tensor
    log_rad: Tensor
    manner: Tensor


class PolicyNetwork(nn.Module):
    """Votes for key poses.

    Args:
        config: sizes.
        encoder: sizes of CLAR's encoder, as `PolicyNetworkConfig.encoder` makes them.
    """

    def __init__(self, config: PolicyNetworkConfig, encoder: EncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = ClarEncoder(encoder)
        width = config.width
        self._look = nn.Linear(encoder.width, width)
        self._names = nn.Linear(TEXT_DIM, config.text_width)
        self._task = nn.Linear(len(SLOTS) * config.text_width + KINDS + STATE_CHANNELS, width)
        self._kind_of_anchor = nn.Parameter(torch.randn(len(ANCHORS), width) * 0.02)
        self._place = nn.Linear(3 + 9, width)
        self._blocks = nn.ModuleList(
            TransformerBlock(width, config.heads, _EXPANSION, 0.0) for _ in range(config.layers)
        )
        self._normal = nn.LayerNorm(width)
        self._heat = nn.Linear(width, 1)
        self._vote = nn.Sequential(
            nn.Linear(2 * width, 2 * width),
            nn.GELU(),
            nn.Linear(2 * width, config.steps * _VOTE_CHANNELS),
        )
        self._manner = nn.Sequential(
            nn.Linear(2 * width, width), nn.GELU(), nn.Linear(width, config.manners)
        )
        self._blocks.apply(initialise)

    def forward(self, inputs: PolicyInputs) -> Votes:
        """What a batch's key poses are."""
        batch = len(inputs.there)
        names = self._names(inputs.texts).flatten(1)
        task = self._task(torch.cat([names, inputs.kinds, inputs.state], dim=1))
        places = torch.cat(
            [inputs.frames[:, :, 0, :3, 3] / VOTE_M, inputs.frames[:, :, 1, :3, :3].flatten(2)], 2
        )
        anchors = self._kind_of_anchor + self._place(places)
        look, frames, there = self._looked(inputs)
        tokens = torch.cat([task[:, None], anchors + task[:, None], look + task[:, None]], dim=1)
        alone = torch.cat([there.new_ones(batch, 1), there], dim=1)
        tokens = torch.where(alone[..., None], tokens, 0.0)
        for block in self._blocks:
            # What is not there is nothing, and stays so: it gets a little attention, always equal.
            tokens = torch.where(alone[..., None], block(tokens), 0.0)
        tokens = self._normal(tokens)
        told, voters = tokens[:, :1], tokens[:, 1:]
        heat = self._heat(voters)[..., 0].masked_fill(~there, -1e4)
        both = torch.cat([voters, told.expand_as(voters)], dim=2)
        votes = self._vote(both).view(batch, voters.shape[1], self.config.steps, _VOTE_CHANNELS)
        best = (heat.softmax(dim=1)[..., None] * voters).sum(dim=1)
        manner = self._manner(torch.cat([told[:, 0], best], dim=1))
        axes = frames[:, :, None]
        offsets = (axes[..., 0, :3, :3] @ votes[..., :3, None])[..., 0] * VOTE_M
        positions_m = axes[..., 0, :3, 3] + offsets
        rotations = axes[..., 1, :3, :3] @ rotation_matrices(votes[..., 3:9])
        log_m, log_rad = votes[..., 9] + _log(0.02), votes[..., 10] + _log(0.3)
        return Votes(
            heat,
            positions_m,
            rotations,
            log_m.clamp(_log(_LEAST_M), _log(_MOST_M)),
            log_rad.clamp(_log(_LEAST_RAD), _log(_MOST_RAD)),
            manner,
        )

    def _looked(self, inputs: PolicyInputs) -> tuple[Tensor, Tensor, Tensor]:
        """Tokens of the looks [B, G, width], frames of all anchors, and which there are."""
        batch, patches = len(inputs.there), self.config.patches
        look = inputs.texts.new_zeros(batch, patches, self.config.width)
        level = torch.eye(4).expand(batch, patches, 2, 4, 4).clone()
        if len(inputs.patches.centers):
            look[inputs.seen] = self._look(self.encoder(inputs.patches))
            level[inputs.seen, :, :, :3, 3] = inputs.patches.centers[:, :, None]
        frames = torch.cat([inputs.frames, level], dim=1)
        there = torch.cat([inputs.there, inputs.seen[:, None].expand(batch, patches)], dim=1)
        return look, frames, there


def rotation_matrices(sixes: Tensor) -> Tensor:
    """[..., 3, 3] from [..., 6]: two columns, made orthonormal (Zhou et al., CVPR 2019). Zeros give
    the identity."""
    first = sixes[..., :3] + sixes.new_tensor([1.0, 0.0, 0.0])
    second = sixes[..., 3:] + sixes.new_tensor([0.0, 1.0, 0.0])
    x = nn.functional.normalize(first, dim=-1, eps=1e-6)
    y = nn.functional.normalize(second - (x * second).sum(-1, keepdim=True) * x, dim=-1, eps=1e-6)
    return torch.stack([x, y, torch.cross(x, y, dim=-1)], dim=-1)


def _log(number: float) -> float:
    return float(torch.tensor(number).log())
