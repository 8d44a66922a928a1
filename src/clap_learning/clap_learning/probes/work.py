"""One run of the bench, measured in a process of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch

from clap_learning.clar.config import encoder_config
from clap_learning.probes import collection
from clap_learning.probes.bench import Bench, ProbeResult
from clap_learning.probes.division import Division
from clap_learning.probes.fit import FitConfig
from clap_learning.probes.models import ProbedModel


@dataclass(frozen=True)
class ProbeSetting:
    """What all orders of a bench share.

    Attributes:
        clouds: file that `collection.save` wrote.
        division: of their scenes.
        encoder: name of the configuration of the encoders that are not loaded.
        fit: how probes are trained.
    """

    clouds: Path
    division: Division
    encoder: str
    fit: FitConfig


@dataclass(frozen=True)
class Measurement:
    """A model with a seed, to be measured.

    Attributes:
        run: which.
        setting: on what.
        threads: of the process, or 0 to leave them.
    """

    run: ProbedModel
    setting: ProbeSetting
    threads: int = 1


def carry_out(measurement: Measurement) -> ProbeResult:
    """Measure one run; the clouds are read once a process.

    Raises:
        ClapError: INVALID_REQUEST if the weights, or the file of clouds, are damaged.
    """
    if measurement.threads:
        torch.set_num_threads(measurement.threads)
    return _bench(measurement.setting).measure(measurement.run)


@lru_cache(maxsize=1)
def _bench(setting: ProbeSetting) -> Bench:
    return Bench(
        collection.load(setting.clouds),
        setting.division,
        encoder_config(setting.encoder),
        setting.fit,
    )
