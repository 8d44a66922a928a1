"""What the network is given: channels of points, and batches of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clap_learning.keypoint.colours import Lab
from clap_learning.keypoint.network import TEXT_DIM, Inputs
from clap_learning.keypoint.query import SLOTS, Query, Slot
from clap_learning.keypoint.tokens import Patches

NEAR_COLOUR = 25.0
"""Difference in L*a*b* at which a point is no more of a colour than not: shading and light are
of this size."""

_PATCH_M = 0.03
_HEIGHT_M = 0.1
_BEND = 0.1
_COLOUR = 50.0
_GRAY = np.array([50.0, 0.0, 0.0], np.float32)
OPEN_M = 0.08
"""Opening of the hand that counts as 1."""


@dataclass(frozen=True, eq=False)
class QueriedCloud:
    """A cloud and what is looked for in it: what one answer is made from.

    Attributes:
        patches: the tokenised cloud.
        query: what is looked for.
        tcp_m: [3] the tool centre point; zeros where nobody told.
        opening_m: of the fingers; fully open where nobody told.
    """

    patches: Patches
    query: Query
    tcp_m: NDArray[np.float64]
    opening_m: float


def nearness(lab: NDArray[np.float32], colours: Sequence[Lab]) -> NDArray[np.float32]:
    """[..., 4] differences to the nearest of the colours, and how near it is, 0..1.

    Zeros without colours.
    """
    if not colours:
        return np.zeros((*lab.shape[:-1], 4), np.float32)
    differences = lab[..., None, :] - np.array(colours, np.float32)
    squares = (differences**2).sum(axis=-1)
    nearest = squares.argmin(axis=-1)[..., None]
    difference = np.take_along_axis(differences, nearest[..., None], axis=-2)[..., 0, :]
    near = np.exp(-np.take_along_axis(squares, nearest, axis=-1) / NEAR_COLOUR**2)
    return np.concatenate([difference / _COLOUR, near], axis=-1)


def point_channels(patches: Patches, query: Query) -> NDArray[np.float32]:
    """[T, P, POINT_CHANNELS]: see ``network.POINT_CHANNELS``."""
    lab = patches.lab
    return np.concatenate(
        [
            (patches.xyz - patches.centres[:, None]) / _PATCH_M,
            (patches.xyz[..., 2:] - patches.table_m) / _HEIGHT_M,
            _surface_channels(patches),
            (lab - _GRAY) / _COLOUR,
            *(nearness(lab, query.colours(slot)) for slot in Slot),
        ],
        axis=-1,
        dtype=np.float32,
    )


def _surface_channels(patches: Patches) -> NDArray[np.float32]:
    """[T, P, 6]: how the surface lies, alike for a normal and its opposite, and how it bends."""
    x, y, z = np.moveaxis(patches.normals, -1, 0)
    return np.stack(
        [x * x - y * y, 2.0 * x * y, z * z, 2.0 * x * z, 2.0 * y * z, patches.bends / _BEND],
        axis=-1,
    )


def batch_of(
    looks: Sequence[QueriedCloud],
    texts: Mapping[str, Tensor],
    masks: NDArray[np.bool_] | None = None,
) -> Inputs:
    """A batch.

    Args:
        looks: at least one.
        texts: [TEXT_DIM] feature of each text that is not empty.
        masks: [B, T] tokens that count; None for all.
    """
    centres = torch.from_numpy(np.stack([look.patches.centres for look in looks]))
    table = torch.tensor([[look.patches.table_m] for look in looks])
    nothing = torch.zeros(TEXT_DIM)
    features = [
        torch.stack([texts[text] if text else nothing for text in look.query.texts])
        for look in looks
    ]
    assert all(len(look.query.texts) == len(SLOTS) for look in looks)
    everything = np.ones(centres.shape[:2], bool)
    return Inputs(
        points=torch.from_numpy(
            np.stack([point_channels(look.patches, look.query) for look in looks])
        ),
        centres=centres,
        heights=centres[..., 2] - table,
        tcp_m=torch.from_numpy(np.stack([look.tcp_m for look in looks])).float(),
        opening=torch.tensor([[min(look.opening_m / OPEN_M, 1.0)] for look in looks]),
        texts=torch.stack(features),
        kinds=torch.from_numpy(np.stack([look.query.kinds for look in looks])),
        mask=torch.from_numpy(everything if masks is None else masks),
    )
