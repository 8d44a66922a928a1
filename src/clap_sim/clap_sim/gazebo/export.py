"""Writes a scene for Gazebo: a world, and a folder of models beside it."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
from pathlib import Path

from clap_core.errors import ClapError, ErrorCode
from clap_sim.gazebo.cameras import STAND_CAMERAS, camera_model
from clap_sim.gazebo.models import object_model, room_model, write_model
from clap_sim.gazebo.sdf import write
from clap_sim.gazebo.world_file import add_include, models_folder, world_file, world_T_body
from clap_sim.scenes import SCENES, scene
from clap_sim.world import World

WORLD_FILE = "world.sdf"
ROOM = "room"
CAMERA_RATE_HZ = 10.0


def export_world(world: World, out: Path, camera_rate_hz: float = CAMERA_RATE_HZ) -> Path:
    """Write what a MuJoCo world has besides the robot, as it stands now.

    Args:
        world: table, light, cameras and objects.
        out: a folder, new or made by this function before; of the latter all models are replaced.
        camera_rate_hz: of the cameras' pictures.

    Returns:
        The world's file.

    Raises:
        ClapError: INVALID_REQUEST for a folder with other things in it, or a scene with what SDF
            does not have.
    """
    if world.mechanisms:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"scene '{world.scene.name}' has mechanisms that contact alone cannot carry",
            "Choose a scene without, such as tabletop",
        )
    models = _clean(out)
    model, data = world.model, world.data
    file = world_file(model)
    write_model(room_model(model, models / ROOM), models / ROOM, "Table, floor and stands.")
    add_include(file, ROOM)
    for mount in STAND_CAMERAS:
        folder = models / f"camera_{mount.name}"
        write_model(camera_model(mount, camera_rate_hz), folder, f"RGB-D camera {mount.name}.")
        add_include(file, folder.name)
    for item in world.standing:
        folder = models / item.name
        write_model(object_model(model, item.body_id, folder), folder, item.label)
        add_include(file, item.name, world_T_body(data, item.body_id))
    write(file, out / WORLD_FILE)
    return out / WORLD_FILE


def _clean(out: Path) -> Path:
    """The empty folder of the models."""
    if out.exists() and any(out.iterdir()) and not (out / WORLD_FILE).is_file():
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{out} holds other things than a world",
            "Give a new folder, or one that an earlier world is in",
        )
    models = models_folder(out)
    shutil.rmtree(models, ignore_errors=True)
    models.mkdir(parents=True)
    return models


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("--scene", choices=SCENES, default="tabletop", help="scene (%(default)s)")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--seed", type=int, default=0, help="of the objects' places (%(default)s)")
    parser.add_argument(
        "--camera-rate", type=float, default=CAMERA_RATE_HZ, help="pictures in Hz (%(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Write the world, and print the folder's full path, which a launch file goes on with."""
    out: Path = args.out.absolute()
    with contextlib.redirect_stdout(sys.stderr):  # what libraries have to say is no folder
        export_world(World(scene(args.scene), args.seed), out, args.camera_rate)
    print(out, end="")
    return 0


def main() -> None:
    """The program `gazebo_world`."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    try:
        sys.exit(run(parser.parse_args()))
    except ClapError as error:
        sys.exit(f"{error.code.name}: {error.message}")


if __name__ == "__main__":
    main()
