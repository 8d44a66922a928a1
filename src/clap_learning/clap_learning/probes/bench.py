"""Measures one model after the other on the same clouds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clap_learning.clar.baselines.dp3 import Dp3Encoder
from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.encoder import ClarEncoder
from clap_learning.clar.inference import EAGER
from clap_learning.clar.patch_batch import PatchBatch
from clap_learning.clar.weights import load_encoder
from clap_learning.probes import models
from clap_learning.probes.classes import CLASSES, NONE
from clap_learning.probes.clouds import ROTATIONS_DEG, ProbeClouds
from clap_learning.probes.collection import FAMILIES, OWN, Clouds, rig_set
from clap_learning.probes.division import Division
from clap_learning.probes.fit import FitConfig, ProbeData, fit
from clap_learning.probes.heads import Spread
from clap_learning.probes.models import ProbedModel
from clap_learning.probes.scores import Score, confusion_of
from clap_learning.probes.sources import (
    Source,
    TrainedClar,
    TrainedDp3,
    frozen,
    in_part,
    patches_of,
)

ALL, FEW = "all", "few"
"""Scenes that teach: all of them, or as few as `division.FEW`."""


@dataclass(frozen=True)
class ProbeResult:
    """Of one run.

    Attributes:
        run: what was measured.
        ladder: scores by `ALL` and `FEW`.
        viewpoint: scores by family and rotation in degrees; empty for models not asked.
    """

    run: ProbedModel
    ladder: Mapping[str, Score]
    viewpoint: Mapping[str, Mapping[str, Score]] = field(default_factory=dict)


class Bench:
    """What all models share: clouds, their patches, who teaches and who scores.

    Args:
        clouds: see `collection.make`.
        division: of their scenes.
        encoder: sizes of the encoders that are not loaded.
        config: how probes are trained.
    """

    def __init__(
        self,
        clouds: Clouds,
        division: Division,
        encoder: EncoderConfig,
        config: FitConfig | None = None,
    ) -> None:
        self.division = division
        self._encoder = encoder
        self._config = config or FitConfig()
        self._sets = {OWN: _Set(clouds[OWN], division)}
        self._rotations: dict[str, dict[str, slice]] = {}
        for family in FAMILIES:
            names = [rig_set(family, rotation) for rotation in ROTATIONS_DEG]
            if not all(name in clouds for name in names):
                continue
            ends = np.cumsum([0, *(len(clouds[name]) for name in names)])
            self._sets[family] = _Set(
                ProbeClouds.joined([clouds[name] for name in names]), division
            )
            self._rotations[family] = {
                f"{rotation:.0f}": slice(int(low), int(high))
                for rotation, low, high in zip(ROTATIONS_DEG, ends[:-1], ends[1:], strict=True)
            }

    def measure(self, run: ProbedModel) -> ProbeResult:
        """Measure one model with one seed.

        Raises:
            ClapError: INVALID_REQUEST if its weights are damaged.
        """
        if run.model == models.CHANCE:
            score = self._chance()
            return ProbeResult(run, {ALL: score, FEW: score})
        encoder = load_encoder(run.folder) if run.folder is not None else None
        ladder = {name: self._of_ladder(run, name, encoder) for name in (ALL, FEW)}
        if encoder is None or run.model not in models.VIEWPOINT:
            return ProbeResult(run, ladder)
        return ProbeResult(
            run,
            ladder,
            {family: self._of_views(family, encoder, run) for family in self._rotations},
        )

    def _of_ladder(self, run: ProbedModel, labels: str, encoder: ClarEncoder | None) -> Score:
        which = self._sets[OWN]
        division = self.division
        teaching = division.train if labels == ALL else division.few
        source = which.source(run, encoder, self._encoder)
        clouds = which.clouds
        scores = fit(
            source,
            which.spread(source.centers),
            which.data,
            clouds.of(teaching),
            clouds.of(division.val),
            {"test": clouds.of(division.test)},
            run.seed,
            self._config,
            self._config.few_share if labels == FEW else 1.0,
        )
        return scores["test"]

    def _of_views(self, family: str, encoder: ClarEncoder, run: ProbedModel) -> dict[str, Score]:
        """Taught and chosen at 0 degrees, scored at each rotation."""
        which = self._sets[family]
        clouds, division = which.clouds, self.division
        source = which.source(run, encoder, self._encoder)
        rotations = self._rotations[family]
        straight = rotations[f"{ROTATIONS_DEG[0]:.0f}"]
        scoring = clouds.of(division.test)
        return fit(
            source,
            which.spread(source.centers),
            which.data,
            _within(clouds.of(division.train), straight),
            _within(clouds.of(division.val), straight),
            {name: _within(scoring, part) for name, part in rotations.items()},
            run.seed,
            self._config,
        )

    def _chance(self) -> Score:
        """The most frequent class, and the cloud's middle: what needs no features."""
        which = self._sets[OWN]
        test = torch.from_numpy(which.clouds.of(self.division.test))
        train = torch.from_numpy(which.clouds.of(self.division.train))
        taught = which.data.labels[train]
        frequent = torch.bincount(taught[taught != NONE], minlength=len(CLASSES)).argmax()
        true = which.data.labels[test].flatten()
        confusion = confusion_of(true, frequent.expand_as(true), len(CLASSES))
        middles = torch.from_numpy(which.clouds.xyz)[test].mean(dim=1)[:, None]
        asked = which.data.target_class[test] >= 0
        return Score.of(confusion, (which.data.target_m[test] - middles)[asked].norm(dim=-1))


