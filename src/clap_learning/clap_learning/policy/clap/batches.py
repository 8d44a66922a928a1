"""Situations and examples as tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.patch_batch import PatchBatch, collate
from clap_learning.clar.patches import make_patches
from clap_learning.keypoint.network import TEXT_DIM
from clap_learning.policy.clap.anchors import anchor_frames
from clap_learning.policy.clap.examples import PolicyExample
from clap_learning.policy.clap.manners import Manner
from clap_learning.policy.clap.network import PolicyInputs
from clap_learning.policy.clap.situation import SubTaskSituation, carried_point

_REACH_M = 0.3
_TALL_M = 0.1


@dataclass(frozen=True, eq=False)
class WantedVotes:
    """What the votes of a batch should be.

    Attributes:
        positions_m: [B, K, 3] of the carried point.
        rotations: [B, K, 3, 3] of the TCP.
        counts: [B, K] which steps there are.
        twins: [B] whether the hand turned by half does the same.
        manners: [B] number of the manner.
    """

    positions_m: Tensor
    rotations: Tensor
    counts: Tensor
    twins: Tensor
    manners: Tensor


def inputs_of(
    situations: Sequence[SubTaskSituation],
    encoder: EncoderConfig,
    texts: Mapping[str, Tensor],
    rng: np.random.Generator | None = None,
) -> PolicyInputs:
    """A batch to ask about.

    Args:
        situations: at least one.
        encoder: sizes of the encoder.
        texts: [TEXT_DIM] of each name.
        rng: draws points and patches; without it the same look gives the same ones.
    """
    seen = [len(one.xyz) >= encoder.patch_points for one in situations]
    looks = [
        make_patches(one.xyz, one.rgb, encoder, rng)
        for one, is_seen in zip(situations, seen, strict=True)
        if is_seen
    ]
    frames, there = zip(*(anchor_frames(one) for one in situations), strict=True)
    nothing = torch.zeros(TEXT_DIM)
    return PolicyInputs(
        patches=collate(looks) if looks else _no_patches(encoder),
        seen=torch.tensor(seen),
        frames=torch.from_numpy(np.stack(frames)).float(),
        there=torch.from_numpy(np.stack(there)),
        state=torch.from_numpy(np.stack([_state(one) for one in situations])).float(),
        texts=torch.stack([
            torch.stack([texts[text] if text else nothing for text in one.query.texts])
            for one in situations
        ]),
        kinds=torch.from_numpy(np.stack([one.query.kinds for one in situations])),
    )  # fmt: skip


def wanted_of(
    examples: Sequence[PolicyExample], steps: int, manners: Mapping[Manner, int]
) -> WantedVotes:
    """What was demonstrated.

    Args:
        examples: of a batch.
        steps: K.
        manners: number of each that is known.
    """
    positions = np.zeros((len(examples), steps, 3))
    rotations = np.broadcast_to(np.eye(3), (len(examples), steps, 3, 3)).copy()
    counts = np.zeros((len(examples), steps), bool)
    for row, one in enumerate(examples):
        count = len(one.poses)
        counts[row, :count] = True
        rotations[row, :count] = one.poses[:, :3, :3]
        positions[row, :count] = [carried_point(pose, one.now.tcp_p_held) for pose in one.poses]
    return WantedVotes(
        torch.from_numpy(positions).float(),
        torch.from_numpy(rotations).float(),
        torch.from_numpy(counts),
        torch.tensor([one.has_twin for one in examples]),
        torch.tensor([manners[one.manner] for one in examples]),
    )


def _no_patches(encoder: EncoderConfig) -> PatchBatch:
    shape = (0, encoder.patches)
    return PatchBatch(torch.zeros(*shape, 3), torch.zeros(*shape, encoder.patch_points, 6))


def _state(now: SubTaskSituation) -> NDArray[np.float64]:
    """[STATE_CHANNELS]."""
    nowhere = np.zeros(3)
    held = now.tcp_p_held
    flags = [now.at_hand, held is not None, now.next_m is not None, len(now.xyz) > 0]
    return np.concatenate([
        now.carried_m / _REACH_M,
        now.key_T_tcp[:3, :2].T.ravel(),
        nowhere if held is None else held / _TALL_M,
        nowhere if now.next_m is None else now.next_m / _REACH_M,
        [now.top_m / _TALL_M, now.out_m - 0.5, now.height_m / _TALL_M],
        np.array(flags, float),
        [float(np.log1p(len(now.xyz))) / 6.0, float(np.hypot(*now.carried_m[:2])) / _REACH_M],
    ])  # fmt: skip
