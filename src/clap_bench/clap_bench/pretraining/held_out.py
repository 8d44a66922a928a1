"""Which objects belong to which split, so that no probe shows what pre-training has seen.

GemBench's distractors are drawn from everything, so a training task may show an object that a
test asks for. Scenes for pre-training leave those out: what is seen in them is neither named by a
test of L2 to L4 (unless a training task names it, too) nor of a kind that only tests have.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from importlib.util import find_spec

import numpy as np

from clap_bench.gembench import levels, suite
from clap_bench.suite.task import Task
from clap_sim.world.objects import ObjectModel

TRAIN, PROBE = "train", "probe"
SPLITS = (TRAIN, PROBE)

_TRAIN_LEVEL = "L1"
_SCENES_TO_KNOW = 24
"""Scenes of each training task that are drawn to know its objects' kinds: the rarest one, a
grocery that is four of seven others', is missed by all with a chance below 1e-8."""

_ALIKE = 0.05
"""Two things of one builder are alike if no length of theirs differs by more than this part."""

_NOT_KIND = ("colour", "above_m")
"""Fields that tasks draw again for each scene."""


@cache
def variations(split: str) -> tuple[str, ...]:
    """Names of the variations whose scenes a split is made of."""
    own = [
        name
        for level, table in levels.PUBLISHED.items()
        for name in table
        if (level == _TRAIN_LEVEL) == (split == TRAIN) and _is_built(name)
    ]
    if split == TRAIN:
        return tuple(own)
    return tuple(name for name in own if _has_held_out(suite.task(name)))


def belongs(model: ObjectModel, split: str) -> bool:
    """Whether an object may be seen in a split."""
    return is_held_out(model) == (split == PROBE)


def is_held_out(model: ObjectModel) -> bool:
    """Whether an object is one that only tests show or ask for."""
    noun = model.nouns[0]
    named = any(_novel(phrase) for phrase in (noun, f"{model.colour} {noun}"))
    return named or kind(model) not in _train_kinds()


def kind(model: ObjectModel) -> tuple[object, ...]:
    """What an object is, whatever its colour: its class and its dimensions."""
    return (
        type(model).__name__,
        *(
            repr(getattr(model, field.name))
            for field in fields(model)  # type: ignore[arg-type]
            if field.name not in _NOT_KIND
        ),
    )


def resembles_test(model: ObjectModel) -> bool:
    """Whether an object that was drawn at random came out much like one that only tests have:
    of one builder and all lengths alike, or of one name and alike in its outer size."""
    lengths = _lengths(model)
    for other in _test_models():
        if type(other) is type(model) and _alike(lengths, _lengths(other)):
            return True
        if set(model.nouns) & set(other.nouns) and _alike(_outer(model), _outer(other)):
            return True
    return False


def _alike(lengths: Sequence[float], others: Sequence[float]) -> bool:
    return len(lengths) == len(others) and np.allclose(lengths, others, rtol=_ALIKE, atol=0.0)


def _outer(model: ObjectModel) -> tuple[float, float, float]:
    return model.footprint_radius_m, model.body_radius_m, model.height_m


def _lengths(thing: object) -> list[float]:
    """All numbers of an object but its colours, those of its parts included."""
    found: list[float] = []
    for field in fields(thing):  # type: ignore[arg-type]
        value = getattr(thing, field.name)
        if field.name in _NOT_KIND or "rgba" in field.name or field.name == "carcass":
            continue
        if is_dataclass(value):
            found += _lengths(value)
        elif isinstance(value, (int, float, tuple)):
            numbers = value if isinstance(value, tuple) else (value,)
            found += [float(one) for one in numbers if isinstance(one, (int, float))]
    return found


@cache
def _test_models() -> tuple[ObjectModel, ...]:
    """Objects of kinds that only tests have, whatever their colours."""
    found: dict[tuple[object, ...], ObjectModel] = {}
    for name in variations(PROBE):
        for item in suite.task(name).scene(np.random.default_rng(0)).items:
            if kind(item.model) not in _train_kinds():
                found.setdefault(kind(item.model), item.model)
    return tuple(found.values())


@cache
def _train_kinds() -> frozenset[tuple[object, ...]]:
    found: set[tuple[object, ...]] = set()
    for name in variations(TRAIN):
        for seed in range(_SCENES_TO_KNOW):
            scene = suite.task(name).scene(np.random.default_rng(seed))
            found.update(kind(item.model) for item in scene.items)
    return frozenset(found)


@cache
def _novel(phrase: str) -> bool:
    """Whether tests speak of something and training does not."""
    pattern = re.compile(rf"\b{re.escape(phrase)}s?\b")
    spoken = {
        level: any(pattern.search(text) for text in table.values())
        for level, table in levels.PUBLISHED.items()
    }
    return not spoken[_TRAIN_LEVEL] and any(spoken.values())


def _has_held_out(task: Task) -> bool:
    return any(is_held_out(item.model) for item in task.scene(np.random.default_rng(0)).items)


def _is_built(variation: str) -> bool:
    """Whether the port has a task; a published one may not be ported yet."""
    return find_spec(f"clap_bench.gembench.tasks.{variation.split('+')[0]}") is not None
