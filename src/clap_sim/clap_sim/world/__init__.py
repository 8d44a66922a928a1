"""The MuJoCo world: robot, table, cameras and the objects of a scene."""

from clap_sim.world.world import World, WorldObject

__all__ = ["World", "WorldObject"]
