"""Demonstrations as examples of the network, and the many that each can be made into."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from clap_core.geometry import invert
from clap_core.task_types import Action, Motion
from clap_learning.keypoint.query import Query
from clap_learning.policy.clap.manners import Manner, manner_of
from clap_learning.policy.clap.situation import (
    SubTaskSituation,
    frame_of,
    is_the_other_way_round,
    situation,
    turned_by_half,
)
from clap_learning.policy.demonstration import Demonstration
from clap_learning.policy.frames import HALF_TURN, Transform, upright

_MIRROR = np.diag([1.0, -1.0, 1.0, 1.0])
"""Left for right; a parallel gripper is its own mirror image."""


@dataclass(frozen=True, eq=False)
class PolicyExample:
    """One sub-task, as it was demonstrated.

    Attributes:
        now: what was known when it began.
        poses: [K, 4, 4] key_T_tcp of its key poses.
        manner: how they were done.
        mirrors: whether its mirror image is as good a demonstration.
    """

    now: SubTaskSituation
    poses: NDArray[np.float64]
    manner: Manner
    mirrors: bool

    @property
    def has_twin(self) -> bool:
        """Whether the hand, turned by half about its approach axis, does the same: two fingers
        take the same grasp. What is held already would be turned with it."""
        return not self.now.at_hand and self.now.tcp_p_held is None

    @property
    def goes_straight(self) -> bool:
        """Whether the first motion leads from where the hand is in a straight line."""
        return self.manner.steps[0].motion is Motion.LINEAR


def example_of(shown: Demonstration) -> PolicyExample:
    """A demonstration, seen from its keypoint."""
    now = situation(shown.subtask, shown.at_hand, shown.state, shown.look)
    key_T_base = invert(frame_of(shown.state))
    turn = HALF_TURN if now.turned_round else np.eye(4)
    poses = np.array([key_T_base @ action.base_T_tcp @ turn for action in shown.actions])
    # What is screwed in to the right is not screwed in to the left.
    mirrors = now.query.mirrors and shown.subtask.action is not Action.TURN
    return PolicyExample(now, poses, manner_of(shown.actions), mirrors)


class PolicyAugmentConfig(BaseModel, frozen=True, extra="forbid"):
    """How each demonstration is changed each time that it is learned from."""

    turn_rad: float = Field(0.45, description="Turned about the vertical by up to this.", ge=0.0)
    turned: float = Field(
        0.5,
        description="Share that is turned. What is round tells no direction: for that, the one "
        "that was shown, as the arm has it, must stay the likeliest.",
        ge=0.0,
        le=1.0,
    )
    mirrored: float = Field(0.3, description="Share that is mirrored.", ge=0.0, le=1.0)
    scale: float = Field(0.08, description="Larger or smaller by up to this share.", ge=0, lt=1)
    keypoint_m: tuple[float, float, float] = Field(
        (0.004, 0.004, 0.001),
        description="Standard deviation of where the keypoint is found, along each axis.",
    )
    jitter_m: float = Field(0.0015, description="Standard deviation of points.", ge=0.0)
    kept: float = Field(0.5, description="At least this share of the points is kept.", gt=0, le=1)
    colourless: float = Field(0.4, description="Share without colours.", ge=0.0, le=1.0)
    wordless: float = Field(0.25, description="Share of names that are not told.", ge=0.0, le=1.0)


def changed(
    example: PolicyExample, config: PolicyAugmentConfig, rng: np.random.Generator
) -> PolicyExample:
    """The same sub-task, as it could have been somewhere else."""
    one = example
    if rng.random() < config.turned:
        # What is done in the air, without a look, is done alike in any direction.
        most_rad = config.turn_rad if len(example.now.xyz) else np.pi
        turn = upright(np.zeros(3), rng.uniform(-most_rad, most_rad))
        with_hand = example.now.at_hand or example.goes_straight or bool(rng.integers(2))
        one = _turned(example, turn, with_hand)
    if example.mirrors and rng.random() < config.mirrored:
        one = _mirrored(one)
    if is_the_other_way_round(one.now):
        one = _other_way_round(one)
    one = _scaled(one, 1.0 + rng.uniform(-config.scale, config.scale))
    if not example.now.at_hand:
        one = _shifted(one, rng.normal(0.0, config.keypoint_m))
    now = replace(_seen_again(one.now, config, rng), query=_retold(one.now.query, config, rng))
    return replace(one, now=now)


def _turned(one: PolicyExample, turn: Transform, with_hand: bool) -> PolicyExample:
    now = one.now
    moved = replace(
        now,
        xyz=now.xyz @ turn[:3, :3].T.astype(np.float32),
        key_T_tcp=turn @ now.key_T_tcp if with_hand else now.key_T_tcp,
        next_m=None if now.next_m is None else turn[:3, :3] @ now.next_m,
    )
    return replace(one, now=moved, poses=turn @ one.poses)


def _other_way_round(one: PolicyExample) -> PolicyExample:
    """Two fingers that change places do the same, all along."""
    return replace(one, now=turned_by_half(one.now), poses=one.poses @ HALF_TURN)


def _mirrored(one: PolicyExample) -> PolicyExample:
    now = one.now
    across = _MIRROR[:3, :3]
    moved = replace(
        now,
        xyz=now.xyz @ across.astype(np.float32),
        key_T_tcp=_MIRROR @ now.key_T_tcp @ _MIRROR,
        tcp_p_held=None if now.tcp_p_held is None else across @ now.tcp_p_held,
        next_m=None if now.next_m is None else across @ now.next_m,
    )
    return replace(one, now=moved, poses=_MIRROR @ one.poses @ _MIRROR)


def _scaled(one: PolicyExample, factor: float) -> PolicyExample:
    """Things of another size; the hand stays as large, so what is held is left alone."""
    if one.now.at_hand or one.now.tcp_p_held is not None:
        return one
    now = replace(
        one.now,
        xyz=one.now.xyz * np.float32(factor),
        next_m=None if one.now.next_m is None else one.now.next_m * factor,
        top_m=one.now.top_m * factor,
    )
    poses = np.array(one.poses)
    poses[:, :3, 3] *= factor
    return replace(one, now=now, poses=poses)


def _shifted(one: PolicyExample, off_m: NDArray[np.float64]) -> PolicyExample:
    """As if the keypoint had been found beside where it is."""
    now = one.now
    hand, poses = np.array(now.key_T_tcp), np.array(one.poses)
    hand[:3, 3] -= off_m
    poses[:, :3, 3] -= off_m
    moved = replace(
        now,
        xyz=(now.xyz - off_m).astype(np.float32),
        key_T_tcp=hand,
        next_m=None if now.next_m is None else now.next_m - off_m,
        top_m=now.top_m - float(off_m[2]),
        height_m=now.height_m + float(off_m[2]),
    )
    return replace(one, now=moved, poses=poses)


def _seen_again(
    now: SubTaskSituation, config: PolicyAugmentConfig, rng: np.random.Generator
) -> SubTaskSituation:
    """Fewer points, less exact, and perhaps without colours."""
    if not len(now.xyz):
        return now
    kept = rng.random(len(now.xyz)) < rng.uniform(config.kept, 1.0)
    kept[rng.integers(len(kept))] = True
    jitter = rng.normal(0.0, config.jitter_m, (int(kept.sum()), 3))
    rgb = now.rgb[kept]
    if rng.random() < config.colourless:
        rgb = np.full_like(rgb, 128)
    return replace(now, xyz=(now.xyz[kept] + jitter).astype(np.float32), rgb=rgb)


def _retold(query: Query, config: PolicyAugmentConfig, rng: np.random.Generator) -> Query:
    """Some of the names are not told: then the look must do."""
    told = rng.random(len(query.texts)) >= config.wordless
    texts = tuple(text if keep else "" for text, keep in zip(query.texts, told, strict=True))
    return replace(query, texts=texts)
