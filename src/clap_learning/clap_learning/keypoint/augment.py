"""Other scenes of the same kind: turned, mirrored, stretched, relit, in other colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from clap_learning.keypoint.colours import Lab, lexicon
from clap_learning.keypoint.inputs import NEAR_COLOUR, QueriedCloud
from clap_learning.keypoint.query import Query, Slot
from clap_learning.keypoint.tokens import Patches


class KeypointAugmentConfig(BaseModel, frozen=True, extra="forbid"):
    """How much an example is changed in training."""

    turn_deg: float = Field(40.0, description="Turn about the robot's axis, either way.")
    shift_m: float = Field(0.05, description="Along x and y, either way.")
    raise_m: float = Field(0.03, description="Of everything, the table too, either way.")
    stretch: float = Field(0.25, description="Of lengths along each axis, by up to this part.")
    noise_m: float = Field(0.002, description="Standard deviation of points.")
    normal_noise: float = Field(0.1, description="Standard deviation of normals, of length 1.")
    drop: float = Field(0.25, description="Tokens left out, at most this part.")
    light: float = Field(8.0, description="Change of all colours, L*a*b*, standard deviation.")
    recolour: float = Field(0.5, description="Chance that a named colour becomes another.")
    absent_colour: float = Field(0.08, description="Chance that a colour is named that is not.")


@dataclass(frozen=True, eq=False)
class Changed:
    """A changed look, and its answer.

    Attributes:
        look: what is seen and asked.
        keypoint_m: [3]; None for "not there".
        mask: [T] tokens that are left.
    """

    look: QueriedCloud
    keypoint_m: NDArray[np.float64] | None
    mask: NDArray[np.bool_]


_OTHER_COLOUR = 45.0
"""Difference in L*a*b* from which on a point is of another colour, whatever the light is."""

_SHARE_THERE = 0.002
"""Part of a scene's points near a colour from which it may be there."""

_TRIES = 12


def change(
    look: QueriedCloud,
    keypoint_m: NDArray[np.float64] | None,
    config: KeypointAugmentConfig,
    rng: np.random.Generator,
) -> Changed:
    """Another scene of the same kind.

    Args:
        look: a demonstration's.
        keypoint_m: [3] where it happens; None for "not there".
        config: how much.
        rng: draws it.
    """
    patches, query = look.patches, look.query
    lab, query = _recoloured(patches.lab, query, config, rng)
    if keypoint_m is not None and rng.random() < config.absent_colour:
        other = _absent_colour(lab, query, rng)
        if other is not None:
            query, keypoint_m = other, None
    matrix, shift = _affine(query, config, rng)

    def moved(points: NDArray[np.float64] | NDArray[np.float32]) -> NDArray[np.float64]:
        return np.asarray(points @ matrix.T + shift)

    noise = rng.normal(0.0, config.noise_m, patches.xyz.shape)
    xyz = (moved(patches.xyz) + noise).astype(np.float32)
    # Normals go with the inverse: a stretched slope is less steep, its normal steeper.
    normals = patches.normals @ np.linalg.inv(matrix)
    normals += rng.normal(0.0, config.normal_noise, normals.shape)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    light = rng.normal(0.0, config.light, 3) * (1.0, 0.5, 0.5)
    changed = Patches(
        xyz.mean(axis=1),
        xyz,
        (lab + light).astype(np.float32),
        normals.astype(np.float32),
        patches.bends,
        float(patches.table_m * matrix[2, 2] + shift[2]),
    )
    mask = rng.random(len(xyz)) >= rng.uniform(0.0, config.drop)
    return Changed(
        QueriedCloud(changed, query, moved(look.tcp_m), look.opening_m),
        None if keypoint_m is None else moved(keypoint_m),
        mask,
    )


def _affine(
    query: Query, config: KeypointAugmentConfig, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """[3, 3] matrix and [3] shift; without turn or mirror where words tell left from right."""
    turn = np.radians(rng.uniform(-config.turn_deg, config.turn_deg)) if query.turns else 0.0
    mirror = -1.0 if query.mirrors and rng.random() < 0.5 else 1.0
    c, s = np.cos(turn), np.sin(turn)
    stretch = np.exp(rng.uniform(-config.stretch, config.stretch, 3))
    matrix = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]) @ np.diag([1.0, mirror, 1.0])
    # About the middle of the table: things stay within reach.
    middle = np.array([0.5, 0.0, 0.0])
    scaled = np.diag(stretch) @ matrix
    shift = matrix @ middle - scaled @ middle
    shift += (*rng.uniform(-config.shift_m, config.shift_m, 2), 0.0)
    shift[2] += rng.uniform(-config.raise_m, config.raise_m)
    return scaled, shift


def _recoloured(
    lab: NDArray[np.float32], query: Query, config: KeypointAugmentConfig, rng: np.random.Generator
) -> tuple[NDArray[np.float32], Query]:
    """With each named colour, by chance, become another that was not in the scene."""
    for slot in Slot:
        colours = query.colours(slot)
        if len(colours) != 1 or rng.random() >= config.recolour:
            continue
        new = _other_colour(lab, rng)
        if new is None:
            continue
        old = np.array(colours[0], np.float32)
        away = np.linalg.norm(lab - old, axis=-1, keepdims=True)
        part = np.clip((_OTHER_COLOUR - away) / (_OTHER_COLOUR - NEAR_COLOUR), 0.0, 1.0)
        lab = lab + part * (np.array(new, np.float32) - old)
        query = query.with_colour(slot, new)
    return lab, query


def _absent_colour(
    lab: NDArray[np.float32], query: Query, rng: np.random.Generator
) -> Query | None:
    """The query with a colour that nothing has; None if it names none."""
    slots = [slot for slot in Slot if query.colours(slot)]
    if not slots:
        return None
    new = _other_colour(lab, rng)
    return None if new is None else query.with_colour(slots[int(rng.integers(len(slots)))], new)


def _other_colour(lab: NDArray[np.float32], rng: np.random.Generator) -> Lab | None:
    """A colour of the lexicon that is not in the scene."""
    colours = list(lexicon().values())
    flat = lab.reshape(-1, 3)
    for index in rng.integers(0, len(colours), _TRIES):
        squares = ((flat - np.array(colours[index], np.float32)) ** 2).sum(axis=-1)
        if float((squares < NEAR_COLOUR**2).mean()) < _SHARE_THERE:
            return colours[index]
    return None
