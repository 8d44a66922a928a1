"""MuJoCo's meshes as Wavefront OBJ, with faces that turn outwards and normals of their own."""

from __future__ import annotations

from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

_CREASE = np.cos(np.radians(45.0))
"""Faces that meet at a sharper edge do not shade into each other."""


def write_mesh(model: mujoco.MjModel, mesh: int, path: Path) -> None:
    """Write a mesh of a compiled model.

    Gazebo draws only the outer side of a face, so a mesh that is inside out is turned.
    """
    start, count = int(model.mesh_vertadr[mesh]), int(model.mesh_vertnum[mesh])
    vertices = np.asarray(model.mesh_vert[start : start + count], dtype=float)
    start, count = int(model.mesh_faceadr[mesh]), int(model.mesh_facenum[mesh])
    faces = outward(vertices, np.asarray(model.mesh_face[start : start + count]))
    lines = [f"o {model.mesh(mesh).name}"]
    lines += [f"v {x:.9g} {y:.9g} {z:.9g}" for x, y, z in vertices.tolist()]
    normals = corner_normals(vertices, faces)
    lines += [f"vn {x:.5f} {y:.5f} {z:.5f}" for x, y, z in normals.reshape(-1, 3).tolist()]
    for number, corners in enumerate(faces.tolist()):
        pairs = (f"{v + 1}//{3 * number + k + 1}" for k, v in enumerate(corners))
        lines.append("f " + " ".join(pairs))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")


def outward(vertices: NDArray[np.float64], faces: NDArray[np.int32]) -> NDArray[np.int32]:
    """[M, 3] the faces of a closed mesh, counter-clockwise seen from outside.

    Args:
        vertices: [N, 3].
        faces: [M, 3], all counter-clockwise from the same side.
    """
    first, second, third = np.moveaxis(vertices[faces], 1, 0)
    volume = np.einsum("ij,ij->", first, np.cross(second, third))
    return faces if volume >= 0.0 else faces[:, ::-1]


def corner_normals(vertices: NDArray[np.float64], faces: NDArray[np.int32]) -> NDArray[np.float64]:
    """[M, 3, 3] a normal for each corner of each face: the mean of the faces about, up to creases.

    Args:
        vertices: [N, 3].
        faces: [M, 3].
    """
    first, second, third = np.moveaxis(vertices[faces], 1, 0)
    areas = np.cross(second - first, third - first)
    lengths = np.linalg.norm(areas, axis=1, keepdims=True)
    normals = areas / np.maximum(lengths, 1e-15)
    about: list[list[int]] = [[] for _ in vertices]
    for face, corners in enumerate(faces.tolist()):
        for vertex in corners:
            about[vertex].append(face)
    result = np.empty((*faces.shape, 3))
    for face, corners in enumerate(faces.tolist()):
        for corner, vertex in enumerate(corners):
            near = np.array(about[vertex])
            smooth = near[normals[near] @ normals[face] >= _CREASE]
            total = areas[smooth].sum(axis=0) if len(smooth) else areas[face]
            result[face, corner] = total / max(float(np.linalg.norm(total)), 1e-15)
    return result
