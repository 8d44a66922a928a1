"""RLBench's twenty colours, from which distractors are drawn."""

from __future__ import annotations

import numpy as np

COLOURS = (
    "red", "maroon", "lime", "green", "blue", "navy", "yellow", "cyan", "magenta", "silver",
    "gray", "orange", "olive", "purple", "teal", "azure", "violet", "rose", "black", "white",
)  # fmt: skip

ALIKE = (
    {"gray", "silver", "white"}, {"blue", "navy", "azure"}, {"purple", "violet", "magenta"},
    {"red", "maroon", "rose"}, {"teal", "cyan"}, {"green", "lime", "olive"}, {"black", "navy"},
    {"magenta", "rose"},
)  # fmt: skip
"""Colours that a person may confuse on a small object; never both in one scene."""


def others(rng: np.random.Generator, count: int, *taken: str) -> list[str]:
    """So many different colours that nobody confuses with those taken or with each other."""
    chosen: list[str] = []
    for colour in rng.permutation(COLOURS).tolist():
        if len(chosen) < count and not any(_alike(colour, used) for used in (*taken, *chosen)):
            chosen.append(colour)
    return chosen


def _alike(first: str, second: str) -> bool:
    return first == second or any({first, second} <= group for group in ALIKE)
