"""Fits the calibration of a network on demonstrations that it was not trained on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_learning.keypoint.answering import numbers, pooled
from clap_learning.keypoint.augment import KeypointAugmentConfig, change
from clap_learning.keypoint.calibration import ConfidenceCalibration, line_of, temperature_of
from clap_learning.keypoint.examples import KeypointExample, absent_examples
from clap_learning.keypoint.inputs import QueriedCloud
from clap_learning.keypoint.network import KeypointNetwork
from clap_learning.keypoint.query import query_of
from clap_learning.keypoint.tokens import Patches
from clap_learning.keypoint.training import text_features

_AT_ONCE = 32
_CHANGED = 3
"""Other scenes of the same kind that are made of each example: how sure the network is must hold
in colours and places that no demonstration has."""

_DIGITS = 4


def calibrate(
    network: KeypointNetwork,
    examples: Sequence[KeypointExample],
    augment: KeypointAugmentConfig,
    seed: int,
) -> ConfidenceCalibration:
    """Fit a network's calibration.

    Each look is also asked for something that is not there. All drawings of a look count together,
    as they do when the network is asked.

    Args:
        network: trained.
        examples: of other episodes than it was trained on, all with as many drawings.
        augment: how other scenes are made of them.
        seed: of these, and of what is asked for in vain.

    Raises:
        ClapError: INVALID_REQUEST if the episodes are all of one task, so that nothing is absent.
    """
    absent = absent_examples(examples, 1.0, seed)
    if not absent:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            "nothing that one of the validation episodes names is absent from another",
            "Give episodes of several tasks: ./clap data make --split train --seed 300 --out ...",
        )
    rng = np.random.default_rng(seed)
    asked = [case for one in (*examples, *absent) for case in _cases(one, augment, rng)]
    said, texts = [], text_features([case.drawings[0].query for case in asked])
    for first in range(0, len(asked), _AT_ONCE):
        looks = [look for case in asked[first : first + _AT_ONCE] for look in case.drawings]
        said.append(pooled(numbers(network, looks, texts), len(examples[0].drawings)))
    places = [case.keypoint_m for case in asked]
    there = np.array([place is not None for place in places])
    scale, shift = line_of(torch.cat([one.absent for one in said]), torch.from_numpy(~there))
    temperature = temperature_of(
        torch.cat([one.heat for one in said])[torch.from_numpy(there)],
        np.concatenate([one.pointed_m for one in said])[there],
        np.stack([place for place in places if place is not None]),
    )
    return ConfidenceCalibration(
        temperature=round(temperature, _DIGITS),
        absent_scale=round(scale, _DIGITS),
        absent_shift=round(shift, _DIGITS),
    )


@dataclass(frozen=True, eq=False)
class _Case:
    """One look, tokenised several times, and its answer.

    Attributes:
        drawings: of the look.
        keypoint_m: [3]; None for "not there".
    """

    drawings: tuple[QueriedCloud, ...]
    keypoint_m: NDArray[np.float64] | None


def _cases(
    example: KeypointExample, augment: KeypointAugmentConfig, rng: np.random.Generator
) -> Iterator[_Case]:
    """The example as it is, and other scenes made of it, each change alike in all drawings."""
    count = len(example.drawings)
    look = QueriedCloud(
        _joined(example.drawings), query_of(example.subtask), example.tcp_m, example.opening_m
    )
    yield _Case(_parted(look, count), example.keypoint_m)
    for _ in range(_CHANGED):
        changed = change(look, example.keypoint_m, augment, rng)
        yield _Case(_parted(changed.look, count), changed.keypoint_m)


def _joined(drawings: Sequence[Patches]) -> Patches:
    return Patches(
        np.concatenate([one.centres for one in drawings]),
        np.concatenate([one.xyz for one in drawings]),
        np.concatenate([one.lab for one in drawings]),
        np.concatenate([one.normals for one in drawings]),
        np.concatenate([one.bends for one in drawings]),
        drawings[0].table_m,
    )


def _parted(look: QueriedCloud, count: int) -> tuple[QueriedCloud, ...]:
    patches = look.patches
    parts = zip(
        np.split(patches.centres, count),
        np.split(patches.xyz, count),
        np.split(patches.lab, count),
        np.split(patches.normals, count),
        np.split(patches.bends, count),
        strict=True,
    )
    return tuple(replace(look, patches=Patches(*part, patches.table_m)) for part in parts)
