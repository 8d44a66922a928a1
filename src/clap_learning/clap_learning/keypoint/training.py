"""Trains the network on demonstrations; goes on where it was interrupted."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np
import torch
from pydantic import BaseModel, Field
from torch import Tensor
from torch.nn import functional

from clap_learning.checkpoint import CHECKPOINT_FILE, resume, save
from clap_learning.keypoint.augment import Changed, KeypointAugmentConfig, change
from clap_learning.keypoint.examples import KeypointExample, absent_examples
from clap_learning.keypoint.inputs import QueriedCloud, batch_of
from clap_learning.keypoint.network import KeypointNetwork, NetworkConfig
from clap_learning.keypoint.phrasings import phrasings
from clap_learning.keypoint.query import Query, query_of
from clap_learning.teachers.minilm import MiniLmTeacher


class KeypointTrainingConfig(BaseModel, frozen=True, extra="forbid"):
    """A run, as its file in ``config/learning`` says it."""

    network: NetworkConfig = NetworkConfig()
    augment: KeypointAugmentConfig = KeypointAugmentConfig()
    steps: int = Field(6000, description="Updates.", ge=1)
    batch: int = Field(16, description="Examples of an update.", ge=1)
    learning_rate: float = Field(1.5e-3, description="At its highest.", gt=0.0)
    warm_up: int = Field(200, description="Updates in which the rate grows from nothing.", ge=0)
    weight_decay: float = Field(0.02, description="Of AdamW.", ge=0.0)
    averaging: float = Field(0.998, description="Weights kept are a moving average.", ge=0, lt=1)
    absent_share: float = Field(0.12, description="Looks asked for things not there.", ge=0, le=1)
    exact_drawings: int = Field(2, description="Times that each look is tokenised as it is.", ge=1)
    measured_drawings: int = Field(2, description="And as a laboratory's cameras see it.", ge=0)
    phrasings: int = Field(16, description="Ways of saying each sub-task.", ge=1)
    grounding_share: float = Field(0.5, description="Of examples: those of scenes.", ge=0, le=1)
    grounding_phrasings: int = Field(3, description="Ways of saying a scene's steps.", ge=1)
    spread_m: float = Field(0.015, description="Width of the heatmap to be learned.", gt=0.0)
    save_every: int = Field(200, description="Updates between checkpoints.", ge=1)
    seed: int = 0


@dataclass(frozen=True)
class KeypointProgress:
    """Where a run is.

    Attributes:
        step: updates made.
        loss: mean over the last ones.
        examples_s: examples in a second.
    """

    step: int
    loss: float
    examples_s: float


@dataclass(frozen=True, eq=False)
class Material:
    """What a run learns from.

    Attributes:
        demonstrated: examples of demonstrations.
        grounding: examples of scenes; may be none.
    """

    demonstrated: Sequence[KeypointExample]
    grounding: Sequence[KeypointExample] = ()


def train(
    config: KeypointTrainingConfig,
    material: Material,
    out: Path,
    report: Callable[[KeypointProgress], None] = lambda progress: None,
    start: KeypointNetwork | None = None,
) -> KeypointNetwork:
    """Train, or go on training.

    Args:
        config: of the run.
        material: to learn from.
        out: folder of the checkpoint.
        report: told now and then.
        start: a network of the config's sizes whose weights are gone on from; random ones by
            default.

    Returns:
        The network with averaged weights.
    """
    torch.manual_seed(config.seed)
    questions = questions_of(config, material)
    texts = text_features([query for one in questions.asked for query in one.queries])
    network = KeypointNetwork(config.network)
    if start is not None:
        network.load_state_dict(start.state_dict())
    kept = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(config.averaging)
    )
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, config))
    first = resume(out / CHECKPOINT_FILE, network, kept, optimizer, schedule)
    losses: list[float] = []
    since_s = time.monotonic()
    for step, chosen in batches(questions, config, first):
        rng = np.random.default_rng([config.seed, step])
        torch.manual_seed(config.seed + step)  # dropout's, so that an interruption changes nothing
        changed = [_changed(one, config.augment, rng) for one in chosen]
        loss = _loss(network, changed, texts, config.spread_m)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        kept.update_parameters(network)
        losses.append(float(loss.detach()))
        if step % config.save_every == 0 or step == config.steps:
            save(out / CHECKPOINT_FILE, step, network, kept, optimizer, schedule)
            rate = len(losses) * config.batch / (time.monotonic() - since_s)
            report(KeypointProgress(step, sum(losses) / len(losses), rate))
            losses, since_s = [], time.monotonic()
    averaged = kept.module
    assert isinstance(averaged, KeypointNetwork)
    return averaged.eval()


def text_features(queries: Sequence[Query]) -> dict[str, Tensor]:
    """[TEXT_DIM] of each text of the queries."""
    texts = sorted({text for query in queries for text in query.texts if text})
    return dict(zip(texts, MiniLmTeacher().encode(texts), strict=True))


@dataclass(frozen=True, eq=False)
class Question:
    """An example and the ways to ask for it; equal ones count as often as they were drawn."""

    example: KeypointExample
    queries: Sequence[Query]


@dataclass(frozen=True, eq=False)
class Questions:
    """All that is asked, and how often each question is drawn."""

    asked: Sequence[Question]
    weights: Sequence[float]


def questions_of(config: KeypointTrainingConfig, material: Material) -> Questions:
    """Of each kind of material, what is there and what is not, with its share."""
    share = config.grounding_share if material.grounding else 0.0
    asked: list[Question] = []
    weights: list[float] = []
    for examples, ways, part in (
        (material.demonstrated, config.phrasings, 1.0 - share),
        (material.grounding, config.grounding_phrasings, share),
    ):
        all_of_them = [*examples, *absent_examples(examples, config.absent_share, config.seed)]
        for index, example in enumerate(all_of_them):
            chance = random.Random(f"{config.seed} words {index}")
            queries = [query_of(one) for one in phrasings(example.subtask, ways, chance)]
            asked.append(Question(example, queries))
        weights += [part / max(len(all_of_them), 1)] * len(all_of_them)
    return Questions(asked, weights)


def batches(
    questions: Questions, config: KeypointTrainingConfig, first: int
) -> Iterator[tuple[int, list[Question]]]:
    """Number of each update, from 1, and its examples; the same whenever it was interrupted."""
    sums = list(accumulate(questions.weights))
    for step in range(first + 1, config.steps + 1):
        chance = random.Random(f"{config.seed} {step}")
        yield step, chance.choices(questions.asked, cum_weights=sums, k=config.batch)


def _changed(
    question: Question, config: KeypointAugmentConfig, rng: np.random.Generator
) -> Changed:
    example, queries = question.example, question.queries
    query = queries[int(rng.integers(len(queries)))]
    patches = example.drawings[int(rng.integers(len(example.drawings)))]
    look = QueriedCloud(patches, query, example.tcp_m, example.opening_m)
    return change(look, example.keypoint_m, config, rng)


def _loss(
    network: KeypointNetwork,
    changed: Sequence[Changed],
    texts: dict[str, Tensor],
    spread_m: float,
) -> Tensor:
    """Cross-entropy of the heatmap, of "not there", and the offsets of tokens near the place."""
    inputs = batch_of([one.look for one in changed], texts, np.stack([one.mask for one in changed]))
    logits, offsets = network(inputs)
    there = torch.tensor([one.keypoint_m is not None for one in changed])
    zeros = np.zeros(3)
    places = torch.from_numpy(
        np.stack([zeros if one.keypoint_m is None else one.keypoint_m for one in changed])
    ).float()
    heat, absent = logits[:, :-1], logits[:, -1] - logits[:, :-1].logsumexp(dim=1)
    away = places[:, None] - inputs.centres
    distance = away.norm(dim=2).masked_fill(~inputs.mask, 1e3)
    beyond = distance - distance.amin(dim=1, keepdim=True)
    wanted = (-beyond / spread_m).softmax(dim=1)
    cross = -(wanted * heat.log_softmax(dim=1)).sum(dim=1)
    error = functional.smooth_l1_loss(offsets / 0.02, away / 0.02, reduction="none").sum(dim=2)
    offset = (wanted * error).sum(dim=1)
    located = (cross + 0.5 * offset)[there]
    missing = functional.binary_cross_entropy_with_logits(absent, (~there).float())
    return missing + (located.mean() if there.any() else 0.0)


def _rate(step: int, config: KeypointTrainingConfig) -> float:
    if step < config.warm_up:
        return (step + 1) / config.warm_up
    done = (step - config.warm_up) / max(config.steps - config.warm_up, 1)
    return 0.5 * (1.0 + float(np.cos(np.pi * min(done, 1.0)))) + 0.01
