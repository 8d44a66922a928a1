"""Elements of SDF (http://sdformat.org/spec), in version 1.9: Fortress and Harmonic read it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

import mujoco
import numpy as np
from numpy.typing import NDArray

Element = ElementTree.Element
VERSION = "1.9"
WORLD_NAME = "clap"


def root() -> Element:
    """The root of a file."""
    return Element("sdf", version=VERSION)


def add(parent: Element, tag: str, value: object = None, **attributes: str) -> Element:
    """Add an element: text, number, truth or several numbers."""
    element = ElementTree.SubElement(parent, tag, attributes)
    if value is not None:
        element.text = _text(value)
    return element


def add_pose(parent: Element, parent_T_child: NDArray[np.float64], **attributes: str) -> Element:
    """Add a pose, with a quaternion: near looking straight down, angles would lose digits.

    Args:
        parent: the element that stands there.
        parent_T_child: [4, 4], metres.
        attributes: such as ``relative_to``.
    """
    x, y, z, w = _quaternion_xyzw(parent_T_child[:3, :3])
    numbers = [*parent_T_child[:3, 3].tolist(), x, y, z, w]
    return add(parent, "pose", numbers, rotation_format="quat_xyzw", **attributes)


def write(element: Element, path: Path) -> None:
    """Write a file, indented."""
    ElementTree.indent(element)
    text = ElementTree.tostring(element, encoding="unicode", xml_declaration=False)
    path.write_text(f'<?xml version="1.0"?>\n{text}\n', encoding="utf-8")


def transform(position: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """[4, 4] of a position [3] and a rotation matrix of nine numbers."""
    result = np.eye(4)
    result[:3, :3] = matrix.reshape(3, 3)
    result[:3, 3] = position
    return result


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        return _number(float(value))
    assert isinstance(value, Iterable)
    return " ".join(_number(float(part)) for part in value)


def _number(value: float) -> str:
    # Nine digits hold MuJoCo's meshes, which are of single precision; adding 0 removes -0.
    return f"{value + 0.0:.9g}"


def _quaternion_xyzw(rotation: NDArray[np.float64]) -> tuple[float, ...]:
    wxyz = np.zeros(4)
    mujoco.mju_mat2Quat(wxyz, np.ascontiguousarray(rotation).ravel())
    return (*wxyz[1:].tolist(), float(wxyz[0]))
