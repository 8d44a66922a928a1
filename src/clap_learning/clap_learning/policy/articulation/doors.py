"""Key poses at doors that hang upright: take a bar, pull it round, push a leaf shut or open.

The hinge is at the end of the leaf that is farther from where hands work.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_core.task_types import GripperCommand, KeyAction, Motion
from clap_learning.policy.articulation.leaf import Leaf
from clap_learning.policy.letting_go import WIDE_OPEN_M

Vector = NDArray[np.float64]
Transform = NDArray[np.float64]

_BEFORE_M = 0.08
_STEEP_RAD = 1.08
"""How far a hand points down at an upright bar: its palm stays clear of the door."""
_STEP_RAD = np.radians(25.0)
"""Largest angle between key poses on an arc."""
_INSET_M = 0.010
"""From a leaf's edge to the line that it turns about."""
_FINGER_SIDE_M = 0.013
"""From the TCP to the outside of closed fingers."""
_FINGERTIP_M = 0.018
"""From the TCP to a face that closed fingers touch slantwise."""
_BESIDE_M = 0.03
_OVER_M = 0.10
_RIM_M = 0.06
"""A hand that points down pushes a leaf no farther below its top."""
_LEAD_RAD = 0.65
_DOWN_RAD = 0.45
_SLOW = 0.5
_BAR_BEFORE_M, _BAR_ASIDE_M, _BAR_UP_M = (0.018, 0.09), 0.05, 0.10
_LEVEL_BAR_M = 0.025
"""Where a handle's points are, seen from the keypoint: before the face, aside, up and down."""
_UPRIGHT = 1.2
"""A bar is upright if it is so much higher than wide; what a hand leaves of it in view, too."""
_LEAST_BAR = 8
_SURE_RAD = np.radians(12.0)
"""How sure the place is at which a leaf is shut."""


@dataclass(frozen=True, eq=False)
class Swing:
    """A turn about an upright line.

    Attributes:
        hinge_m: [2] where the line is, base frame.
        sense: 1 counter-clockwise seen from above, or -1.
    """

    hinge_m: Vector
    sense: float

    def carried(self, pose: Transform, angle_rad: float) -> Transform:
        """A pose at whose place the hand stays while the leaf turns; its direction is kept."""
        c, s = np.cos(self.sense * angle_rad), np.sin(self.sense * angle_rad)
        moved = pose.copy()
        arm = pose[:2, 3] - self.hinge_m
        moved[:2, 3] = self.hinge_m + np.array([[c, -s], [s, c]]) @ arm
        return moved


def has_upright_bar(around_m: Vector, leaf: Leaf, keypoint_m: Vector) -> bool:
    """Whether what stands out before a face at the keypoint is higher than it is wide."""
    wide, high = _bar_size(around_m, leaf, keypoint_m, _BAR_UP_M)
    return high > _UPRIGHT * wide


def has_long_bar(around_m: Vector, leaf: Leaf, keypoint_m: Vector) -> bool:
    """Whether it is wider than a hand opens."""
    wide, _ = _bar_size(around_m, leaf, keypoint_m, _LEVEL_BAR_M)
    return wide > WIDE_OPEN_M


def _bar_size(around_m: Vector, leaf: Leaf, keypoint_m: Vector, up_m: float) -> tuple[float, float]:
    """Width along the face and height of what stands out before it, no farther up or down than
    this; zeros for nothing."""
    from_face = around_m[:, :2] @ leaf.outward - (leaf.point_m - keypoint_m[:2]) @ leaf.outward
    aside = np.abs(around_m[:, :2] @ leaf.along)
    nearest, farthest = _BAR_BEFORE_M
    bar = around_m[(from_face > nearest) & (from_face < farthest) & (aside < _BAR_ASIDE_M)]
    bar = bar[np.abs(bar[:, 2]) < up_m]
    if len(bar) < _LEAST_BAR:
        return 0.0, 0.0
    wide = np.ptp(np.percentile(bar[:, :2] @ leaf.along, (5, 95)))
    high = np.ptp(np.percentile(bar[:, 2], (5, 95)))
    return float(wide), float(high)


def opening_swing(leaf: Leaf) -> Swing:
    """How a closed leaf opens towards whoever stands before it."""
    side = 1 if leaf.high_m > -leaf.low_m else -1
    hinge = leaf.end(side) - side * _INSET_M * leaf.along - _INSET_M * leaf.outward
    arm = leaf.point_m - hinge
    sense = float(np.sign(arm[0] * leaf.outward[1] - arm[1] * leaf.outward[0]))
    return Swing(hinge, sense)


def take_bar(leaf: Leaf, keypoint_m: Vector) -> tuple[KeyAction, ...]:
    """Grasp an upright bar, the fingers level on both sides of it."""
    yaw = float(np.arctan2(-leaf.outward[1], -leaf.outward[0]))
    pose = aimed(keypoint_m, yaw, _STEEP_RAD, 0.0)
    return (
        KeyAction(backed(pose, _BEFORE_M), Motion.JOINT, GripperCommand.OPEN, WIDE_OPEN_M,
                  text="in front of the handle"),
        KeyAction(pose, Motion.LINEAR, GripperCommand.GRASP, speed_scale=_SLOW,
                  text="take the handle"),
    )  # fmt: skip


