"""True facts about one object, from the simulator's state."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_sim.referee.history import inner_joint
from clap_sim.world import World, WorldObject
from clap_sim.world.robot import FINGER_BODIES, HAND_BODY


def position_m(world: World, item: WorldObject) -> NDArray[np.float64]:
    """[3] middle of the object's bottom in the base frame."""
    return world.data.xpos[item.body_id].copy()


def tilt_deg(world: World, item: WorldObject) -> float:
    """Angle between its axis and the vertical."""
    axis_z = world.data.xmat[item.body_id].reshape(3, 3)[2, 2]
    return float(np.degrees(np.arccos(np.clip(axis_z, -1.0, 1.0))))


def speed_m_per_s(world: World, item: WorldObject) -> float:
    """Speed of its centre of mass."""
    velocity = np.zeros(6)
    mujoco.mj_objectVelocity(
        world.model, world.data, mujoco.mjtObj.mjOBJ_BODY, item.body_id, velocity, 0
    )
    return float(np.linalg.norm(velocity[3:]))


def opening_m(world: World, item: WorldObject) -> float:
    """Present travel of its inner joint; 0 where it has none."""
    address = inner_joint(world, item.name)
    return 0.0 if address is None else float(world.data.qpos[address])


def touching_bodies(world: World, item: WorldObject) -> set[str]:
    """Names of the bodies that touch it; the table and the floor are ``world``."""
    model, data = world.model, world.data
    touching = set()
    for pair in data.contact.geom:
        first, second = (_root_body(model, int(model.geom_bodyid[geom])) for geom in pair)
        if item.body_id in (first, second):
            touching.add(model.body(second if first == item.body_id else first).name)
    return touching


def is_held(world: World, item: WorldObject) -> bool:
    """Whether both fingers touch it."""
    return set(FINGER_BODIES) <= touching_bodies(world, item)


def touches_robot(world: World, item: WorldObject) -> bool:
    """Whether any finger or the hand touches it."""
    return not touching_bodies(world, item).isdisjoint({*FINGER_BODIES, HAND_BODY})


def _root_body(model: mujoco.MjModel, body: int) -> int:
    """The object that a part belongs to; the robot's links stay what they are."""
    root = int(model.body_rootid[body])
    return body if root == int(model.body(HAND_BODY).rootid[0]) else root
