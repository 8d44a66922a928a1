"""The models of the ladder: which there are, and where their weights are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from clap_learning.checksums import SUMS_FILE
from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.encoder import ClarEncoder
from clap_learning.clar.inference import EAGER

SEEDS = (0, 1, 2)

CHANCE = "chance"
DP3 = "dp3-mlp"
RANDOM = "random"
SCRATCH = "scratch"
MAE = "mae"
FULL = "full"
SINGLE_VIEW = "full-single-view"
SHIPPED = "shipped"

VARIANTS = (MAE, "mae-global", FULL, SINGLE_VIEW)
"""Pre-trained models; `full-single-view` is `full` that never saw two views fused."""

LADDER = (CHANCE, DP3, RANDOM, SCRATCH, *VARIANTS, SHIPPED)
"""In the order of the table."""

VIEWPOINT = (FULL, SINGLE_VIEW)
"""Models that are asked about viewpoints never seen."""

_SLOW_FIRST = (SCRATCH, DP3, *VIEWPOINT)


@dataclass(frozen=True)
class ProbedModel:
    """One model with one seed.

    Attributes:
        model: one of `LADDER`, or the name of a folder of other weights.
        seed: of pre-training, and of the probe.
        folder: of its weights; None for a model that was not pre-trained.
        engine: that computes the tokens which a frozen model is scored with.
    """

    model: str
    seed: int
    folder: Path | None = None
    engine: str = EAGER


@dataclass(frozen=True)
class Plan:
    """What can be measured, and what is not there.

    Attributes:
        runs: those that take longest come first.
        missing: folders without weights.
    """

    runs: tuple[ProbedModel, ...]
    missing: tuple[Path, ...]


def planned_measurements(
    runs: Path,
    shipped: Path | None,
    seeds: Sequence[int] = SEEDS,
    only: Sequence[str] = LADDER,
    also: Sequence[Path] = (),
    engines: Sequence[str] = (),
) -> Plan:
    """What is to be measured of the models that are there, and which are missing.

    Args:
        runs: folder with ``<variant>-<seed>/``.
        shipped: folder of the weights that come with the software; None to leave them out.
        seeds: of each model.
        only: models of `LADDER` that are wanted.
        also: more folders of weights, each a model that has the folder's name.
        engines: one more model each: the shipped weights, scored with the engine's tokens.
    """
    found: list[ProbedModel] = []
    missing: list[Path] = []
    for model in (model for model in LADDER if model in only):
        if model == CHANCE:
            found.append(ProbedModel(model, seeds[0]))
        elif model == SHIPPED:
            if shipped is not None and (shipped / SUMS_FILE).exists():
                found += [ProbedModel(model, seed, shipped) for seed in seeds]
                found += [
                    ProbedModel(f"{model} {engine}", seed, shipped, engine)
                    for engine in engines
                    for seed in seeds
                ]
        elif model in VARIANTS:
            for seed in seeds:
                folder = runs / f"{model}-{seed}"
                if (folder / SUMS_FILE).exists():
                    found.append(ProbedModel(model, seed, folder))
                else:
                    missing.append(folder)
        else:
            found += [ProbedModel(model, seed) for seed in seeds]
    for folder in also:
        found += [ProbedModel(folder.name, seed, folder) for seed in seeds]
    found.sort(key=lambda run: run.model not in _SLOW_FIRST)
    return Plan(tuple(found), tuple(missing))


def new_encoder(config: EncoderConfig, seed: int) -> ClarEncoder:
    """An encoder with random weights; the same for the same seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ClarEncoder(config)