class _Set:
    """A set of clouds, and what is computed of it once."""

    def __init__(self, clouds: ProbeClouds, division: Division) -> None:
        self.clouds = clouds
        self._scoring = clouds.of(division.test)
        self.data = ProbeData.of(clouds)
        self._points = torch.from_numpy(np.ascontiguousarray(clouds.labelled_xyz))
        self._patches: tuple[EncoderConfig, PatchBatch] | None = None
        self._spread: tuple[Tensor, Spread] | None = None
        self._tokens: tuple[ClarEncoder, Source] | None = None

    def source(
        self, run: ProbedModel, encoder: ClarEncoder | None, config: EncoderConfig
    ) -> Source:
        """The tokens of a run, or what makes them; frozen ones are made once an encoder."""
        if run.model == models.DP3:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(run.seed)
                return TrainedDp3(Dp3Encoder(), self.clouds)
        if run.model == models.SCRATCH:
            return TrainedClar(models.new_encoder(config, run.seed), self._patches_of(config))
        encoder = encoder or models.new_encoder(config, run.seed)
        if self._tokens is None or self._tokens[0] is not encoder:
            self._tokens = (encoder, self._frozen(encoder, run.engine))
        return self._tokens[1]

    def _frozen(self, encoder: ClarEncoder, engine: str) -> Source:
        """Taught with PyTorch's tokens, as models are, and scored with the engine's."""
        patches = self._patches_of(encoder.config)
        source = frozen(encoder, patches)
        if engine == EAGER:
            return source
        scoring = PatchBatch(patches.centers[self._scoring], patches.points[self._scoring])
        return in_part(source, self._scoring, frozen(encoder, scoring, engine))

    def spread(self, centers: Tensor) -> Spread:
        """From tokens to labelled points; kept while the centres are the same."""
        if self._spread is None or self._spread[0] is not centers:
            self._spread = (centers, Spread.of(self._points, centers))
        return self._spread[1]

    def _patches_of(self, config: EncoderConfig) -> PatchBatch:
        known = self._patches
        if known is None or not _same_patches(known[0], config):
            self._patches = known = (config, patches_of(self.clouds, config))
        return known[1]


def _same_patches(one: EncoderConfig, other: EncoderConfig) -> bool:
    names = ("points", "patches", "patch_points", "patch_scale_m")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _within(indices: NDArray[np.int64], part: slice) -> NDArray[np.int64]:
    return indices[(indices >= part.start) & (indices < part.stop)]
