"""Frames of a Franka's moving parts from its joints, and the URDF that they belong to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from clap_core.geometry import make_transform
from clap_core.robot.names import franka_names
from clap_core.robot.specification import (
    FLANGE_OFFSET_M,
    HAND_YAW_RAD,
    LINK_OFFSETS_M,
    LINK_TWISTS_RAD,
    TCP_OFFSET_M,
    ArmSpecification,
)
from clap_franka.robot import LinkPose

FloatArray = NDArray[np.float64]

FINGER_OFFSET_M = 0.0584
"""From the hand's frame along z to the fingers' (franka_description)."""

FINGER_TRAVEL_M = 0.04


class LinkFrames:
    """The moving frames of an arm with a Franka hand.

    Args:
        arm: the arm's constants.
    """

    def __init__(self, arm: ArmSpecification) -> None:
        names = franka_names(arm.arm_id)
        self._pairs = list(
            pairwise(f"{arm.arm_id}_link{i}" for i in range(len(LINK_OFFSETS_M) + 1))
        )
        self._hand = names.hand
        self._fingers = (f"{arm.arm_id}_leftfinger", f"{arm.arm_id}_rightfinger")
        self._origins = [
            make_transform(offset, (math.sin(0.5 * twist), 0.0, 0.0, math.cos(0.5 * twist)))
            for offset, twist in zip(LINK_OFFSETS_M, LINK_TWISTS_RAD, strict=True)
        ]

    def poses(self, joints: FloatArray, width_m: float) -> Sequence[LinkPose]:
        """Where they are, for [7] rad and an opening of the hand."""
        poses = []
        for names, origin, angle in zip(self._pairs, self._origins, joints, strict=True):
            turn = make_transform(quaternion=(0.0, 0.0, math.sin(angle / 2), math.cos(angle / 2)))
            poses.append(LinkPose(*names, origin @ turn))
        left = make_transform((0.0, 0.5 * width_m, FINGER_OFFSET_M))
        right = make_transform((0.0, -0.5 * width_m, FINGER_OFFSET_M), (0.0, 0.0, 1.0, 0.0))
        poses.append(LinkPose(self._hand, self._fingers[0], left))
        poses.append(LinkPose(self._hand, self._fingers[1], right))
        return poses


def plain_description(arm: ArmSpecification) -> str:
    """A URDF of the arm with its hand: frames, joints and limits, no shapes.

    franka_description has the shapes; it comes with franka_ros2.
    """
    robot = ElementTree.Element("robot", name=arm.arm_id)
    prefix = arm.arm_id

    def link(name: str) -> None:
        ElementTree.SubElement(robot, "link", name=name)

    def joint(
        name: str, kind: str, parent: str, child: str, xyz: Sequence[float], rpy: Sequence[float]
    ) -> ElementTree.Element:
        link(child)
        element = ElementTree.SubElement(robot, "joint", name=name, type=kind)
        ElementTree.SubElement(element, "origin", xyz=_text(xyz), rpy=_text(rpy))
        ElementTree.SubElement(element, "parent", link=parent)
        ElementTree.SubElement(element, "child", link=child)
        return element

    zero = (0.0, 0.0, 0.0)
    link("base")
    joint(f"{prefix}_base_joint", "fixed", "base", f"{prefix}_link0", zero, zero)
    for i, (offset, twist) in enumerate(zip(LINK_OFFSETS_M, LINK_TWISTS_RAD, strict=True)):
        parent, child = f"{prefix}_link{i}", f"{prefix}_link{i + 1}"
        moving = joint(
            f"{prefix}_joint{i + 1}", "revolute", parent, child, offset, (float(twist), 0.0, 0.0)
        )
        ElementTree.SubElement(moving, "axis", xyz="0 0 1")
        _limit(moving, arm.position_min[i], arm.position_max[i], arm.velocity[i])
    flange, hand = f"{prefix}_link8", f"{prefix}_hand"
    joint(f"{prefix}_joint8", "fixed", f"{prefix}_link7", flange, (0.0, 0.0, FLANGE_OFFSET_M), zero)
    joint(f"{prefix}_hand_joint", "fixed", flange, hand, zero, (0.0, 0.0, HAND_YAW_RAD))
    joint(
        f"{prefix}_hand_tcp_joint",
        "fixed",
        hand,
        f"{prefix}_hand_tcp",
        (0.0, 0.0, TCP_OFFSET_M),
        zero,
    )
    for number, side, yaw in ((1, "left", 0.0), (2, "right", math.pi)):
        finger = joint(
            f"{prefix}_finger_joint{number}",
            "prismatic",
            hand,
            f"{prefix}_{side}finger",
            (0.0, 0.0, FINGER_OFFSET_M),
            (0.0, 0.0, yaw),
        )
        ElementTree.SubElement(finger, "axis", xyz="0 1 0")
        _limit(finger, 0.0, FINGER_TRAVEL_M, 0.2)
    return ElementTree.tostring(robot, encoding="unicode")


def _limit(joint: ElementTree.Element, lower: float, upper: float, velocity: float) -> None:
    ElementTree.SubElement(
        joint,
        "limit",
        lower=f"{lower:g}",
        upper=f"{upper:g}",
        velocity=f"{velocity:g}",
        effort="87" if joint.get("type") == "revolute" else "100",
    )


def _text(numbers: Sequence[float]) -> str:
    return " ".join(f"{number:.9g}" for number in numbers)
