"""Training a pair of probes, and with them an encoder that is not frozen."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, Field
from torch import Tensor, nn
from torch.nn import functional

from clap_learning.probes.classes import CLASSES, NONE
from clap_learning.probes.clouds import ProbeClouds
from clap_learning.probes.heads import OFFSET_SCALE_M, KeypointProbe, SegmentationProbe, Spread
from clap_learning.probes.scores import Score, confusion_of
from clap_learning.probes.sources import Source

_WHITENING_CLOUDS = 128
_SCORING_BATCH = 32
_LEAST_VARIANCE = 1e-2
"""Directions of a feature that vary by less, beside the mean direction's variance, are not blown
up to the size of the others: they are mostly noise."""

_HEAT_M = 0.03
"""Standard deviation of the heatmap that attention is taught."""


class FitConfig(BaseModel, frozen=True, extra="forbid"):
    """How probes are trained: the same for all models. Chosen on the validation scenes."""

    steps: int = Field(600, description="Of training, with frozen features.", ge=1)
    trained_steps: int = Field(400, description="The same where the encoder is trained.", ge=1)
    few_share: float = Field(
        0.5, description="Share of these steps where labels are few.", gt=0.0, le=1.0
    )
    checks: int = Field(10, description="Looks at the validation scenes; the best state stays.")
    batch: int = Field(16, description="Clouds of a step.", ge=1)
    points: int = Field(256, description="Labelled points of each.", ge=1)
    rate: float = Field(2e-3, description="Learning rate of the probes.", gt=0.0)
    encoder_rate: float = Field(5e-4, description="Of an encoder that is trained.", gt=0.0)
    decay: float = Field(0.05, description="AdamW's weight decay.", ge=0.0)
    warm_up: float = Field(0.05, description="Share of the steps with a rising rate.", ge=0.0)


@dataclass(frozen=True)
class ProbeData:
    """What the clouds ask for, as tensors.

    Attributes:
        labels: [N, P] int64.
        target_class: [N, T] int64, -1 for none.
        target_m: [N, T, 3].
    """

    labels: Tensor
    target_class: Tensor
    target_m: Tensor

    @classmethod
    def of(cls, clouds: ProbeClouds) -> ProbeData:
        """Of all clouds."""
        return cls(
            torch.from_numpy(clouds.labels.astype(np.int64)),
            torch.from_numpy(clouds.target_class),
            torch.from_numpy(clouds.target_m),
        )


class Probes(nn.Module):
    """A source of tokens with both probes on it."""

    mean: Tensor
    whitening: Tensor

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source = source
        self.segmentation = SegmentationProbe(source.width, len(CLASSES))
        self.keypoint = KeypointProbe(source.width, len(CLASSES))
        self.register_buffer("mean", torch.zeros(source.width))
        self.register_buffer("whitening", torch.eye(source.width))

    def whiten(self, clouds: Tensor) -> None:
        """Bring the features of some clouds to mean 0, and to variance 1 in every direction.

        Encoders differ in how much of their features' variance lies in a few directions (up to
        60 % in one), and a small probe would see little beside those.
        """
        with torch.no_grad():
            tokens = self.source(clouds).flatten(0, 1).double()
        away = tokens - tokens.mean(dim=0)
        variances, directions = torch.linalg.eigh(away.T @ away / len(away))
        scales = (variances.clamp(min=0.0) + _LEAST_VARIANCE * variances.mean()).rsqrt()
        self.mean.copy_(tokens.mean(dim=0))
        self.whitening.copy_(directions * scales @ directions.T)

    def forward(
        self, clouds: Tensor, spread: Spread, target_class: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Scores [B, P, C] of points, places [B, K, 3] of targets, and where was looked for them
        [B, K, T] (logits)."""
        tokens = (self.source(clouds) - self.mean) @ self.whitening
        centers = self.source.centers[clouds]
        place, looked = self.keypoint(tokens, centers, target_class)
        return self.segmentation(tokens, spread), place, looked


def fit(
    source: Source,
    spread: Spread,
    data: ProbeData,
    train: NDArray[np.int64],
    val: NDArray[np.int64],
    tests: Mapping[str, NDArray[np.int64]],
    seed: int,
    config: FitConfig | None = None,
    steps_share: float = 1.0,
) -> dict[str, Score]:
    """Train both probes, keep of each the state that is best on `val`, and score it.

    Args:
        source: tokens of all clouds; trained where it is to be.
        spread: from its tokens to the labelled points.
        data: what is asked for.
        train, val: indices of the clouds that teach and that choose.
        tests: indices of the clouds that score, by name.
        seed: of the start and of the order.
        config: how.
        steps_share: of the configured steps that are taken.

    Returns:
        By name of the test.
    """
    config = config or FitConfig()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return _fit(source, spread, data, torch.from_numpy(train), val, tests, config, steps_share)


