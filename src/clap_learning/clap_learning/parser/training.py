"""Trains the parser on sentences that are drawn as it goes; goes on where it was interrupted."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import BaseModel, Field
from torch import Tensor
from torch.nn import functional

from clap_learning.checkpoint import CHECKPOINT_FILE, resume, save
from clap_learning.parser.config import ParserConfig
from clap_learning.parser.drawing import Drawn, SentenceDrawer
from clap_learning.parser.network import Batch, PointerParser, batch_of
from clap_learning.parser.symbols import START, SYMBOLS, copied, symbols_of, words_of
from clap_learning.parser.torch_states import TorchStates
from clap_learning.parser.word_states import HIDDEN, WordStates
from clap_learning.parser.wordings import wordings

_NOTHING = -100
_AT_ONCE = 8
"""Updates whose sentences are drawn together."""


class ParserTrainingConfig(BaseModel, frozen=True, extra="forbid"):
    """A run, as its file in ``config/learning`` says it."""

    network: ParserConfig = ParserConfig()
    steps: int = Field(6000, description="Updates.", ge=1)
    batch: int = Field(48, description="Sentences of an update.", ge=1)
    learning_rate: float = Field(6e-4, description="At its highest.", gt=0.0)
    warm_up: int = Field(300, description="Updates in which the rate grows from nothing.", ge=0)
    weight_decay: float = Field(0.02, description="Of AdamW.", ge=0.0)
    averaging: float = Field(0.998, description="Weights kept are a moving average.", ge=0, lt=1)
    blanked: float = Field(
        0.04,
        description="Words whose meaning is hidden: how the others stand tells it.",
        ge=0,
        lt=1,
    )
    save_every: int = Field(200, description="Updates between checkpoints.", ge=1)
    seed: int = 0


@dataclass(frozen=True)
class ParserProgress:
    """Where a run is.

    Attributes:
        step: updates made.
        loss: mean over the last ones.
        sentences_s: sentences in a second.
    """

    step: int
    loss: float
    sentences_s: float


def train(
    config: ParserTrainingConfig,
    out: Path,
    report: Callable[[ParserProgress], None] = lambda _: None,
    start: PointerParser | None = None,
) -> PointerParser:
    """Train, or go on training.

    Args:
        config: of the run.
        out: folder of the checkpoint.
        report: told now and then.
        start: network to begin with, of the sizes of `config`; random numbers if None.

    Returns:
        The network with averaged weights.
    """
    torch.manual_seed(config.seed)
    states = WordStates(TorchStates())
    network = PointerParser(config.network)
    if start is not None:
        network.load_state_dict(start.state_dict())
    kept = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(config.averaging)
    )
    optimizer = torch.optim.AdamW(
        network.parameters(), config.learning_rate, weight_decay=config.weight_decay
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, config))
    parts = (network, kept, optimizer, schedule)
    losses: list[float] = []
    since_s = time.monotonic()
    first = resume(out / CHECKPOINT_FILE, *parts) + 1
    for step, examples in _batches(config, first):
        # Of its own for each update, so that an interruption changes nothing.
        torch.manual_seed(config.seed + step)
        rng = random.Random(f"{config.seed} {step}")
        batch, wanted = _inputs(examples, config, states, rng)
        loss = functional.nll_loss(
            network(batch).flatten(0, 1), wanted.flatten(), ignore_index=_NOTHING
        )
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
            report(ParserProgress(step, sum(losses) / len(losses), rate))
            losses, since_s = [], time.monotonic()
    averaged = kept.module
    assert isinstance(averaged, PointerParser)
    return averaged.eval()


@dataclass(frozen=True, eq=False)
class SentenceExample:
    """A sentence to learn from: its words, and the symbols of its goals."""

    words: tuple[str, ...]
    symbols: list[int]


def _batches(
    config: ParserTrainingConfig, first: int
) -> Iterator[tuple[int, list[SentenceExample]]]:
    """Number of each update, from 1, and its sentences; the same whenever it was interrupted.

    Sentences of several updates are drawn at once and put together by their length.
    """
    for start in range(0, config.steps, _AT_ONCE):
        if start + _AT_ONCE < first:
            continue
        rng = random.Random(f"{config.seed} {start}")
        drawer = SentenceDrawer(wordings(), rng)
        drawn: list[SentenceExample] = []
        while len(drawn) < _AT_ONCE * config.batch:
            example = example_of(drawer.draw(), config.network.longest)
            drawn += [example] if example is not None else []
        drawn.sort(key=lambda one: (len(one.words), len(one.symbols)))
        several = [drawn[at : at + config.batch] for at in range(0, len(drawn), config.batch)]
        rng.shuffle(several)
        for step, examples in enumerate(several, start + 1):
            if first <= step <= config.steps:
                yield step, examples


def _inputs(
    examples: Sequence[SentenceExample],
    config: ParserTrainingConfig,
    states: WordStates,
    rng: random.Random,
) -> tuple[Batch, Tensor]:
    """Sentences side by side, and [N, S] what is to be written after each symbol."""
    places = []
    for example in examples:
        place = {word: index for index, word in enumerate(copied(example.words))}
        places.append([place[word] for word in example.words])
    hidden = [
        [HIDDEN if rng.random() < config.blanked else word for word in example.words]
        for example in examples
    ]
    sentences = [torch.from_numpy(vectors) for vectors in states.of(hidden)]
    before = [[SYMBOLS.index(START), *example.symbols[:-1]] for example in examples]
    after = [torch.tensor(example.symbols) for example in examples]
    wanted = torch.nn.utils.rnn.pad_sequence(after, batch_first=True, padding_value=_NOTHING)
    return batch_of(sentences, places, before), wanted


def example_of(drawn: Drawn, longest: int) -> SentenceExample | None:
    """A drawn sentence to learn from; None for what cannot be learned from."""
    words = words_of(drawn.sentence)
    symbols = symbols_of(drawn.goals, words)
    if symbols is None or not 0 < len(words) <= longest or len(symbols) > longest:
        return None
    return SentenceExample(words, symbols)


def _rate(step: int, config: ParserTrainingConfig) -> float:
    """Share of the highest rate: linearly up, then down along a cosine."""
    if step < config.warm_up:
        return (step + 1) / config.warm_up
    done = (step - config.warm_up) / max(config.steps - config.warm_up, 1)
    return 0.5 * (1.0 + math.cos(math.pi * min(done, 1.0))) + 0.01
