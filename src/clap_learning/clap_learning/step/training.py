"""Trains the step policy on demonstrations; goes on where it was interrupted."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import BaseModel, Field
from torch import Tensor
from torch.nn import functional

from clap_learning.checkpoint import CHECKPOINT_FILE, resume, save
from clap_learning.step.examples import StepExamples
from clap_learning.step.network import StepNetwork, StepNetworkConfig

_ENCODED_AT_ONCE = 32


class StepTrainingConfig(BaseModel, frozen=True, extra="forbid"):
    """A run, as its file in ``config/learning`` says it."""

    network: StepNetworkConfig = StepNetworkConfig()
    steps: int = Field(3000, description="Updates.", ge=1)
    batch: int = Field(64, description="Looks of an update.", ge=1)
    learning_rate: float = Field(1e-3, description="At its highest.", gt=0.0)
    warm_up: int = Field(100, description="Updates in which the rate grows from nothing.", ge=0)
    weight_decay: float = Field(0.02, description="Of AdamW.", ge=0.0)
    averaging: float = Field(0.995, description="Weights kept are a moving average.", ge=0, lt=1)
    kept_tokens: float = Field(0.75, description="Share of a cloud's tokens seen.", gt=0, le=1)
    save_every: int = Field(200, description="Updates between checkpoints.", ge=1)
    seed: int = 0


@dataclass(frozen=True)
class StepProgress:
    """Where a run is.

    Attributes:
        step: updates made.
        loss: mean over the last ones.
        looks_s: looks in a second.
    """

    step: int
    loss: float
    looks_s: float


def train(
    config: StepTrainingConfig,
    network: StepNetwork,
    examples: StepExamples,
    out: Path,
    report: Callable[[StepProgress], None] = lambda _: None,
) -> StepNetwork:
    """Train, or go on training; what is kept is the last update's average, not the best one.

    Args:
        config: of the run.
        network: with the weights to begin with; trained in place.
        examples: to learn from.
        out: folder of the checkpoint.
        report: told now and then.

    Returns:
        The network with averaged weights.
    """
    _measure_states(network, examples.states)
    seen = _encoded(network, examples) if config.network.frozen else None
    learned = [parameter for parameter in network.parameters() if parameter.requires_grad]
    kept = torch.optim.swa_utils.AveragedModel(
        network,
        multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(config.averaging),
        use_buffers=False,
    )
    optimizer = torch.optim.AdamW(learned, config.learning_rate, weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, config))
    parts = (network, kept, optimizer, schedule)
    first = resume(out / CHECKPOINT_FILE, *parts) + 1
    losses: list[float] = []
    since_s = time.monotonic()
    network.train()
    for step in range(first, config.steps + 1):
        # Of its own for each update, so that an interruption changes nothing.
        chance = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
        chosen = torch.randint(len(examples), (config.batch,), generator=chance)
        if seen is None:
            tokens, places = network.eyes(*(part[chosen] for part in examples.clouds))
        else:
            tokens, places = (part[chosen].float() for part in seen)
        tokens, places = _some(tokens, places, config.kept_tokens, chance)
        said = network(tokens, places, examples.states[chosen], examples.words[chosen])
        loss = _loss(said, examples.actions[chosen], examples.followed[chosen])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        schedule.step()
        kept.update_parameters(network)
        losses.append(float(loss.detach()))
        if step % config.save_every == 0 or step == config.steps:
            save(out / CHECKPOINT_FILE, step, *parts)
            rate = len(losses) * config.batch / (time.monotonic() - since_s)
            report(StepProgress(step, sum(losses) / len(losses), rate))
            losses, since_s = [], time.monotonic()
    averaged = kept.module
    assert isinstance(averaged, StepNetwork)
    return averaged.eval()


def _measure_states(network: StepNetwork, states: Tensor) -> None:
    network.state_mean.copy_(states.mean(dim=0))
    network.state_scale.copy_(states.std(dim=0).clamp_min(1e-3))


@torch.no_grad()
def _encoded(network: StepNetwork, examples: StepExamples) -> tuple[Tensor, Tensor]:
    """Tokens and places of all clouds, in half precision: a frozen encoder looks once."""
    network.eyes.eval()
    tokens, places = [], []
    for start in range(0, len(examples), _ENCODED_AT_ONCE):
        window = slice(start, start + _ENCODED_AT_ONCE)
        some, where = network.eyes(*(part[window] for part in examples.clouds))
        tokens.append(some.half())
        places.append(where)
    return torch.cat(tokens), torch.cat(places)


def _some(
    tokens: Tensor, places: Tensor, share: float, chance: torch.Generator
) -> tuple[Tensor, Tensor]:
    """A random share of each cloud's tokens; a single one stays."""
    count = max(1, round(share * tokens.shape[1]))
    if count == tokens.shape[1]:
        return tokens, places
    drawn = torch.rand(tokens.shape[:2], generator=chance).argsort(dim=1)[:, :count]
    rows = torch.arange(len(tokens))[:, None]
    return tokens[rows, drawn], places[rows, drawn]


def _loss(said: Tensor, wanted: Tensor, followed: Tensor) -> Tensor:
    """Mean distance of the actions, of steps that there were."""
    error = functional.l1_loss(said, wanted, reduction="none").mean(dim=-1)
    return (error * followed).sum() / followed.sum()


def _rate(step: int, config: StepTrainingConfig) -> float:
    if step < config.warm_up:
        return (step + 1) / config.warm_up
    done = (step - config.warm_up) / max(config.steps - config.warm_up, 1)
    return 0.5 * (1.0 + math.cos(math.pi * min(done, 1.0))) + 0.01
