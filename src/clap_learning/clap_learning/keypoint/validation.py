"""Fits the calibration of a network on demonstrations that it was not trained on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from clap_core.errors import ClapError, ErrorCode
from clap_learning.keypoint.answering import numbers
from clap_learning.keypoint.augment import AugmentConfig, Changed, change
from clap_learning.keypoint.calibration import Calibration, line_of, temperature_of
from clap_learning.keypoint.examples import Example, absent_examples
from clap_learning.keypoint.inputs import Look
from clap_learning.keypoint.network import KeypointNetwork
from clap_learning.keypoint.query import query_of
from clap_learning.keypoint.training import text_features

_AT_ONCE = 32
_CHANGED = 3
"""Other scenes of the same kind that are made of each example: how sure the network is must hold
in colours and places that no demonstration has."""

_DIGITS = 4


def calibrate(
    network: KeypointNetwork, examples: Sequence[Example], augment: AugmentConfig, seed: int
) -> Calibration:
    """Fit a network's calibration.

    Each look is also asked for something that is not there.

    Args:
        network: trained.
        examples: of other episodes than it was trained on.
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
    said, texts = [], text_features([case.look.query for case in asked])
    for first in range(0, len(asked), _AT_ONCE):
        looks = [case.look for case in asked[first : first + _AT_ONCE]]
        said.append(numbers(network, looks, texts))
    places = [case.keypoint_m for case in asked]
    there = np.array([place is not None for place in places])
    scale, shift = line_of(torch.cat([one.absent for one in said]), torch.from_numpy(~there))
    temperature = temperature_of(
        torch.cat([one.heat for one in said])[torch.from_numpy(there)],
        np.concatenate([one.pointed_m for one in said])[there],
        np.stack([place for place in places if place is not None]),
    )
    return Calibration(
        temperature=round(temperature, _DIGITS),
        absent_scale=round(scale, _DIGITS),
        absent_shift=round(shift, _DIGITS),
    )


def _cases(example: Example, augment: AugmentConfig, rng: np.random.Generator) -> Iterator[Changed]:
    """The example as it is, and other scenes made of it."""
    patches = example.drawings[0]
    look = Look(patches, query_of(example.subtask), example.tcp_m, example.opening_m)
    yield Changed(look, example.keypoint_m, np.ones(len(patches.centres), bool))
    for _ in range(_CHANGED):
        yield change(look, example.keypoint_m, augment, rng)
