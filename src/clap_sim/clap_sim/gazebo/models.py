"""A MuJoCo body with all below it as an SDF model."""

from __future__ import annotations

from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_sim.gazebo.sdf import Element, add, add_pose, root, transform, write
from clap_sim.gazebo.shapes import add_geom

_FREE = mujoco.mjtJoint.mjJNT_FREE
_KINDS = {mujoco.mjtJoint.mjJNT_SLIDE: "prismatic", mujoco.mjtJoint.mjJNT_HINGE: "revolute"}


def write_model(file: Element, folder: Path, description: str) -> None:
    """Write a model's SDF and what Gazebo's resource paths find it by."""
    folder.mkdir(parents=True, exist_ok=True)
    write(file, folder / "model.sdf")
    config = Element("model")
    add(config, "name", folder.name)
    add(config, "version", "1.0")
    add(config, "sdf", "model.sdf", version=str(file.get("version")))
    add(config, "description", description)
    write(config, folder / "model.config")


def room_model(model: mujoco.MjModel, folder: Path) -> Element:
    """Table, floor and stands: what MuJoCo has in the world body itself. It never moves."""
    file = root()
    sdf_model = add(file, "model", name=folder.name)
    add(sdf_model, "static", True)
    link = add(sdf_model, "link", name="link")
    _add_geoms(link, model, 0, folder)
    return file


def object_model(model: mujoco.MjModel, body: int, folder: Path) -> Element:
    """A body that stands on the table, with the parts that move in it.

    The model's frame is the body's. One without a free joint is fixed to the world.

    Raises:
        ClapError: INVALID_REQUEST for joints that SDF's have no counterpart of.
    """
    file = root()
    sdf_model = add(file, "model", name=folder.name)
    _add_link(sdf_model, model, body, np.eye(4), folder)
    if not _is_free(model, body):
        joint = add(sdf_model, "joint", name="fixed_to_the_world", type="fixed")
        add(joint, "parent", "world")
        add(joint, "child", model.body(body).name)
    _add_below(sdf_model, model, body, np.eye(4), folder)
    return file


def _add_below(
    sdf_model: Element,
    model: mujoco.MjModel,
    body: int,
    model_T_body: NDArray[np.float64],
    folder: Path,
) -> None:
    for child in np.flatnonzero(model.body_parentid == body):
        if child == 0:
            continue
        matrix = np.zeros(9)
        mujoco.mju_quat2Mat(matrix, model.body_quat[child])
        model_T_child = model_T_body @ transform(model.body_pos[child], matrix)
        _add_link(sdf_model, model, int(child), model_T_child, folder)
        _add_joint(sdf_model, model, body, int(child))
        _add_below(sdf_model, model, int(child), model_T_child, folder)


def _add_link(
    sdf_model: Element,
    model: mujoco.MjModel,
    body: int,
    model_T_link: NDArray[np.float64],
    folder: Path,
) -> None:
    link = add(sdf_model, "link", name=model.body(body).name)
    add_pose(link, model_T_link)
    inertial = add(link, "inertial")
    matrix = np.zeros(9)
    mujoco.mju_quat2Mat(matrix, model.body_iquat[body])
    add_pose(inertial, transform(model.body_ipos[body], matrix))
    add(inertial, "mass", model.body_mass[body])
    inertia = add(inertial, "inertia")
    for axis, moment in zip(("ixx", "iyy", "izz"), model.body_inertia[body], strict=True):
        add(inertia, axis, moment)
    for product in ("ixy", "ixz", "iyz"):
        add(inertia, product, 0.0)
    _add_geoms(link, model, body, folder)


def _add_geoms(link: Element, model: mujoco.MjModel, body: int, folder: Path) -> None:
    start = int(model.body_geomadr[body])
    for geom in range(start, start + int(model.body_geomnum[body])):
        add_geom(link, model, geom, folder)


def _add_joint(sdf_model: Element, model: mujoco.MjModel, parent: int, child: int) -> None:
    number, name = int(model.body_jntnum[child]), model.body(child).name
    joint = int(model.body_jntadr[child])
    kind = "fixed" if not number else _KINDS.get(mujoco.mjtJoint(model.jnt_type[joint]))
    if number > 1 or kind is None:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the body '{name}' has joints that SDF has no counterpart of",
            "Give it one sliding joint or one hinge, or choose another scene",
        )
    element = add(
        sdf_model, "joint", name=model.joint(joint).name if number else f"{name}_fixed", type=kind
    )
    if number:
        frame = np.eye(4)
        frame[:3, 3] = model.jnt_pos[joint]
        add_pose(element, frame)
    add(element, "parent", model.body(parent).name)
    add(element, "child", name)
    if number:
        _add_axis(element, model, joint)


def _add_axis(element: Element, model: mujoco.MjModel, joint: int) -> None:
    axis = add(element, "axis")
    add(axis, "xyz", model.jnt_axis[joint])
    if model.jnt_limited[joint]:
        limit = add(axis, "limit")
        add(limit, "lower", model.jnt_range[joint, 0])
        add(limit, "upper", model.jnt_range[joint, 1])
    dof = int(model.jnt_dofadr[joint])
    dynamics = add(axis, "dynamics")
    add(dynamics, "damping", model.dof_damping[dof])
    add(dynamics, "friction", model.dof_frictionloss[dof])
    add(dynamics, "spring_reference", model.qpos_spring[int(model.jnt_qposadr[joint])])
    add(dynamics, "spring_stiffness", model.jnt_stiffness[joint])


def _is_free(model: mujoco.MjModel, body: int) -> bool:
    joint = int(model.body_jntadr[body])
    return joint >= 0 and mujoco.mjtJoint(model.jnt_type[joint]) == _FREE
