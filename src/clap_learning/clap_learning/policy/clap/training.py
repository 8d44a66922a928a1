"""Trains the network on a memory of demonstrations; goes on where it was interrupted."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from pydantic import BaseModel, Field

from clap_core.errors import ClapError, ErrorCode
from clap_learning.checkpoint import CHECKPOINT_FILE, resume, save
from clap_learning.clar.encoder import ClarEncoder
from clap_learning.keypoint.training import text_features
from clap_learning.policy.clap.batches import inputs_of, wanted_of
from clap_learning.policy.clap.examples import (
    PolicyAugmentConfig,
    PolicyExample,
    changed,
    example_of,
)
from clap_learning.policy.clap.likelihood import PolicyLossConfig, loss_of
from clap_learning.policy.clap.network import PolicyNetwork, PolicyNetworkConfig
from clap_learning.policy.clap.situation import kind_of, nearest_m
from clap_learning.policy.clap.weights import PolicyModelConfig
from clap_learning.policy.demonstration import Demonstration


class PolicyTrainingConfig(BaseModel, frozen=True, extra="forbid"):
    """A run, as its file in ``config/learning`` says it."""

    network: PolicyNetworkConfig = PolicyNetworkConfig()
    augment: PolicyAugmentConfig = PolicyAugmentConfig()
    loss: PolicyLossConfig = PolicyLossConfig()
    steps: int = Field(5000, description="Updates.", ge=1)
    batch: int = Field(32, description="Examples of an update.", ge=1)
    learning_rate: float = Field(5e-4, description="At its highest.", gt=0.0)
    encoder_rate: float = Field(0.3, description="The encoder's, as a share of that.", ge=0, le=1)
    warm_up: int = Field(200, description="Updates in which the rate grows from nothing.", ge=0)
    weight_decay: float = Field(0.02, description="Of AdamW.", ge=0.0)
    averaging: float = Field(0.998, description="Weights kept are a moving average.", ge=0, lt=1)
    unseen_share: float = Field(
        0.25, description="Examples in which nothing is looked at.", ge=0.0, le=1.0
    )
    save_every: int = Field(100, description="Updates between checkpoints.", ge=1)
    seed: int = 0


@dataclass(frozen=True)
class PolicyProgress:
    """Where a run is.

    Attributes:
        step: updates made.
        loss: mean over the last ones.
        examples_s: examples in a second.
    """

    step: int
    loss: float
    examples_s: float


def train(
    config: PolicyTrainingConfig,
    shown: Sequence[Demonstration],
    encoder: ClarEncoder,
    out: Path,
    report: Callable[[PolicyProgress], None] = lambda _: None,
    start: PolicyNetwork | None = None,
) -> tuple[PolicyNetwork, PolicyModelConfig]:
    """Train, or go on training.

    Args:
        config: of the run.
        shown: to learn from.
        encoder: that the policy's begins as.
        out: folder of the checkpoint.
        report: told now and then.
        start: a network of the same sizes whose weights are gone on from, instead of `encoder`.

    Returns:
        The network with averaged weights, and what is said of it.

    Raises:
        ClapError: INVALID_REQUEST if there is nothing to learn from.
    """
    if not shown:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            "there is no demonstration to learn from",
            "Give a memory with some (./clap train align)",
        )
    examples = [example_of(one) for one in shown]
    said = said_of(config, shown, examples, encoder)
    torch.manual_seed(config.seed)
    network = PolicyNetwork(said.network, said.encoder)
    network.encoder.load_state_dict(encoder.state_dict(), strict=False)
    if start is not None:
        network.load_state_dict(start.state_dict())
    texts = text_features([one.now.query for one in examples])
    kept = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(config.averaging)
    )
    optimizer = _optimizer(network, config)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, config))
    parts = (network, kept, optimizer, schedule)
    numbers = {manner: number for number, manner in enumerate(said.manners)}
    draw = _Drawer(examples, config.unseen_share)
    losses: list[float] = []
    since_s = time.monotonic()
    for step in range(resume(out / CHECKPOINT_FILE, *parts) + 1, config.steps + 1):
        # Of its own for each update, so that an interruption changes nothing.
        rng = np.random.default_rng([config.seed, step])
        chosen = [
            changed(one, config.augment, rng)
            for one in draw(config.batch, random.Random(f"{config.seed} {step}"))
        ]
        inputs = inputs_of([one.now for one in chosen], said.encoder, texts, rng)
        wanted = wanted_of(chosen, said.network.steps, numbers)
        loss = loss_of(network(inputs), wanted, config.loss)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        kept.update_parameters(network)
        losses.append(float(loss.detach()))
        if step % config.save_every == 0 or step == config.steps:
            save(out / CHECKPOINT_FILE, step, *parts)
            rate = len(losses) * config.batch / (time.monotonic() - since_s)
            report(PolicyProgress(step, sum(losses) / len(losses), rate))
            losses, since_s = [], time.monotonic()
    averaged = kept.module
    assert isinstance(averaged, PolicyNetwork)
    return averaged.eval(), said


def said_of(
    config: PolicyTrainingConfig,
    shown: Sequence[Demonstration],
    examples: Sequence[PolicyExample],
    encoder: ClarEncoder,
) -> PolicyModelConfig:
    """What is said of the network of a run."""
    manners = tuple(dict.fromkeys(one.manner for one in examples))
    longest = max(len(one.poses) for one in examples)
    sizes = {"steps": longest, "manners": len(manners)}
    kinds: dict[str, float] = {}
    for one, example in zip(shown, examples, strict=True):
        kind = kind_of(one.subtask, one.at_hand)
        near_m = nearest_m(example.poses, example.now.tcp_p_held)
        kinds[kind] = round(max(kinds.get(kind, 0.0), near_m), 4)
    return PolicyModelConfig(
        network=config.network.model_copy(update=sizes),
        encoder=config.network.encoder(encoder.config),
        manners=manners,
        kinds=kinds,
        demonstrations=len(shown),
        updates=config.steps,
    )


class _Drawer:
    """Draws examples: of those in which something is looked at, and the others."""

    def __init__(self, examples: Sequence[PolicyExample], unseen_share: float) -> None:
        self._looks = [one for one in examples if len(one.now.xyz)]
        self._others = [one for one in examples if not len(one.now.xyz)]
        self._unseen_share = unseen_share

    def __call__(self, count: int, chance: random.Random) -> list[PolicyExample]:
        drawn = []
        for _ in range(count):
            unseen = self._others and (not self._looks or chance.random() < self._unseen_share)
            drawn.append(chance.choice(self._others if unseen else self._looks))
        return drawn


def _optimizer(network: PolicyNetwork, config: PolicyTrainingConfig) -> torch.optim.Optimizer:
    encoder = list(network.encoder.parameters())
    known = {id(one) for one in encoder}
    own = [one for one in network.parameters() if id(one) not in known]
    return torch.optim.AdamW(
        [
            {"params": own, "lr": config.learning_rate},
            {"params": encoder, "lr": config.learning_rate * config.encoder_rate},
        ],
        weight_decay=config.weight_decay,
    )


def _rate(step: int, config: PolicyTrainingConfig) -> float:
    if step < config.warm_up:
        return (step + 1) / config.warm_up
    done = (step - config.warm_up) / max(1, config.steps - config.warm_up)
    return 0.5 * (1.0 + math.cos(math.pi * min(1.0, done)))
