"""What stands on the table of a scene: a task's objects, and more of other tasks among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from clap_bench.gembench import suite
from clap_bench.grounding.settings import random_setting
from clap_bench.pretraining.held_out import PROBE, TRAIN, belongs, resembles_test, variations
from clap_bench.suite.task import Stage
from clap_bench.suite.truth import Truth
from clap_sim.world import World
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


class Prepares(Protocol):
    """Changes what placing alone cannot: a task, or a setting."""

    def prepare(self, world: World, rng: np.random.Generator) -> None: ...


@dataclass(frozen=True)
class Disorder:
    """How often things are not where somebody put them; shares of scenes.

    Attributes:
        tipped: one of its objects was tipped over.
        stacked: one of its objects was put on another one.
        held: of those with the arm at work, the hand holds an object.
        about: of those with the arm at work and nothing held, the hand is about to do something.
        moved_joints: doors, drawers and lids stand anywhere, each by itself.
    """

    tipped: float = 0.30
    stacked: float = 0.25
    held: float = 0.20
    moved_joints: float = 0.60
    about: float = 0.0


AT_WORK = Disorder(tipped=0.0, stacked=0.0, held=0.35, moved_joints=0.0, about=0.6)
"""All is as plans expect it, in the midst of one of them."""


@dataclass(frozen=True)
class Composition:
    """What to build a world of.

    Attributes:
        variation: whose objects they are.
        task: of the variation, if all of its objects are there, so that it can prepare them.
        scene: the objects, and where they may stand.
        disorder: what happens to them.
        plans: which plans could be begun with them, or gone on with, given the name of what is held
            (or none); None where nobody asks.
    """

    variation: str
    task: Prepares | None
    scene: SceneModel
    disorder: Disorder = Disorder()
    plans: Callable[[Truth, np.random.Generator, str], Sequence[Sequence[Stage]]] | None = None


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


def compose_setting(rng: np.random.Generator) -> Composition:
    """A random table of the split `grounding`, which asks for the places of steps.

    Nothing on it is like anything that only tests have.
    """
    setting = random_setting(rng)
    while any(resembles_test(item.model) for item in setting.scene.items):
        setting = random_setting(rng)
    return Composition(setting.scene.name, setting, setting.scene, AT_WORK, setting.plans)


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
