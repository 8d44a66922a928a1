"""SDF as tests read it: which elements may be where, poses as matrices, and the real checker."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import mujoco
import numpy as np
from numpy.typing import NDArray

Element = ElementTree.Element

_POSE: dict[str, Any] = {}
_GEOMETRY: dict[str, Any] = {
    "box": {"size": {}},
    "cylinder": {"radius": {}, "length": {}},
    "capsule": {"radius": {}, "length": {}},
    "plane": {"normal": {}, "size": {}},
    "mesh": {"uri": {}},
}
_MODEL: dict[str, Any] = {
    "static": {},
    "pose": _POSE,
    "link": {
        "pose": _POSE,
        "inertial": {
            "pose": _POSE,
            "mass": {},
            "inertia": {axis: {} for axis in ("ixx", "iyy", "izz", "ixy", "ixz", "iyz")},
        },
        "collision": {
            "pose": _POSE,
            "geometry": _GEOMETRY,
            "surface": {"friction": {"ode": {"mu": {}, "mu2": {}}}},
        },
        "visual": {
            "pose": _POSE,
            "geometry": _GEOMETRY,
            "material": {"ambient": {}, "diffuse": {}, "specular": {}},
        },
        "sensor": {
            "always_on": {},
            "update_rate": {},
            "topic": {},
            "camera": {
                "horizontal_fov": {},
                "image": {"width": {}, "height": {}, "format": {}},
                "clip": {"near": {}, "far": {}},
                "depth_camera": {"clip": {"near": {}, "far": {}}},
                "optical_frame_id": {},
            },
        },
    },
    "joint": {
        "pose": _POSE,
        "parent": {},
        "child": {},
        "axis": {
            "xyz": {},
            "limit": {"lower": {}, "upper": {}},
            "dynamics": {
                name: {} for name in ("damping", "friction", "spring_reference", "spring_stiffness")
            },
        },
    },
}
ALLOWED: dict[str, Any] = {
    "model": _MODEL,
    "world": {
        "physics": {"max_step_size": {}, "real_time_factor": {}},
        "plugin": {"render_engine": {}},
        "gravity": {},
        "scene": {"ambient": {}, "background": {}, "shadows": {}, "grid": {}},
        "light": {
            name: {} for name in ("pose", "cast_shadows", "diffuse", "specular", "direction")
        },
        "include": {"uri": {}, "name": {}, "pose": _POSE},
    },
}
"""What is written, by what holds it: names of SDF 1.9, each read in its specification."""


def unknown(element: Element, allowed: dict[str, Any] = ALLOWED, path: str = "sdf") -> list[str]:
    """Paths of elements that are not in the list."""
    found = []
    for child in element:
        here = f"{path}/{child.tag}"
        if child.tag not in allowed:
            found.append(here)
        else:
            found += unknown(child, allowed[child.tag], here)
    return found


def read(path: Path) -> Element:
    """The root of an SDF file."""
    return ElementTree.parse(path).getroot()


def child(element: Element, path: str) -> Element:
    """The one element at a path."""
    (found,) = element.findall(path)
    return found


def numbers(element: Element, path: str) -> list[float]:
    """The numbers of the one element at a path."""
    return [float(word) for word in (child(element, path).text or "").split()]


def number(element: Element, path: str) -> float:
    """The same of a single number."""
    (value,) = numbers(element, path)
    return value


def pose(element: Element) -> NDArray[np.float64]:
    """[4, 4] of an element's pose in what holds it; the identity where it has none."""
    matrix = np.eye(4)
    given = element.find("pose")
    if given is None:
        return matrix
    assert given.get("rotation_format") == "quat_xyzw" and given.get("relative_to") is None
    x, y, z, qx, qy, qz, qw = (float(word) for word in (given.text or "").split())
    rotation = np.zeros(9)
    mujoco.mju_quat2Mat(rotation, np.array([qw, qx, qy, qz]))
    matrix[:3, :3], matrix[:3, 3] = rotation.reshape(3, 3), (x, y, z)
    return matrix


def checker() -> list[str] | None:
    """The command that checks a file, where Gazebo's or Debian's is installed."""
    for program in ("gz", "ign"):
        found = shutil.which(program)
        if found is not None:
            told = subprocess.run([found, "--commands"], capture_output=True, text=True).stdout
            if "sdf" in told.split():
                return [found, "sdf", "-k"]
    return None


def check(command: list[str], file: Path, models: Path) -> str:
    """What the checker says of a file whose models are in a folder."""
    environment = {**os.environ, "SDF_PATH": str(models), "GZ_SIM_RESOURCE_PATH": str(models)}
    # Debian's is a program of the system's own Ruby: no libraries of this environment.
    environment.pop("LD_PRELOAD", None)
    environment.pop("LD_LIBRARY_PATH", None)
    done = subprocess.run(
        [*command, str(file)], env=environment, capture_output=True, text=True, timeout=100
    )
    return f"{done.stdout}\n{done.stderr}"
