"""What stands on the table of a scene: a task's objects, and more of other tasks among them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from clap_bench.gembench import suite
from clap_bench.pretraining.held_out import PROBE, TRAIN, belongs, variations
from clap_bench.suite.task import Task
from clap_sim.world.fixtures import Button
from clap_sim.world.objects import ObjectModel
from clap_sim.world.room import Appearance
from clap_sim.world.scene import Item, SceneModel, Zone

EXTRA_SHARES = {TRAIN: (0.25, 0.20, 0.20, 0.20, 0.15), PROBE: (0.0, 0.1, 0.3, 0.3, 0.3)}
"""How often 0, 1, 2, ... objects of other tasks stand among a task's own, by split: of a task in a
probe, only what is held out is there."""

EXTRA_ZONE = Zone(x_m=(0.32, 0.70), y_m=(-0.42, 0.42), reach_m=(0.34, 0.76))
_EXTRA_GAP_M = 0.02

_OFF_TABLE_X_M = 0.2
"""Tasks keep things nearer to the robot than this until they put them in their place."""

_TRIES = 20


@dataclass(frozen=True)
class Composition:
    """What to build a world of.

    Attributes:
        variation: whose objects they are.
        task: of the variation, if all of its objects are there, so that it can prepare them.
        scene: the objects, and where they may stand.
    """

    variation: str
    task: Task | None
    scene: SceneModel


def compose(split: str, rng: np.random.Generator, extras: int | None = None) -> Composition:
    """A random composition of a split's objects.

    Args:
        split: ``train`` or ``probe``.
        rng: draws it.
        extras: how many objects of other tasks; random by default.
    """
    shares = EXTRA_SHARES[split]
    wanted = int(rng.choice(len(shares), p=shares)) if extras is None else extras
    variation = random_variation(split, rng)
    task = suite.task(variation)
    whole = task.scene(rng)
    items = [item for item in whole.items if belongs(item.model, split)]
    complete = len(items) == len(whole.items)
    if not complete:
        items = [_on_table(item) for item in items]
    for number in range(wanted):
        model = _extra(split, rng)
        if model is not None:
            items.append(Item(model, EXTRA_ZONE, f"{_slug(model)}_extra{number}"))
    scene = replace(
        whole,
        name=variation,
        items=tuple(items),
        gap_m=min(whole.gap_m, _EXTRA_GAP_M) if wanted else whole.gap_m,
        # What screws and catches do takes time, which a still scene does not have.
        mechanisms=(),
        appearance=Appearance.random(rng),
    )
    return Composition(variation, task if complete else None, scene)


def random_variation(split: str, rng: np.random.Generator) -> str:
    """A random variation of a random task: tasks with many variations are not seen more often."""
    by_task: dict[str, list[str]] = {}
    for name in variations(split):
        by_task.setdefault(name.split("+")[0], []).append(name)
    names = list(by_task.values())[rng.integers(len(by_task))]
    return names[rng.integers(len(names))]


def _extra(split: str, rng: np.random.Generator) -> ObjectModel | None:
    """A small object of any of the split's tasks."""
    for _ in range(_TRIES):
        scene = suite.task(random_variation(split, rng)).scene(rng)
        found = [
            item.model
            for item in scene.items
            if belongs(item.model, split) and (item.model.movable or isinstance(item.model, Button))
        ]
        if found:
            return found[rng.integers(len(found))]
    return None


def _on_table(item: Item) -> Item:
    """Where its task would have put it later is not known; anywhere on the table will do."""
    if item.zone.x_m[0] >= _OFF_TABLE_X_M:
        return item
    return replace(item, zone=EXTRA_ZONE)


def _slug(model: ObjectModel) -> str:
    return f"{model.colour}_{model.nouns[0]}".replace(" ", "_")
