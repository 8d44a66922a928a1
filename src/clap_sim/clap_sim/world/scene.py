"""What a scene is: objects, and where on the table they may stand."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from clap_sim.world.mechanism import MechanismModel
from clap_sim.world.objects import ObjectModel
from clap_sim.world.room import Appearance

MAX_TRIES = 400
"""Whole layouts that are tried before a scene counts as too crowded."""


@dataclass(frozen=True)
class Zone:
    """Part of the table in the base frame where the origin of an object may be.

    Attributes:
        x_m, y_m: ranges of the position; equal ends pin it.
        yaw_rad: range of the rotation about z.
        reach_m: range of the distance from the robot's axis.
    """

    x_m: tuple[float, float] = (0.34, 0.66)
    y_m: tuple[float, float] = (-0.40, 0.40)
    yaw_rad: tuple[float, float] = (-np.pi, np.pi)
    reach_m: tuple[float, float] = (0.36, 0.68)


@dataclass(frozen=True)
class Item:
    """An object of a scene and where it may stand.

    Attributes:
        model: the object.
        zone: where it may stand.
        name: of its body; by default colour and noun, with a number where several share them.
    """

    model: ObjectModel
    zone: Zone = field(default_factory=Zone)
    name: str = ""


@dataclass(frozen=True)
class Expectation:
    """A sentence and what must be true once it was carried out, whatever was planned.

    Attributes:
        sentence: lower case, without the full stop.
        relations: object, relation and reference, in the referee's words.
    """

    sentence: str
    relations: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class SceneModel:
    """Objects on the table.

    Attributes:
        name: the word that selects it.
        description: one sentence for people.
        instruction: a sentence that makes sense in it.
        expectations: sentences whose result can be judged; the instruction is among them.
        items: its objects. Large ones first, since they are the hardest to place.
        clutter: what stands about besides, placed last; a world does not tell of it.
        gap_m: least distance between the footprints of two objects; room for a finger.
        mechanisms: what contact alone cannot carry between its objects.
        appearance: of table and light.
    """

    name: str
    description: str
    instruction: str
    items: tuple[Item, ...] = ()
    gap_m: float = 0.045
    mechanisms: tuple[MechanismModel, ...] = ()
    appearance: Appearance = field(default_factory=Appearance)
    expectations: tuple[Expectation, ...] = ()
    clutter: tuple[Item, ...] = ()

    @property
    def standing(self) -> tuple[Item, ...]:
        """All that stands on the table, in the order in which it is placed."""
        return (*self.items, *self.clutter)

    def expectation(self, sentence: str) -> Expectation | None:
        """What a sentence asks for, whatever its capitals; None if it is not known."""
        words = " ".join(sentence.lower().strip(" .!").split())
        return next(
            (expectation for expectation in self.expectations if expectation.sentence == words),
            None,
        )


@dataclass(frozen=True)
class Pose2D:
    """Where an object stands: position [m] in the base frame and yaw [rad]."""

    x_m: float
    y_m: float
    yaw_rad: float


def place(scene: SceneModel, seed: int) -> tuple[Pose2D, ...]:
    """Random poses of the scene's items, the same for the same seed.

    Raises:
        ValueError: the scene is so crowded that no layout was found.
    """
    rng = np.random.default_rng(seed)
    for _ in range(MAX_TRIES):
        layout = _try_layout(scene, rng)
        if layout is not None:
            return layout
    raise ValueError(
        f"no free layout for scene '{scene.name}' in {MAX_TRIES} tries; "
        "take objects out or make their zones larger"
    )


def _try_layout(scene: SceneModel, rng: np.random.Generator) -> tuple[Pose2D, ...] | None:
    layout: list[Pose2D] = []
    for item in scene.standing:
        pose = _try_item(scene, item, layout, rng)
        if pose is None:
            return None
        layout.append(pose)
    return tuple(layout)


def _try_item(
    scene: SceneModel, item: Item, placed: list[Pose2D], rng: np.random.Generator, tries: int = 40
) -> Pose2D | None:
    zone = item.zone
    for _ in range(tries):
        x, y, yaw = (float(rng.uniform(*limits)) for limits in (zone.x_m, zone.y_m, zone.yaw_rad))
        if not zone.reach_m[0] <= np.hypot(x, y) <= zone.reach_m[1]:
            continue
        if all(
            np.hypot(x - other.x_m, y - other.y_m)
            >= item.model.footprint_radius_m + neighbour.model.footprint_radius_m + scene.gap_m
            for other, neighbour in zip(placed, scene.standing, strict=False)
        ):
            return Pose2D(x, y, yaw)
    return None
