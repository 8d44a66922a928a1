"""``clap demo``: one sentence, obeyed by the simulated Franka, with everything to look at."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from clap_core.errors import ClapError, ErrorCode

HELP = """Put a mug, a plate, a bowl and distractors at random places, say a sentence, and watch
the simulated Franka obey it. Writes video, bag, rerun recording and report to out/demo-<stamp>/.
Exit status 0 only if the simulation's referee says that the sentence came true. Where the scene
does not say what a sentence asks for, only what the stack planned can be judged, and the result is
called UNJUDGED."""

DEFAULT_INSTRUCTION = "put the red mug next to the plate"
_FAILED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "instruction",
        nargs="?",
        default=DEFAULT_INSTRUCTION,
        help="the sentence to obey (%(default)s)",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the objects' places (%(default)s)")
    parser.add_argument(
        "--scene",
        default="tabletop",
        help="tabletop, two_mugs, blocks, buttons, drawer or empty (%(default)s)",
    )
    parser.add_argument(
        "--backends",
        choices=("baseline", "learned"),
        default="baseline",
        help="grammar and geometry, or learned from GemBench (%(default)s)",
    )
    parser.add_argument("--out", type=Path, help="folder for the results (made; must be new)")
    parser.add_argument(
        "--real-time-factor",
        type=float,
        default=0.0,
        help="1 real time, 0 as fast as possible (%(default)g)",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=300.0,
        help="seconds on the clock for the task (%(default)g)",
    )
    parser.add_argument(
        "--no-record", dest="record", action="store_false", help="no bag, video and recording"
    )
    parser.add_argument("--json", action="store_true", help="print the report as a last line")


def run(args: argparse.Namespace) -> int:
    """Run the demo; 0 only on success."""
    folder = _new_folder(args.out or Path("out") / time.strftime("demo-%Y%m%d-%H%M%S"))
    print(f'"{args.instruction}" (scene {args.scene}, seed {args.seed})', flush=True)
    # Only now: ROS, the viewers and the video library take a second to import.
    from clap_cli.demo.run import DemoOptions, run_demo
    from clap_cli.domains import own_domain
    from clap_cli.narrator import Narrator

    narrator = Narrator()
    options = DemoOptions(
        instruction=args.instruction,
        backends=args.backends,
        scene=args.scene,
        seed=args.seed,
        folder=folder,
        real_time_factor=args.real_time_factor,
        timeout_s=args.timeout,
        record=args.record,
    )

    def say(line: str) -> None:
        print(line, flush=True)

    try:
        # Beside a stack that runs already, neither hears the other.
        with own_domain() as domain:
            say(f"it runs apart from other stacks: ROS_DOMAIN_ID={domain} sees its topics")
            report = run_demo(options, narrator.on_feedback, narrator.on_result, say)
    except ClapError as error:
        if args.json:
            print(json.dumps(_failure(args, error)))
        raise
    if not report.is_judged:
        print(
            f"what '{args.instruction}' asks for is not written down with the scene, so nobody "
            "can say whether it was understood; judged is only what the stack planned"
        )
    for reason in report.verdict:
        print(f"{'referee' if report.is_judged else 'its own plan'}: {reason}")
    print(
        f"{report.headline.upper()}: {report.simulated_s:.1f} s simulated, "
        f"{report.wall_s:.0f} s on the clock; results in {folder}"
    )
    if args.json:
        print(json.dumps(report.summary()))
    return 0 if report.success else _FAILED


def _failure(args: argparse.Namespace, error: ClapError) -> dict[str, object]:
    """What a script gets of a run that came to no report."""
    return {
        "instruction": args.instruction,
        "scene": args.scene,
        "seed": args.seed,
        "success": False,
        "outcome": error.code.name,
        "message": error.message,
    }


def _new_folder(folder: Path) -> Path:
    """Make the folder for the results.

    Raises:
        ClapError: INVALID_REQUEST, where it exists or cannot be made.
    """
    try:
        folder.mkdir(parents=True)
    except FileExistsError as error:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{folder} exists already",
            "Name another folder with --out, or remove this one",
        ) from error
    except OSError as error:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the folder {folder} cannot be made: {error.strerror}",
            "Name one that can be written with --out",
        ) from error
    return folder
