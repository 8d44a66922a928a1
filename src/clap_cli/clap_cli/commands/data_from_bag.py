"""``clap data from-bag``: the recording of a demonstration as an episode."""

from __future__ import annotations

import argparse
from pathlib import Path

from clap_cli.plan_file import read_plan
from clap_core.errors import ClapError, ErrorCode
from clap_data.bags.key_frames import KeyFrameConfig
from clap_data.bags.to_episode import Conversion, convert
from clap_data.takes import as_taken

HELP = """Make an episode of a bag that was recorded on a robot while a person, or the stack, did a
task. Needs /joint_states with arm and hand, /tf, /tf_static, and for each camera colour, aligned
depth and camera_info. Key frames are where the arm rests and where the hand opens or closes."""

_DEFAULT = KeyFrameConfig()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("bag", type=Path, help="folder or file of the bag")
    parser.add_argument(
        "--instruction", default="", help="what was asked for (default: as the bag's plan says)"
    )
    parser.add_argument("--out", type=Path, required=True, help="the episode's file")
    parser.add_argument("--variation", default="", help="name of the task, for sorting")
    parser.add_argument("--cameras", nargs="+", default=[], help="only these (default: all)")
    parser.add_argument(
        "--subtasks",
        type=Path,
        help="JSON file with the plan, as `./clap plan --json` prints it, one sub-task a grasp or "
        "release at least (default: what the stack said in the bag; else the baseline's plan if "
        "it fits; else one sub-task for each part between changes of the hand)",
    )
    parser.add_argument("--base-frame", default="", help="(default: base, or <arm>_link0)")
    parser.add_argument(
        "--image-gap",
        type=float,
        default=Conversion.image_gap_s,
        help="s that an image may be off where none was taken at rest (default: %(default)s)",
    )
    parser.add_argument(
        "--rest-speed",
        type=float,
        default=_DEFAULT.rest_speed_rad_s,
        help="rad/s of the fastest joint below which the arm rests (default: %(default)s)",
    )
    parser.add_argument(
        "--rest", type=float, default=_DEFAULT.rest_s, help="s, least rest (default: %(default)s)"
    )
    parser.add_argument(
        "--gripper-change",
        type=float,
        default=_DEFAULT.gripper_change_m,
        help="m, least change of the hand's width (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Convert, and tell what was found."""
    record = convert(
        args.bag,
        args.out,
        as_taken(
            args.bag,
            Conversion(
                instruction=args.instruction,
                variation=args.variation,
                subtasks=read_plan(args.subtasks) if args.subtasks else (),
                cameras=tuple(args.cameras),
                base_frame=args.base_frame,
                image_gap_s=args.image_gap,
                key_frames=_key_frames(args),
            ),
        ),
    )
    print(
        f'"{record.instruction}": key poses: {record.key_poses}, sub-tasks: '
        f"{len(record.subtasks)}, cameras: {len(record.cameras)}; written to {args.out}"
    )
    print(f"`./clap data info {args.out}` shows them")
    return 0


def _key_frames(args: argparse.Namespace) -> KeyFrameConfig:
    values = {
        "rest_speed_rad_s": args.rest_speed,
        "rest_s": args.rest,
        "gripper_change_m": args.gripper_change,
    }
    try:
        return KeyFrameConfig.model_validate(values)
    except ValueError as error:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            "--rest-speed, --rest and --gripper-change must be above zero",
            "Leave them out for the defaults",
        ) from error
