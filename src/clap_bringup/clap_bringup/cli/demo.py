"""``clap demo``: one sentence, obeyed by the simulated Franka, with everything to look at."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

HELP = """Put a mug, a plate, a bowl and distractors at random places, say a sentence, and watch
the simulated Franka obey it. Writes video, bag, rerun recording and report to out/demo-<stamp>/.
Exit status 0 only if the simulation's referee says that the sentence came true."""

DEFAULT_INSTRUCTION = "put the red mug next to the plate"
_FAILED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "instruction", nargs="?", default=DEFAULT_INSTRUCTION, help="the sentence to obey"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the objects' places")
    parser.add_argument("--scene", default="tabletop", help="scene to simulate")
    parser.add_argument("--out", type=Path, help="folder for the results (made; must be new)")
    parser.add_argument(
        "--real-time-factor", type=float, default=0.0, help="1 real time, 0 as fast as possible"
    )
    parser.add_argument(
        "--timeout", type=float, default=300.0, help="seconds on the clock for the task"
    )
    parser.add_argument(
        "--no-record", dest="record", action="store_false", help="no bag, video and recording"
    )
    parser.add_argument("--json", action="store_true", help="print the report as a last line")


def run(args: argparse.Namespace) -> int:
    """Run the demo; 0 only on success."""
    print(f'"{args.instruction}" (scene {args.scene}, seed {args.seed})', flush=True)
    # Only now: ROS, the viewers and the video library take a second to import.
    from clap_bringup.demo.run import DemoOptions, run_demo
    from clap_bringup.narrator import Narrator

    folder = args.out or Path("out") / time.strftime("demo-%Y%m%d-%H%M%S")
    folder.mkdir(parents=True)
    narrator = Narrator()
    report = run_demo(
        DemoOptions(
            instruction=args.instruction,
            scene=args.scene,
            seed=args.seed,
            folder=folder,
            real_time_factor=args.real_time_factor,
            timeout_s=args.timeout,
            record=args.record,
        ),
        narrator.on_feedback,
        narrator.on_result,
        lambda line: print(line, flush=True),
    )
    for reason in report.verdict:
        print(f"referee: {reason}")
    print(
        f"{'SUCCESS' if report.success else 'NO SUCCESS'}: {report.simulated_s:.1f} s simulated, "
        f"{report.wall_s:.0f} s on the clock; results in {folder}"
    )
    if args.json:
        print(json.dumps(report.summary()))
    return 0 if report.success else _FAILED
