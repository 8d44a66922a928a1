"""Fixed frames of a URDF."""

from __future__ import annotations

import math
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class FixedFrame:
    """A fixed joint; `pose` is the child's [4, 4] pose in the parent's frame."""

    parent: str
    child: str
    pose: NDArray[np.float64]


def fixed_frames(description: str) -> tuple[FixedFrame, ...]:
    """The fixed joints of a URDF, in its order."""
    frames = []
    for joint in ElementTree.fromstring(description).iter("joint"):
        parent, child = joint.find("parent"), joint.find("child")
        if joint.get("type") == "fixed" and parent is not None and child is not None:
            frames.append(
                FixedFrame(
                    parent.get("link", ""), child.get("link", ""), _origin(joint.find("origin"))
                )
            )
    return tuple(frames)


def _origin(origin: ElementTree.Element | None) -> NDArray[np.float64]:
    transform = np.eye(4)
    if origin is None:
        return transform
    transform[:3, 3] = [float(v) for v in origin.get("xyz", "0 0 0").split()]
    roll, pitch, yaw = (float(v) for v in origin.get("rpy", "0 0 0").split())
    cr, sr, cp, sp = math.cos(roll), math.sin(roll), math.cos(pitch), math.sin(pitch)
    cy, sy = math.cos(yaw), math.sin(yaw)
    transform[:3, :3] = [
        [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
        [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
        [-sp, cp * sr, cp * cr],
    ]
    return transform
