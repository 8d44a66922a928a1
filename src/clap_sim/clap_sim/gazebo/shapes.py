"""What is seen and touched: MuJoCo's geoms as visuals and collisions."""

from __future__ import annotations

from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_sim.gazebo.sdf import Element, add, add_pose, transform
from clap_sim.gazebo.wavefront import write_mesh
from clap_sim.world.solids import COLLISION_GROUP

_SPECULAR = 0.1


def add_geom(link: Element, model: mujoco.MjModel, geom: int, folder: Path) -> None:
    """Add one geom to a link, whose frame is the body's.

    Args:
        link: of the geom's body.
        model: compiled.
        geom: its number.
        folder: of the SDF model; a mesh is written below it.
    """
    is_touched = bool(model.geom_contype[geom] or model.geom_conaffinity[geom])
    is_seen = int(model.geom_group[geom]) != COLLISION_GROUP
    if is_touched:
        collision = add(link, "collision", name=f"collision_{geom}")
        add_pose(collision, _body_T_geom(model, geom))
        _add_shape(collision, model, geom, folder)
        _add_surface(collision, model, geom)
    if is_seen:
        visual = add(link, "visual", name=f"visual_{geom}")
        add_pose(visual, _body_T_geom(model, geom))
        _add_shape(visual, model, geom, folder)
        _add_material(visual, colour_of(model, geom))


def colour_of(model: mujoco.MjModel, geom: int) -> NDArray[np.float64]:
    """[4] RGBA; of a pattern its mean."""
    material = int(model.geom_matid[geom])
    if material < 0:
        return np.array(model.geom_rgba[geom], dtype=float)
    colour = np.array(model.mat_rgba[material], dtype=float)
    texture = int(model.mat_texid[material, mujoco.mjtTextureRole.mjTEXROLE_RGB])
    if texture >= 0:
        colour[:3] *= texture_mean(model, texture)
    return colour


def texture_mean(model: mujoco.MjModel, texture: int) -> NDArray[np.float64]:
    """[3] mean colour of a texture, 0..1."""
    start, channels = int(model.tex_adr[texture]), int(model.tex_nchannel[texture])
    count = int(model.tex_width[texture] * model.tex_height[texture]) * channels
    pixels = np.asarray(model.tex_data[start : start + count]).reshape(-1, channels)
    mean: NDArray[np.float64] = pixels[:, :3].mean(axis=0) / 255.0
    return mean


def _body_T_geom(model: mujoco.MjModel, geom: int) -> NDArray[np.float64]:
    matrix = np.zeros(9)
    mujoco.mju_quat2Mat(matrix, model.geom_quat[geom])
    return transform(model.geom_pos[geom], matrix)


def _add_shape(parent: Element, model: mujoco.MjModel, geom: int, folder: Path) -> None:
    kind, size = mujoco.mjtGeom(model.geom_type[geom]), model.geom_size[geom]
    geometry = add(parent, "geometry")
    if kind == mujoco.mjtGeom.mjGEOM_BOX:
        add(add(geometry, "box"), "size", 2.0 * size)
    elif kind == mujoco.mjtGeom.mjGEOM_SPHERE:
        add(add(geometry, "sphere"), "radius", size[0])
    elif kind in (mujoco.mjtGeom.mjGEOM_CYLINDER, mujoco.mjtGeom.mjGEOM_CAPSULE):
        shape = add(geometry, "cylinder" if kind == mujoco.mjtGeom.mjGEOM_CYLINDER else "capsule")
        add(shape, "radius", size[0])
        add(shape, "length", 2.0 * size[1])
    elif kind == mujoco.mjtGeom.mjGEOM_ELLIPSOID:
        add(add(geometry, "ellipsoid"), "radii", size)
    elif kind == mujoco.mjtGeom.mjGEOM_PLANE:
        plane = add(geometry, "plane")
        add(plane, "normal", (0.0, 0.0, 1.0))
        add(plane, "size", 2.0 * size[:2])
    elif kind == mujoco.mjtGeom.mjGEOM_MESH:
        mesh = int(model.geom_dataid[geom])
        name = f"{model.mesh(mesh).name}.obj"
        write_mesh(model, mesh, folder / "meshes" / name)
        add(add(geometry, "mesh"), "uri", f"model://{folder.name}/meshes/{name}")
    else:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"geom {geom} of the MuJoCo model is of the kind {kind.name}, which SDF does not have",
            "Build the object of boxes, spheres, cylinders, capsules and meshes",
        )


def _add_surface(collision: Element, model: mujoco.MjModel, geom: int) -> None:
    ode = add(add(add(collision, "surface"), "friction"), "ode")
    sliding = float(model.geom_friction[geom, 0])
    add(ode, "mu", sliding)
    add(ode, "mu2", sliding)


def _add_material(visual: Element, rgba: NDArray[np.float64]) -> None:
    material = add(visual, "material")
    add(material, "ambient", rgba)
    add(material, "diffuse", rgba)
    add(material, "specular", (_SPECULAR, _SPECULAR, _SPECULAR, 1.0))
