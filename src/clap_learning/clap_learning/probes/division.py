"""Which scenes teach a probe, which choose its settings, and which score it.

Four consecutive scenes show the same objects (`clap_bench.pretraining`), so they are divided as a
group. Groups are dealt task by task, so that each part has each task's objects where there are
enough of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clap_core.errors import ClapError, ErrorCode
from clap_data.scenes import SceneRecord

GROUP = 4
"""Scenes of one composition."""

_DEAL = ("train", "test", "train", "val", "test", "train", "test")
"""Of seven groups: three teach, one chooses, three score."""

FEW = 40
"""Scenes that teach when labels are few: four for each of ten demonstrations, say."""

_SEED = 20260


@dataclass(frozen=True)
class Division:
    """Numbers of scenes.

    Attributes:
        train, val, test: no group is in two of them.
        few: some of `train`, each of another group where there are enough.
    """

    train: frozenset[int]
    val: frozenset[int]
    test: frozenset[int]
    few: frozenset[int]


def divide(records: Sequence[SceneRecord], few: int = FEW) -> Division:
    """Divide scenes; the same scenes are always divided alike.

    Args:
        records: of all scenes.
        few: how many scenes teach when labels are few.

    Raises:
        ClapError: INVALID_REQUEST if there are not at least two groups for each part.
    """
    groups: dict[int, list[SceneRecord]] = {}
    for record in sorted(records, key=lambda record: record.number):
        groups.setdefault(record.number // GROUP, []).append(record)
    least = len(_DEAL)
    if len(groups) < least:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{len(records)} scenes of {len(groups)} compositions cannot be divided for a probe",
            f"Make at least {least * GROUP}: ./clap data scenes --split probe --scenes N",
        )
    rng = np.random.default_rng(_SEED)
    order = rng.permutation(len(groups))
    tasks = [scenes[0].variation.split("+")[0] for scenes in groups.values()]
    keys = list(groups)
    dealt = sorted(range(len(keys)), key=lambda k: (tasks[k], order[k]))
    parts: dict[str, list[list[int]]] = {"train": [], "val": [], "test": []}
    for place, k in enumerate(dealt):
        numbers = [record.number for record in groups[keys[k]]]
        parts[_DEAL[place % len(_DEAL)]].append(numbers)
    flat = {name: frozenset(n for group in part for n in group) for name, part in parts.items()}
    return Division(flat["train"], flat["val"], flat["test"], _few(parts["train"], few, rng))


def _few(groups: list[list[int]], few: int, rng: np.random.Generator) -> frozenset[int]:
    """One scene of each of so many groups, spread over the tasks; then the others."""
    shuffled = [[group[place] for place in rng.permutation(len(group))] for group in groups]
    first = np.linspace(0, len(shuffled) - 1, min(few, len(shuffled))).round().astype(int)
    chosen = [shuffled[k][0] for k in first]
    rest = [number for group in shuffled for number in group if number not in chosen]
    return frozenset((chosen + rest)[:few])
