"""The robot's URDF, for viewers and for the fixed frames."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

_FILE_ARM_ID = "fr3"


@dataclass(frozen=True)
class FixedFrame:
    """A fixed joint; `pose` is the child's [4, 4] pose in the parent's frame."""

    parent: str
    child: str
    pose: NDArray[np.float64]


def robot_description(arm_id: str) -> str:
    """franka_description's URDF of the FR3 with its hand, as the franky-sim wheel carries it.

    Meshes are named by absolute ``file://`` addresses, so that RViz finds them on this machine.
    The accelerometers' frames are left out: no driver publishes them.

    Args:
        arm_id: prefix of links and joints.
    """
    assets = Path(str(files("franky_sim"))) / "assets"
    robot = ElementTree.parse(assets / "fr3.urdf").getroot()
    robot.set("name", arm_id)
    for element in list(robot):
        name = element.get("name", "")
        if "accelerometer" in name:
            robot.remove(element)
            continue
        for node in element.iter():
            for attribute in ("name", "link", "joint"):
                value = node.get(attribute, "")
                if value.startswith(f"{_FILE_ARM_ID}_"):
                    node.set(attribute, arm_id + value.removeprefix(_FILE_ARM_ID))
            if node.tag == "mesh":
                node.set("filename", (assets / node.get("filename", "")).as_uri())
    return ElementTree.tostring(robot, encoding="unicode")


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
