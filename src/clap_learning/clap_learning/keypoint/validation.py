"""Fits the calibration of a network on demonstrations that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from clap_core.errors import ClapError, ErrorCode
from clap_learning.keypoint.answering import numbers
from clap_learning.keypoint.calibration import Calibration, line_of, temperature_of
from clap_learning.keypoint.examples import Example, absent_examples
from clap_learning.keypoint.inputs import Look
from clap_learning.keypoint.network import KeypointNetwork
from clap_learning.keypoint.query import query_of
from clap_learning.keypoint.training import text_features

_AT_ONCE = 32
_DIGITS = 4


def calibrate(network: KeypointNetwork, examples: Sequence[Example], seed: int) -> Calibration:
    """Fit a network's calibration.

    Each look is also asked for something that is not there.

    Args:
        network: trained.
        examples: of other episodes than it was trained on.
        seed: of what is asked for in vain.

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
    asked = [*examples, *absent]
    queries = [query_of(example.subtask) for example in asked]
    texts = text_features(queries)
    looks = [
        Look(example.drawings[0], query, example.tcp_m, example.opening_m)
        for example, query in zip(asked, queries, strict=True)
    ]
    batches = [
        numbers(network, looks[first : first + _AT_ONCE], texts)
        for first in range(0, len(looks), _AT_ONCE)
    ]
    there = len(examples)
    heat: Tensor = torch.cat([batch.heat for batch in batches])[:there]
    pointed_m = np.concatenate([batch.pointed_m for batch in batches])[:there]
    places_m = np.stack([np.asarray(example.keypoint_m) for example in examples])
    logits = torch.cat([batch.absent for batch in batches])
    scale, shift = line_of(logits, torch.arange(len(asked)) >= there)
    return Calibration(
        temperature=round(temperature_of(heat, pointed_m, places_m), _DIGITS),
        absent_scale=round(scale, _DIGITS),
        absent_shift=round(shift, _DIGITS),
    )
