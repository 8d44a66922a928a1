"""The world of a scene: physics, light, and where each model stands."""

from __future__ import annotations

from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_sim.gazebo.sdf import WORLD_NAME, Element, add, add_pose, root, transform
from clap_sim.gazebo.shapes import texture_mean

SYSTEMS = {
    "gz-sim-physics-system": "gz::sim::systems::Physics",
    "gz-sim-user-commands-system": "gz::sim::systems::UserCommands",
    "gz-sim-scene-broadcaster-system": "gz::sim::systems::SceneBroadcaster",
    "gz-sim-contact-system": "gz::sim::systems::Contact",
    "gz-sim-sensors-system": "gz::sim::systems::Sensors",
}
"""Gazebo's systems by their libraries: `ros_gz_sim create` needs user-commands, cameras sensors."""


def world_file(model: mujoco.MjModel) -> Element:
    """A world with physics and light, and nothing in it yet."""
    file = root()
    world = add(file, "world", name=WORLD_NAME)
    physics = add(world, "physics", name="physics", type="dart")
    add(physics, "max_step_size", model.opt.timestep)
    add(physics, "real_time_factor", 1.0)
    for library, name in SYSTEMS.items():
        plugin = add(world, "plugin", filename=library, name=name)
        if library == "gz-sim-sensors-system":
            add(plugin, "render_engine", "ogre2")
    add(world, "gravity", model.opt.gravity)
    scene = add(world, "scene")
    add(scene, "ambient", [*model.vis.headlight.ambient, 1.0])
    add(scene, "background", [*_sky(model), 1.0])
    add(scene, "shadows", True)
    add(scene, "grid", False)
    for light in range(model.nlight):
        _add_light(world, model, light)
    return file


def add_include(file: Element, name: str, world_T_model: NDArray[np.float64] | None = None) -> None:
    """Put a model of the folder ``models`` into the world, where its file says if not here."""
    world = file.find("world")
    assert world is not None
    include = add(world, "include")
    add(include, "uri", f"model://{name}")
    add(include, "name", name)
    if world_T_model is not None:
        add_pose(include, world_T_model)


def world_T_body(data: mujoco.MjData, body: int) -> NDArray[np.float64]:
    """[4, 4] where a body is now."""
    return transform(data.xpos[body], data.xmat[body])


def models_folder(out: Path) -> Path:
    """Where the models are, for Gazebo's GZ_SIM_RESOURCE_PATH."""
    return out / "models"


def _add_light(world: Element, model: mujoco.MjModel, light: int) -> None:
    element = add(world, "light", name=f"light_{light}", type="directional")
    pose = np.eye(4)
    pose[:3, 3] = model.light_pos[light]
    add_pose(element, pose)
    add(element, "cast_shadows", bool(model.light_castshadow[light]))
    add(element, "diffuse", [*model.light_diffuse[light], 1.0])
    add(element, "specular", [*model.light_specular[light], 1.0])
    add(element, "direction", model.light_dir[light])


def _sky(model: mujoco.MjModel) -> NDArray[np.float64]:
    skies = np.flatnonzero(model.tex_type == mujoco.mjtTexture.mjTEXTURE_SKYBOX)
    return texture_mean(model, int(skies[0])) if len(skies) else np.zeros(3)
