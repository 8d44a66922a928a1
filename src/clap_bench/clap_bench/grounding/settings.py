"""What stands on a table, and which plans could be begun with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import mujoco
import numpy as np

from clap_bench.gembench.objects.cupboard import Cupboard
from clap_bench.gembench.objects.safe import SHELVES, Safe
from clap_bench.gembench.shelving import standing_at
from clap_bench.grounding import furniture, loose
from clap_bench.grounding.loose import Called
from clap_bench.grounding.pieces import PIECES, Piece, Plan
from clap_bench.suite.task import Stage
from clap_bench.suite.truth import Truth
from clap_sim.world import World
from clap_sim.world.objects import ObjectModel
from clap_sim.world.room import Appearance
from clap_sim.world.scene import Item, SceneModel, Zone

Rng = np.random.Generator

SHARES = {"piece": 0.55, "store": 0.20, "table": 0.25}
"""Of settings: with a piece of furniture, with shelves, with loose things only."""

_LOOSE = {"piece": (0, 4), "store": (2, 5), "table": (3, 7)}
"""How many loose things, from and below."""

_TARGET_SHARE = 0.35
_PACKAGES_SHARE = {"piece": 0.2, "store": 0.6, "table": 0.3}
_MONEY_SHARE = 0.5
_STACKED_SHARE = 0.45
"""Of settings: one of the loose things stands on another, or in it."""
_HIGH_SHARE = 0.35
"""Of stacks: there are three of them, if there are three that can be."""
_DROP_M = 0.002

_LIES = Zone(x_m=(0.32, 0.66), y_m=(-0.42, 0.42), reach_m=(0.34, 0.78))
_STORE_M = (0.70, 0.86)
_TURN_RAD = 0.3
_GAP_M = 0.012
_SAFE, _CUPBOARD, _TARGET = "safe", "cupboard", "target"


@dataclass(frozen=True)
class TableSetting:
    """A table that is set.

    Attributes:
        scene: what stands on it.
        piece: the furniture among it whose parts move.
        called: the loose things.
    """

    scene: SceneModel
    piece: Piece | None
    called: tuple[Called, ...]

    def prepare(self, world: World, rng: Rng) -> None:
        """Set doors, drawers and lids, and perhaps things on each other."""
        if self.piece is not None:
            self.piece.prepare(world, rng)
        bases = [one for one in self.called if loose.is_base(one)]
        if len(bases) > 1 and rng.random() < _STACKED_SHARE:
            mujoco.mj_forward(world.model, world.data)
            stack = [bases[k] for k in rng.permutation(len(bases))]
            stack = stack[: 3 if rng.random() < _HIGH_SHARE else 2]
            place = world.base_T_object(stack[0].name)[:3, 3]
            for lower, upper in pairwise(stack):
                place = place + loose.top(lower) + np.array([0.0, 0.0, _DROP_M])
                world.set_pose(upper.name, place, float(rng.uniform(-np.pi, np.pi)))

    def plans(self, truth: Truth, rng: Rng, held: str) -> list[Plan]:
        """What could be begun with as things are; where several places offer themselves for one
        thing, one of them is drawn. Of what is held, every place that it could be brought to.

        Args:
            truth: of the world.
            rng: draws what goes where.
            held: name of what the hand holds; empty for nothing.
        """
        for one in self.called:
            if one.name == held:
                lying = [other for other in self.called if other is not one]
                return [(move,) for move in self._moves(one, lying, truth)]
        plans: list[Plan] = [] if self.piece is None else list(self.piece.plans(truth))
        for one in self.called:
            moves = self._moves(one, self.called, truth)
            take = loose.grasp(one)
            plans.append((take, moves[rng.integers(len(moves))]) if moves else (take,))
        return plans

    def _moves(self, one: Called, lying: Sequence[Called], truth: Truth) -> list[Stage]:
        """Where a thing could be brought, given what lies about."""
        insides = {} if self.piece is None else self.piece.insides(truth)
        moves = [loose.into(one, words, site) for words, site in insides.items()]
        for item in self.scene.items:
            if isinstance(item.model, Safe):
                moves += [loose.shelving(one, _SAFE, shelf) for shelf in SHELVES]
            elif isinstance(item.model, Cupboard):
                moves.append(loose.storing(one, _CUPBOARD, item.model))
            elif item.name == _TARGET:
                moves.append(loose.lifting(one, _TARGET))
        bases = [other for other in lying if other is not one and loose.is_base(other)]
        placed = (loose.placing(one, base, truth, lying) for base in bases)
        return moves + [stage for stage in placed if stage is not None]


def random_setting(rng: Rng) -> TableSetting:
    """A table that nobody has set before."""
    kind = str(rng.choice(tuple(SHARES), p=tuple(SHARES.values())))
    piece = PIECES[rng.integers(len(PIECES))](rng) if kind == "piece" else None
    items = [Item(piece.model, piece.zone, piece.name)] if piece is not None else []
    if kind == "store":
        items.append(_store(rng))
    elif rng.random() < _TARGET_SHARE:
        items.append(Item(loose.floating_target(rng), _LIES, _TARGET))
    called = loose.call(_loose_things(kind, rng), rng)
    items += [Item(one.model, _LIES, one.name) for one in called]
    scene = SceneModel(
        f"grounding_{kind if piece is None else piece.name}", "", "", tuple(items), _GAP_M,
        appearance=Appearance.random(rng),
    )  # fmt: skip
    return TableSetting(scene, piece, tuple(called))


def _store(rng: Rng) -> Item:
    """A safe or a cupboard that faces the robot more or less."""
    bearing = float(rng.uniform(-_TURN_RAD, _TURN_RAD))
    yaw = bearing + float(rng.uniform(-_TURN_RAD, _TURN_RAD))
    zone = standing_at(float(rng.uniform(*_STORE_M)), bearing, yaw)
    if rng.integers(2):
        return Item(furniture.safe(rng), zone, _SAFE)
    return Item(furniture.cupboard(rng), zone, _CUPBOARD)


def _loose_things(kind: str, rng: Rng) -> list[ObjectModel]:
    count = int(rng.integers(*_LOOSE[kind]))
    things = loose.packages if rng.random() < _PACKAGES_SHARE[kind] else loose.toys
    found = things(rng, count)
    if kind == "store" and rng.random() < _MONEY_SHARE:
        found.append(loose.money())
    return found
