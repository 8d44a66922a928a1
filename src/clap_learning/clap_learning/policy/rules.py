"""What each key pose of a sub-task keeps its place to, learned from how demonstrations vary.

Each demonstration is predicted from its likes, by every frame that could matter. The frame that
misses least is the rule, for the orientation and for each axis of the position by itself, because
a hand that is as high as it was may still be where the keypoint is. Where two frames miss alike the
simpler one is taken: so a yaw that only registration tells is used only where it mattered.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from clap_core.geometry import rotation_distance, transform_points
from clap_core.task_types import Action
from clap_learning.policy.demonstration import Demonstration, SubTaskStart
from clap_learning.policy.frames import (
    HALF_TURN,
    KeyPoseFrame,
    Transform,
    carried,
    held_point,
    radial_yaw,
    upright,
)
from clap_learning.policy.registration import CloudFit

Choice = TypeVar("Choice", bound=Hashable)

ROTATION_FRAMES = (
    KeyPoseFrame.RADIAL,
    KeyPoseFrame.HAND,
    KeyPoseFrame.BASE,
    KeyPoseFrame.WAY,
    KeyPoseFrame.ONWARD,
    KeyPoseFrame.LOOK,
)
"""The simplest first."""

POSITION_FRAMES = (
    KeyPoseFrame.RADIAL,
    KeyPoseFrame.HAND_LEVEL,
    KeyPoseFrame.WAY,
    KeyPoseFrame.ONWARD,
    KeyPoseFrame.LOOK,
    KeyPoseFrame.HAND,
    KeyPoseFrame.BASE,
)
AT_HAND_FRAMES = (KeyPoseFrame.HAND, KeyPoseFrame.HAND_LEVEL, KeyPoseFrame.BASE, KeyPoseFrame.LOOK)
"""The same where nothing is looked for."""

_NO_HEIGHT_FRAMES = (KeyPoseFrame.HAND, KeyPoseFrame.HAND_LEVEL)
"""Where something is looked for, heights do not keep to the hand: it started as high in every
demonstration, but the second block of a tower is put down higher than the first."""

SLACK_RAD = np.radians(1.5)
SLACK_M = 0.0015
"""A frame later in the order must be better by this."""

_WORST_RAD = np.radians(40.0)
_WORST_M = 0.08


@dataclass(frozen=True)
class Way:
    """What one coordinate of a key pose keeps its place to.

    Attributes:
        frame: the frame.
        of_held: whether the held thing's foot is carried over, or else the TCP.
    """

    frame: KeyPoseFrame
    of_held: bool = False


@dataclass(frozen=True)
class StepRule:
    """How one key pose is carried over.

    Attributes:
        rotation: frame of the orientation.
        position: of the position along and across the direction from the robot's axis to the
            keypoint, and of its height.
    """

    rotation: KeyPoseFrame
    position: tuple[Way, Way, Way]


Rule = tuple[StepRule, ...]
"""One for each key pose."""


@dataclass(frozen=True, eq=False)
class Pair:
    """A demonstration that is predicted from another.

    Attributes:
        shown: it is predicted from this one.
        now: the one that is predicted.
        fit: how the first lies on the second.
    """

    shown: Demonstration
    now: Demonstration
    fit: CloudFit


def default_rule(demonstration: Demonstration) -> Rule:
    """How a demonstration without any likes is carried over."""
    holding = demonstration.is_holding
    if demonstration.at_hand:
        step = StepRule(KeyPoseFrame.HAND, (Way(KeyPoseFrame.HAND),) * 3)
    else:
        step = StepRule(KeyPoseFrame.LOOK, (Way(KeyPoseFrame.LOOK, holding),) * 3)
    return (step,) * len(demonstration.actions)


def rule_by_look(demonstration: Demonstration) -> Rule:
    """How a demonstration is carried over to a thing of another shape.

    What is grasped as a whole is grasped as far below its top; all else is where registration
    puts it.
    """
    subtask = demonstration.subtask
    whole = subtask.action is Action.GRASP and not subtask.part and not demonstration.at_hand
    height = Way(KeyPoseFrame.TOP) if whole else Way(KeyPoseFrame.LOOK)
    step = StepRule(KeyPoseFrame.LOOK, (Way(KeyPoseFrame.LOOK), Way(KeyPoseFrame.LOOK), height))
    return (step,) * len(demonstration.actions)


def learn_rule(pairs: Sequence[Pair]) -> Rule:
    """The rule that predicts demonstrations of the same kind best; at least one pair."""
    return tuple(_learn_step(pairs, step) for step in range(len(pairs[0].now.actions)))


def goes_onward(rule: Rule) -> bool:
    """Whether it has to be known where the next sub-task happens."""
    return any(
        KeyPoseFrame.ONWARD in (step.rotation, *(way.frame for way in step.position))
        for step in rule
    )


def apply(
    rule: Rule, shown: Demonstration, now: SubTaskStart, fit: CloudFit, half_turn: bool = False
) -> list[Transform]:
    """The demonstrated key poses where they are now.

    Args:
        rule: of the demonstration.
        shown: the demonstration.
        now: what is known now.
        fit: how the demonstration lies on what is seen.
        half_turn: whether the fingers change places.

    Returns:
        [4, 4] base_T_tcp of each.
    """
    turn = HALF_TURN if half_turn else np.eye(4)
    return [
        _carry(step, action.base_T_tcp, turn, shown.state, now, fit)
        for step, action in zip(rule, shown.actions, strict=True)
    ]


def _carry(
    step: StepRule,
    pose: Transform,
    turn: Transform,
    shown: SubTaskStart,
    now: SubTaskStart,
    fit: CloudFit,
) -> Transform:
    result = np.asarray(carried(step.rotation, shown, now, fit) @ pose @ turn)
    axes = upright(np.zeros(3), radial_yaw(now.keypoint_m))[:3, :3]
    position = np.zeros(3)
    for axis, way in enumerate(step.position):
        place = _position(way, pose, result, shown, now, fit)
        position += axes[:, axis] * (axes[:, axis] @ place)
    result[:3, 3] = position
    return result


def _position(
    way: Way,
    pose: Transform,
    rotated: Transform,
    shown: SubTaskStart,
    now: SubTaskStart,
    fit: CloudFit,
) -> NDArray[np.float64]:
    """[3] of the TCP, once its orientation is known."""
    transfer = carried(way.frame, shown, now, fit)
    if not way.of_held or now.tcp_p_held is None:
        return transform_points(transfer, pose[:3, 3])
    foot = transform_points(transfer, held_point(shown, pose))
    return np.asarray(foot - rotated[:3, :3] @ now.tcp_p_held)


def _learn_step(pairs: Sequence[Pair], step: int) -> StepRule:
    at_hand = pairs[0].now.at_hand
    goes_on = all(one.state.next_m is not None for pair in pairs for one in (pair.shown, pair.now))
    left_out = () if goes_on else (KeyPoseFrame.ONWARD,)
    frames = [
        frame for frame in (AT_HAND_FRAMES if at_hand else ROTATION_FRAMES) if frame not in left_out
    ]
    turns: dict[KeyPoseFrame, list[float]] = {frame: [] for frame in frames}
    for pair in pairs:
        truth = pair.now.actions[step].base_T_tcp
        for frame, missed in turns.items():
            rotated = _rotated(pair, step, frame)
            missed.append(min(rotation_distance(truth, one) for one in _alike(rotated)))
    rotation = _best(turns, _WORST_RAD, SLACK_RAD)
    positions = AT_HAND_FRAMES if at_hand else POSITION_FRAMES
    ways = [Way(frame) for frame in positions if frame not in left_out]
    if not at_hand and all(pair.now.is_holding and pair.shown.is_holding for pair in pairs):
        ways = [Way(way.frame, True) for way in ways] + ways
    errors = {way: np.array([_missed(pair, step, rotation, way) for pair in pairs]) for way in ways}
    heights = [way for way in ways if at_hand or way.frame not in _NO_HEIGHT_FRAMES]
    along, across, up = (
        _best({way: errors[way][:, axis] for way in allowed}, _WORST_M, SLACK_M)
        for axis, allowed in enumerate((ways, ways, heights))
    )
    return StepRule(rotation, (along, across, up))


def _rotated(pair: Pair, step: int, frame: KeyPoseFrame) -> Transform:
    transfer = carried(frame, pair.shown.state, pair.now.state, pair.fit)
    return np.asarray(transfer @ pair.shown.actions[step].base_T_tcp)


def _alike(pose: Transform) -> tuple[Transform, Transform]:
    return pose, pose @ HALF_TURN


def _missed(pair: Pair, step: int, rotation: KeyPoseFrame, way: Way) -> NDArray[np.float64]:
    """[3] by how much the position is missed along each axis, m."""
    truth = pair.now.actions[step].base_T_tcp
    rotated = min(
        _alike(_rotated(pair, step, rotation)), key=lambda one: rotation_distance(truth, one)
    )
    pose = pair.shown.actions[step].base_T_tcp
    place = _position(way, pose, rotated, pair.shown.state, pair.now.state, pair.fit)
    axes = upright(np.zeros(3), radial_yaw(pair.now.state.keypoint_m))[:3, :3]
    return np.abs(axes.T @ (place - truth[:3, 3]))


def _best(
    missed: Mapping[Choice, Sequence[float] | NDArray[np.float64]], worst: float, slack: float
) -> Choice:
    """The first choice that misses hardly more than the best one."""
    means = {
        one: float(np.minimum(np.asarray(errors), worst).mean()) for one, errors in missed.items()
    }
    least = min(means.values())
    return next(one for one, mean in means.items() if mean <= least + slack)
