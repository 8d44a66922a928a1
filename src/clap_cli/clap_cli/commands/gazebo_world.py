"""``./clap gazebo world``: a scene as SDF and meshes."""

from __future__ import annotations

from clap_sim.gazebo.export import add_arguments, run

__all__ = ["HELP", "add_arguments", "run"]

HELP = """Write a scene's world and models for Gazebo, from the model that MuJoCo simulates, and
print the folder. `./clap launch gazebo` does so by itself."""