def _fit(
    source: Source,
    spread: Spread,
    data: ProbeData,
    train: Tensor,
    val: NDArray[np.int64],
    tests: Mapping[str, NDArray[np.int64]],
    config: FitConfig,
    steps_share: float,
) -> dict[str, Score]:
    probes = Probes(source)
    probes.whiten(train[torch.randperm(len(train))[:_WHITENING_CLOUDS]])
    steps = config.trained_steps if source.is_trained else config.steps
    steps = max(1, round(steps * steps_share))
    optimiser, schedule = _optimiser(probes, config, steps)
    weights = class_weights(data.labels[train])
    best = {task: (-math.inf, probes.state_dict()) for task in ("segmentation", "keypoint")}
    due = {round((k + 1) * steps / config.checks) for k in range(config.checks)}
    for step in range(1, steps + 1):
        clouds = train[torch.randint(len(train), (config.batch,))]
        points = torch.randperm(data.labels.shape[1])[: config.points]
        probes.train()
        scores, places, looked = probes(
            clouds, spread.at(clouds, points), data.target_class[clouds]
        )
        loss = _segmentation_loss(scores, data.labels[clouds][:, points], weights)
        asked = data.target_class[clouds] >= 0
        if asked.any():
            true = data.target_m[clouds]
            away = (source.centers[clouds][:, None] - true[:, :, None]).norm(dim=-1)
            loss = loss + _keypoint_loss(places[asked], true[asked], looked[asked], away[asked])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(probes.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step in due:
            seen = score(probes, spread, data, val)
            for task, worth in (
                ("segmentation", seen.miou),
                ("keypoint", -seen.keypoint_cm if seen.keypoints else 0.0),
            ):
                if worth > best[task][0]:
                    best[task] = (worth, copy.deepcopy(probes.state_dict()))
    probes.load_state_dict(best["segmentation"][1])
    segmented = {name: score(probes, spread, data, chosen) for name, chosen in tests.items()}
    probes.load_state_dict(best["keypoint"][1])
    found = {name: score(probes, spread, data, chosen) for name, chosen in tests.items()}
    return {
        name: replace(found[name], miou=segmented[name].miou, iou=segmented[name].iou)
        for name in tests
    }


def score(probes: Probes, spread: Spread, data: ProbeData, chosen: NDArray[np.int64]) -> Score:
    """Of some clouds, by their indices."""
    probes.eval()
    classes = len(CLASSES)
    confusion = torch.zeros(classes, classes, dtype=torch.int64)
    errors = []
    with torch.no_grad():
        for clouds in torch.from_numpy(chosen).split(_SCORING_BATCH):
            scores, places, _ = probes(
                clouds, spread.at(clouds, slice(None)), data.target_class[clouds]
            )
            confusion += confusion_of(
                data.labels[clouds].flatten(), scores.argmax(dim=-1).flatten(), classes
            )
            asked = data.target_class[clouds] >= 0
            errors.append((places - data.target_m[clouds])[asked].norm(dim=-1))
    return Score.of(confusion, torch.cat(errors) if errors else torch.zeros(0))


def class_weights(labels: Tensor) -> Tensor:
    """[C] one over the root of how often each class occurs, for most points are of tables."""
    counts = torch.bincount(labels[labels != NONE], minlength=len(CLASSES)).float()
    weights = counts.clamp(min=1.0).rsqrt() * (counts > 0)
    # Of mean 1 over the points.
    return weights * counts.sum() / (weights * counts).sum().clamp(min=1.0)


def _segmentation_loss(scores: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    asked = labels != NONE
    if not asked.any():
        return scores.sum() * 0.0
    return functional.cross_entropy(scores[asked], labels[asked], weights)


def _keypoint_loss(places: Tensor, true: Tensor, looked: Tensor, away_m: Tensor) -> Tensor:
    """Distances of M places, and whether the attention [M, T] was where the target is, to whose
    tokens it is so far [M, T]."""
    heat = (-0.5 * (away_m / _HEAT_M).square()).softmax(dim=-1)
    distance = (places - true).norm(dim=-1).mean() / OFFSET_SCALE_M
    return distance + functional.cross_entropy(looked, heat)


def _optimiser(
    probes: Probes, config: FitConfig, steps: int
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    encoder = list(probes.source.parameters())
    known = {id(parameter) for parameter in encoder}
    heads = [parameter for parameter in probes.parameters() if id(parameter) not in known]
    groups = [{"params": heads, "lr": config.rate}]
    if encoder:
        groups.append({"params": encoder, "lr": config.encoder_rate})
    optimiser = torch.optim.AdamW(groups, weight_decay=config.decay)
    rising = max(1, round(steps * config.warm_up))

    def factor(step: int) -> float:
        if step < rising:
            return (step + 1) / rising
        return 0.5 * (1.0 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))

    return optimiser, torch.optim.lr_scheduler.LambdaLR(optimiser, factor)
