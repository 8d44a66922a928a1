"""``./clap calibrate camera``: find where a camera is, and write it where the launch reads it."""

from __future__ import annotations

import argparse
import json
import math
import sys
import threading
from datetime import datetime
from pathlib import Path

import numpy as np
from rich.console import Console

from clap_calibration.accuracy import Verified, difference, require_own_place, verify
from clap_calibration.board import read_board
from clap_calibration.camera_file import calibrated_at, write_pose
from clap_calibration.easy_handeye import is_link, read_calib, require_recent
from clap_calibration.looks import Mounting, Transform
from clap_cli.calibration.camera_place import (
    CameraPlace,
    add_file_arguments,
    camera_place,
    link_T_frame,
)
from clap_cli.calibration.camera_run import CameraRun
from clap_cli.calibration.robot_link import CalibrationLink
from clap_cli.commands.calibrate_board import add_board_argument
from clap_cli.stack import Client
from clap_cli.stack_choice import add_namespace_argument
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import invert
from clap_ros.names import full_name
from clap_ros.transforms import TransformBuffer

HELP = """Find where a camera is, on a running robot (./clap launch robot). For a camera on a stand
the hand holds the board; for one on the hand the board lies on the table. Bring the arm to where
the whole board is in the picture, then start this: it moves the arm to poses that tell most, with
--guided a person does. The pose is written to config/cameras.yaml, and the old file is kept.

  ./clap calibrate camera left
  ./clap calibrate camera wrist --guided
  ./clap calibrate camera left --import ~/.ros2/easy_handeye2/calibrations/left.calib"""

POSES = 16


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("name", help="of the camera, as in config/cameras.yaml")
    add_board_argument(parser)
    add_file_arguments(parser)
    parser.add_argument("--poses", type=int, default=POSES, help="looks to take (%(default)s)")
    parser.add_argument(
        "--guided", action="store_true", help="the arm is moved by hand; it is looked at rest"
    )
    parser.add_argument("--yes", action="store_true", help="move the arm without asking")
    parser.add_argument(
        "--import", dest="source", type=Path, metavar="FILE", help="a .calib of easy_handeye2"
    )
    parser.add_argument(
        "--any-age", action="store_true", help="import a file of more than a day ago"
    )
    add_namespace_argument(parser)
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    parser.add_argument("--json", action="store_true", help="print one line of JSON, last")


def run(args: argparse.Namespace) -> int:
    """Calibrate or import; 0 when the pose was found."""
    place = camera_place(args.file, args.name, args.arm)
    console = Console(stderr=args.json, highlight=False, soft_wrap=True)
    if args.source is not None:
        return _import(args, place, console)
    board = read_board(args.board)
    interrupted = threading.Event()
    space = args.namespace or ""
    with Client("clap_calibrate", namespace=space) as client:
        simulated = client.node.count_publishers(full_name(client.node, "clock")) > 0
    with Client("clap_calibrate", use_sim_time=simulated, namespace=space) as client:
        transforms = TransformBuffer(client.node)
        link_T_camera = link_T_frame(transforms, place.name)
        link = CalibrationLink(client.node, place.name, place.arm_id, interrupted)
        try:
            camera_run = CameraRun(
                link,
                board,
                place.mounting,
                place.parent_T_link @ link_T_camera,
                place.arm_id,
                console.print,
                np.random.default_rng(),
            )
            if args.guided:
                camera_run.guided(args.poses)
            else:
                _ask(args.yes, place.mounting, console)
                camera_run.drive(args.poses)
        finally:
            interrupted.set()
            link.destroy()
    verified = verify(camera_run.setup, camera_run.looks)
    parent_T_link = verified.calibration.estimate.parent_T_camera @ invert(link_T_camera)
    require_own_place(place.name, parent_T_link, place.links)
    _tell(console, verified, place, parent_T_link)
    if not args.dry_run:
        _write(console, place, parent_T_link, _note(verified))
    if args.json:
        print(json.dumps(_summary(verified, place, parent_T_link)))
    return 0


