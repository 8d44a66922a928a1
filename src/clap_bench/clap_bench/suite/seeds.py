"""Which seeds episodes have, so that no policy is ever scored on an episode that it was shown.

An episode's seed decides placement, distractors, looks and wording. Scoring uses the numbers below
`TRAIN_START` as they are: ``--seed 7 --episodes 1`` plays the episode that a report calls 7.
Demonstrations use the numbers from `TRAIN_START` on, a block of its own for each variation.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict

from clap_bench.suite.task import Task
from clap_core.errors import ClapError, ErrorCode

BLOCK = 2**30
"""Seeds a block: of all test episodes, and of the demonstrations of one variation."""

TRAIN_START = BLOCK
"""The smallest seed of a demonstration."""

_BLOCKS = 2**20
"""Blocks for demonstrations. Where two variations share one, they share looks, nothing else; the
largest seed is about 2^50, which JSON carries without loss."""


def scoring_seed(seed: int, index: int = 0) -> int:
    """Seed of the episode `index` of a scoring that starts at `seed`: their sum.

    Raises:
        ClapError: INVALID_REQUEST if that is no seed for scoring.
    """
    return _checked(seed, index)


def train_seed(variation: str, seed: int, index: int = 0) -> int:
    """Seed of the demonstration `index` of a collection of one variation that starts at `seed`.

    Raises:
        ClapError: INVALID_REQUEST if the collection leaves its block.
    """
    block = zlib.crc32(variation.encode()) % _BLOCKS
    return TRAIN_START + block * BLOCK + _checked(seed, index)


def drawing_seed(task: Task, seed: int) -> int:
    """What an episode is drawn from: its seed and which variation it is.

    So that episodes of equal seeds in two variations have nothing in common: their outcomes are
    independent. A task is told by its class and fields.
    """
    # Not repr: how NumPy's numbers look in it depends on NumPy's version.
    fields = asdict(task)  # type: ignore[call-overload]  # every task is a dataclass
    told = f"{type(task).__qualname__} {json.dumps(fields, default=str)}"
    return zlib.crc32(told.encode()) * BLOCK * (_BLOCKS + 1) + seed


def _checked(seed: int, index: int) -> int:
    if seed < 0 or index < 0 or seed + index >= BLOCK:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"seed {seed} with {index + 1} episodes leaves the range 0 .. {BLOCK - 1}",
            "Choose a seed in that range and fewer episodes",
        )
    return seed + index
