"""Loose things on a table, what they are called, and what could be done with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_bench.gembench.objects.cupboard import Cupboard
from clap_bench.gembench.objects.groceries import Grocery
from clap_bench.gembench.objects.money import BanknoteBundle
from clap_bench.gembench.objects.target import FloatingTarget
from clap_bench.gembench.shelving import INSET_M
from clap_bench.grounding.furniture import random_colour
from clap_bench.grounding.names import UNCOMMON
from clap_bench.grounding.packages import package
from clap_bench.grounding.tableware import TABLEWARE
from clap_bench.grounding.toys import TOYS, Slab, Vessel
from clap_bench.suite.task import Point, Stage
from clap_bench.suite.truth import Truth
from clap_core.task_types import Action, KeyAction, Relation, SubTask
from clap_sim.world.objects import ObjectModel
from clap_sim.world.tableware import Bowl, Mug, Plate

Rng = np.random.Generator

_KINDS = (*TOYS, *TABLEWARE)
_HOLLOW = (Vessel, Mug, Bowl)
"""What goes into one of these is said to be in it."""
_ABOVE_M = 0.003
_UNCOMMON_SHARE = 0.25
"""Of toys: they have a name that says nothing of their shape. Then the name is that of the thing
that no other name fits, which is how words are learned that nobody explained."""
_COLOURLESS_SHARE = 0.4
"""Of things whose noun is unique: they are called by it alone."""


@dataclass(frozen=True)
class Called:
    """A thing and what a person calls it here.

    Attributes:
        name: of its body.
        model: what it is.
        words: that tell it from the others.
    """

    name: str
    model: ObjectModel
    words: str


def toys(rng: Rng, count: int) -> list[ObjectModel]:
    """Toys and tableware; often several of one kind, which only colours tell apart."""
    kinds = [_KINDS[rng.integers(len(_KINDS))] for _ in range(max(1, (count + 1) // 2))]
    return [kinds[rng.integers(len(kinds))](random_colour(rng), rng) for _ in range(count)]


def packages(rng: Rng, count: int) -> list[ObjectModel]:
    """Packages of different contents."""
    found: dict[str, Grocery] = {}
    while len(found) < count:
        one = package(rng)
        found.setdefault(one.nouns[0], one)
    return list(found.values())


def money() -> ObjectModel:
    """A bundle of banknotes."""
    return BanknoteBundle("green")


def call(models: Sequence[ObjectModel], rng: Rng) -> list[Called]:
    """Names that tell things apart; what cannot be told apart is left out."""
    count = Counter(noun for model in models for noun in model.nouns)
    called: dict[str, Called] = {}
    for model in models:
        noun = _noun(model, rng)
        plain = isinstance(model, (Grocery, BanknoteBundle))
        alone = all(count[noun] == 1 for noun in model.nouns)
        if alone and (plain or rng.random() < _COLOURLESS_SHARE):
            words = noun
        else:
            words = f"{model.colour} {noun}"
        called.setdefault(words, Called(words.replace(" ", "_"), model, words))
    return list(called.values())


def _noun(model: ObjectModel, rng: Rng) -> str:
    if not isinstance(model, (Grocery, BanknoteBundle)) and rng.random() < _UNCOMMON_SHARE:
        return str(rng.choice(UNCOMMON))
    return model.nouns[min(int(rng.geometric(0.7)) - 1, len(model.nouns) - 1)]


def grasp(called: Called) -> Stage:
    """Take a thing."""
    subtask = SubTask(Action.GRASP, f"grasp the {called.words}", object=called.words)
    return Stage(subtask, lambda truth: truth.position(called.name), _nobody_acts)


def is_base(called: Called) -> bool:
    """Whether something can be put on it, or in it."""
    return isinstance(called.model, (Slab, Plate, *_HOLLOW))


def top(base: Called) -> Point:
    """[3] from a base's foot to where something stands on it, or in it."""
    return np.array([0.0, 0.0, base.model.floor_m])


def covers(base: Called, others: Sequence[Called], truth: Truth) -> list[Called]:
    """What stands on a base, or in it, from below."""
    foot = truth.position(base.name)

    def above_m(other: Called) -> float:
        away = truth.position(other.name) - foot
        return float(away[2]) if np.hypot(*away[:2]) < base.model.footprint_radius_m else 0.0

    found = [other for other in others if other is not base and above_m(other) > _ABOVE_M]
    return sorted(found, key=above_m)


def placing(called: Called, base: Called, truth: Truth, others: Sequence[Called]) -> Stage | None:
    """Put it on another thing, or in it if that is a vessel; None where something is in the way.

    In a stack of vessels it goes into the topmost.
    """
    stack = [base, *covers(base, others, truth)]
    vessels = all(isinstance(one.model, _HOLLOW) for one in stack)
    if called in stack or (len(stack) > 1 and not vessels):
        return None
    relation, word = (Relation.IN, "into") if vessels else (Relation.ON, "onto")
    place = truth.position(stack[-1].name) + top(stack[-1])
    return _move(called, word, relation, base.words, lambda now: place)


def into(called: Called, words: str, site: str) -> Stage:
    """Put it into something whose floor's middle is a site."""
    return _move(called, "into", Relation.IN, words, lambda truth: truth.site(site)[:3, 3])


def lifting(called: Called, target: str) -> Stage:
    """Lift it to the floating target."""
    return _move(
        called, "up to", Relation.UP, "target", lambda truth: truth.site(f"{target}_centre")[:3, 3]
    )


def shelving(called: Called, safe: str, shelf: str) -> Stage:
    """Put it on a shelf of a safe."""
    reference = f"{shelf} shelf of the safe"
    return _move(
        called, "onto", Relation.ON, reference,
        lambda truth: _behind_edge(truth.site(f"{safe}_{shelf}"), called),
    )  # fmt: skip


def storing(called: Called, name: str, cupboard: Cupboard) -> Stage:
    """Put it in a cupboard, at the place that is nearest."""

    def nearest(truth: Truth) -> Point:
        edges = [truth.site(f"{name}_slot{slot}") for slot in range(cupboard.slots)]
        at = truth.position(called.name)
        edge = min(edges, key=lambda one: float(np.linalg.norm(one[:3, 3] - at)))
        return _behind_edge(edge, called)

    return _move(called, "into", Relation.IN, "cupboard", nearest)


def _behind_edge(base_T_edge: NDArray[np.float64], called: Called) -> Point:
    return base_T_edge[:3, 3] + (INSET_M + called.model.body_radius_m) * base_T_edge[:3, 0]


def floating_target(rng: Rng) -> FloatingTarget:
    """A target in the air, low or high."""
    return FloatingTarget(above_m=rng.uniform(0.14, 0.38), radius_m=rng.uniform(0.035, 0.06))


def _move(
    called: Called,
    word: str,
    relation: Relation,
    reference: str,
    where: Callable[[Truth], Point],
) -> Stage:
    subtask = SubTask(
        Action.MOVE, f"move the {called.words} {word} the {reference}", object=called.words,
        relation=relation, reference=reference,
    )  # fmt: skip
    return Stage(subtask, where, _nobody_acts)


def _nobody_acts(truth: Truth) -> Sequence[KeyAction]:
    return ()