def _import(args: argparse.Namespace, place: CameraPlace, console: Console) -> int:
    found = read_calib(args.source, place.name, place.arm_id, place.mounting)
    if not args.any_age:
        newest = calibrated_at(place.file, place.name)
        require_recent(args.source, found.written, newest, datetime.now().astimezone())
    link_T_tracked = np.eye(4)
    if not is_link(found, place.name):
        with Client("clap_calibrate") as client:
            transforms = TransformBuffer(client.node)
            link_T_tracked = link_T_frame(transforms, place.name, found.tracked)
    parent_T_link = found.parent_T_link(link_T_tracked)
    require_own_place(place.name, parent_T_link, place.links)
    shift_mm, turn_deg = difference(place.parent_T_link, parent_T_link)
    console.print(f"{args.source}: {shift_mm:.1f} mm and {turn_deg:.2f} degrees from the old pose")
    if not args.dry_run:
        _write(console, place, parent_T_link, f"imported from {args.source.name}")
    if args.json:
        pose = {"translation": parent_T_link[:3, 3].round(6).tolist()}
        print(json.dumps({"camera": place.name, "moved_mm": round(shift_mm, 2), **pose}))
    return 0


def _ask(is_agreed: bool, mounting: Mounting, console: Console) -> None:
    """A person says that the arm may move."""
    if is_agreed:
        return
    if not sys.stdin.isatty():
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            "the arm is about to move, and nobody is there to agree",
            "Clear its workspace and add --yes, or move it by hand with --guided",
        )
    held = ", with the board in its hand" if mounting is Mounting.ON_STAND else ""
    console.print(
        f"The arm will move slowly through its workspace, which must be free{held}. Keep the user "
        "stop at hand."
    )
    try:
        input("Enter moves it, Ctrl-C ends this. ")
    except EOFError as error:
        raise ClapError(ErrorCode.CANCELED, "nobody agreed", "Start it again") from error


def _tell(
    console: Console, verified: Verified, place: CameraPlace, parent_T_link: Transform
) -> None:
    calibration = verified.calibration
    for number in calibration.suspects:
        console.print(f"look {number + 1} was left out: it contradicts the others")
    shift_mm, turn_deg = difference(place.parent_T_link, parent_T_link)
    parts = [
        f"the position is expected to be off by {calibration.claimed_mm:.2f} mm, the rotation by "
        f"{calibration.claimed_deg:.3f} degrees",
        f"corners {calibration.rms_px:.2f} px",
    ]
    if not math.isnan(verified.halves_mm):
        parts.insert(
            1,
            f"both halves of the looks are {verified.halves_mm:.2f} mm and "
            f"{verified.halves_deg:.3f} degrees apart",
        )
    console.print(f"{place.name}: {_held_out(verified)}; {'; '.join(parts)}")
    if verified.focal.is_wrong:
        console.print(
            f"By the arm's motion the camera's focal length is {100 * verified.focal.off:+.1f} % "
            "off what its camera_info says, which moves its pose, and no figure above shows it. "
            "Calibrate the camera's own lens (intrinsics), then this again.",
            style="bold",
        )
    console.print(f"that is {shift_mm:.1f} mm and {turn_deg:.2f} degrees from the old pose")


def _write(console: Console, place: CameraPlace, parent_T_link: Transform, note: str) -> None:
    kept = write_pose(place.file, place.name, parent_T_link, note)
    console.print(f"written to {place.file}; the old one is {kept.name}. Start the launch again.")


def _note(verified: Verified) -> str:
    calibration = verified.calibration
    return (
        f"{_held_out(verified)}, expected error "
        f"{calibration.claimed_mm:.2f} mm and {calibration.claimed_deg:.3f} degrees, "
        f"{len(calibration.used)} looks"
    )


def _held_out(verified: Verified) -> str:
    if not verified.held_out:
        return "too few looks to hold any out"
    error = f"{verified.held_out_mm:.2f} mm at the board's corners"
    return f"{error} on {verified.held_out} held-out looks"


def _summary(verified: Verified, place: CameraPlace, parent_T_link: Transform) -> dict[str, object]:
    calibration = verified.calibration
    figures = {
        "held_out_mm": verified.held_out_mm,
        "claimed_mm": calibration.claimed_mm,
        "claimed_deg": calibration.claimed_deg,
        "halves_mm": verified.halves_mm,
        "halves_deg": verified.halves_deg,
        "rms_px": calibration.rms_px,
        "focal_off_percent": 100 * verified.focal.off,
    }
    return {
        "camera": place.name,
        **{key: None if math.isnan(value) else round(value, 4) for key, value in figures.items()},
        "looks": len(calibration.used),
        "left_out": len(calibration.suspects),
        "translation": parent_T_link[:3, 3].round(6).tolist(),
    }