def pull(swing: Swing, base_T_tcp: Transform, to_rad: float) -> tuple[KeyAction, ...]:
    """Carry what is held along an arc."""
    return tuple(
        KeyAction(swing.carried(base_T_tcp, angle), Motion.LINEAR, speed_scale=_SLOW,
                  text="pull it open")
        for angle in arc(to_rad)
    )  # fmt: skip


def push_open(leaf: Leaf, swing: Swing, keypoint_m: Vector, by_rad: float) -> tuple[KeyAction, ...]:
    """Push a leaf round with closed fingers at the keypoint.

    Args:
        leaf: where it stands.
        swing: how it is to turn.
        keypoint_m: [3] on it.
        by_rad: how far.
    """
    touch, before = _touching(leaf, swing, keypoint_m)
    way = [_along(swing.carried(touch, angle), "push it open") for angle in (0.0, *arc(by_rad))]
    return (*before, *way, _drawn_back(way[-1]))


def push_shut(
    leaf: Leaf, swing: Swing, keypoint_m: Vector, angle_rad: float
) -> tuple[KeyAction, ...]:
    """The same up to where the leaf must end, and on until it touches.

    Args:
        leaf, swing, keypoint_m: as of `push_open`.
        angle_rad: to where the leaf is thought to be shut.
    """
    touch, before = _touching(leaf, swing, keypoint_m)
    nearly = max(angle_rad - _SURE_RAD, 0.0)
    steps = (0.0, *(arc(nearly) if nearly else ()))
    way = [_along(swing.carried(touch, angle), "push it shut") for angle in steps]
    last = KeyAction(
        swing.carried(touch, angle_rad + _SURE_RAD), Motion.GUARDED, speed_scale=_SLOW,
        text="push until it is shut",
    )  # fmt: skip
    return (*before, *way, last, _drawn_back(last))


def _touching(
    leaf: Leaf, swing: Swing, keypoint_m: Vector
) -> tuple[Transform, tuple[KeyAction, ...]]:
    """The pose at which closed fingers touch a leaf, and how the hand comes there.

    Near the leaf's top the hand points down beside it; lower, it comes slantwise, fingertips first.
    """
    arm = keypoint_m[:2] - swing.hinge_m
    ahead = swing.sense * np.array([-arm[1], arm[0]]) / max(float(np.linalg.norm(arm)), 1e-6)
    bearing = float(np.arctan2(keypoint_m[1], keypoint_m[0]))
    if keypoint_m[2] > leaf.top_m - _RIM_M:
        touch = aimed(keypoint_m, bearing, 0.5 * np.pi, 0.0)
        touch[:2, 3] -= _FINGER_SIDE_M * ahead
        beside = touch.copy()
        beside[:2, 3] -= _BESIDE_M * ahead
        over = beside.copy()
        over[2, 3] += _OVER_M
        return touch, (_shut_hand(over), _along(beside, "down beside the door"))
    side = -swing.sense
    touch = aimed(keypoint_m, bearing + _LEAD_RAD * side, _DOWN_RAD, -0.5 * np.pi * side)
    touch[:2, 3] -= _FINGERTIP_M * ahead
    return touch, (_shut_hand(backed(touch, _BEFORE_M)),)


def _shut_hand(pose: Transform) -> KeyAction:
    text = "beside the door, fingers closed"
    return KeyAction(pose, Motion.JOINT, GripperCommand.OPEN, 0.0, text=text)


def _along(pose: Transform, text: str) -> KeyAction:
    return KeyAction(pose, Motion.LINEAR, speed_scale=_SLOW, text=text)


def _drawn_back(after: KeyAction) -> KeyAction:
    return _along(backed(after.base_T_tcp, _BEFORE_M), "draw back")


def arc(angle_rad: float) -> list[float]:
    """Angles in equal steps up to one."""
    count = max(1, int(np.ceil(abs(angle_rad) / _STEP_RAD - 1e-6)))
    return [angle_rad * (step + 1) / count for step in range(count)]


def aimed(position_m: Vector, yaw_rad: float, down_rad: float, roll_rad: float) -> Transform:
    """A pose of the TCP from where its fingers point.

    Args:
        position_m: [3].
        yaw_rad: of the fingers' direction, seen from above.
        down_rad: how far they point below the horizontal.
        roll_rad: about that direction; at 0 the fingers open level.
    """
    level = np.array([np.cos(yaw_rad), np.sin(yaw_rad), 0.0])
    up = np.array([0.0, 0.0, 1.0])
    forward = np.cos(down_rad) * level - np.sin(down_rad) * up
    right = np.array([np.sin(yaw_rad), -np.cos(yaw_rad), 0.0])
    across = np.cos(roll_rad) * right + np.sin(roll_rad) * np.cross(right, forward)
    pose = np.eye(4)
    pose[:3, :3] = np.column_stack([np.cross(across, forward), across, forward])
    pose[:3, 3] = position_m
    return pose


def backed(pose: Transform, distance_m: float) -> Transform:
    """The same direction, drawn back along the fingers."""
    moved = pose.copy()
    moved[:3, 3] -= distance_m * pose[:3, 2]
    return moved
