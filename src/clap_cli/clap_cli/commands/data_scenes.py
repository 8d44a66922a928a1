"""``clap data scenes``: still scenes for pre-training, simulated or from a recorded bag."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from pathlib import Path

from rich.console import Console

from clap_bench.pretraining.held_out import TRAIN
from clap_bench.pretraining.production import ShardOutcome, orders, produce
from clap_bench.pretraining.scenes import SPLITS
from clap_bench.production import FileStatus
from clap_cli.progress_bar import collect
from clap_core.errors import ClapError, ErrorCode
from clap_data.bags.scene_log import EVERY_S, SceneSampling
from clap_data.bags.to_scenes import convert

HELP = """Make scenes for pre-training (docs/scenes.md): RGB-D of several cameras, exact depth,
labels and a caption, 64 scenes a file. --split train: objects of the training tasks, random
cameras; --split probe: objects, cameras and seeds that training never has; --split grounding:
furniture and things that no task has, with steps and where each would happen (./clap train
keypoint). What is there and whole is kept, so an interrupted run is taken up again by the same
command. The same seed gives the same files, however many jobs.

With --from-bag, moments of a recorded bag become scenes without labels."""

_INTERRUPTED = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("--split", default=TRAIN, help=f"one of: {', '.join(SPLITS)}")
    parser.add_argument("--scenes", type=int, help="how many (with --from-bag: at most)")
    parser.add_argument("--seed", type=int, default=0, help="of the collection (default: 0)")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to fill")
    parser.add_argument("--from-bag", type=Path, help="folder or file of a bag to take them from")
    parser.add_argument("--cameras", nargs="+", default=[], help="of the bag (default: all)")
    parser.add_argument(
        "--every", type=float, default=EVERY_S, help="s between a bag's scenes (default: 1)"
    )
    parser.add_argument(
        "--base-frame", default="", help="of the bag (default: base or <arm>_link0)"
    )


def run(args: argparse.Namespace) -> int:
    """Make them; 0 if all are there, 130 after Ctrl-C."""
    if args.from_bag is not None:
        return _from_bag(args)
    if args.scenes is None:
        raise ClapError(
            ErrorCode.INVALID_REQUEST, "nothing says how many scenes to make", "Add --scenes N"
        )
    work = orders(args.split, args.scenes, args.seed, args.out)
    console = Console(highlight=False, soft_wrap=True)
    began = time.monotonic()
    outcomes, interrupted = collect(
        console,
        produce(work, max(1, args.jobs)),
        "scenes",
        args.scenes,
        lambda outcome: (outcome.order.count, "scenes"),
    )
    _tell(console, outcomes, time.monotonic() - began)
    if interrupted:
        print(
            f"Interrupted after {len(outcomes)} of {len(work)} files; the same command goes on.",
            file=sys.stderr,
        )
        return _INTERRUPTED
    return 0


def _from_bag(args: argparse.Namespace) -> int:
    sampling = SceneSampling(tuple(args.cameras), args.base_frame, args.every, args.scenes)
    made = convert(args.from_bag, args.out, sampling)
    print(f"{made.scenes} scenes of {', '.join(made.cameras)} in {made.files} files in {args.out}")
    return 0


def _tell(console: Console, outcomes: list[ShardOutcome], seconds: float) -> None:
    scenes = Counter[FileStatus]()
    for outcome in outcomes:
        scenes[outcome.status] += outcome.order.count
    parts = [f"{scenes[status]} {status.value}" for status in FileStatus if scenes[status]]
    console.print(f"{', '.join(parts) or 'nothing made'}, in {seconds:.0f} s", markup=False)
    made = scenes[FileStatus.MADE] + scenes[FileStatus.REMADE]
    if made:
        megabytes = sum(outcome.size for outcome in outcomes) / 1e6
        total = sum(scenes.values())
        console.print(
            f"{made / seconds:.1f} scenes a second; {1e3 * megabytes / total:.0f} kB a scene"
        )
