"""``clap record demo``: demonstrations one after the other, by keys."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console

from clap_bringup.bags import BagRecorder
from clap_bringup.bags.interruption import stopped_by_signals
from clap_bringup.bags.topics import split_patterns
from clap_cli.takes.folder import TakeFolder
from clap_cli.takes.hearing import Hearing
from clap_cli.takes.keys import Keyboard, bindings
from clap_cli.takes.session import TakeSession

HELP = """Record demonstrations of one sentence, one after the other, by single keys: b begins a
take, e ends it, then g says that it was good, f that it failed, d discards it; q quits. g and f
also end a take that is under way. A foot pedal that types keys does it, too (--keys begin=1 end=2).

After each take its rates, gaps, stamps and key poses are told. Failed ones are kept, and left out
of teaching. Ctrl-C loses at most the take under way; nothing is overwritten.

  ./clap record demo out/lift_seat --instruction "lift the toilet seat"
  ./clap teach lift_seat --from out/lift_seat"""

_STREAMS = ("color/image_raw", "color/image_rect_raw", "aligned_depth_to_color/image_raw")
TOPICS = (
    "/joint_states", "/franka_gripper/joint_states", "/tf", "/tf_static",
    *(f"/camera/*/{stream}" for stream in _STREAMS), "/camera/*/camera_info",
)  # fmt: skip

_FILE_WIDTH = 160


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add = parser.add_argument
    add("folder", type=Path, metavar="NAME", help="folder of the takes; goes on where it is there")
    add("--instruction", default="", help="what is shown (default: as in the folder)")
    add("--topics", nargs="+", default=list(TOPICS), help="with * (default: arm, hand, cameras)")
    add("--namespace", metavar="NS", default="", help="only the arm in a namespace, as /left")
    add("--compress", action="store_true", help="compress the bags with zstd")
    add("--keys", nargs="+", default=[], metavar="WHAT=KEY", help="as begin=1 end=2 good=3")


def run(args: argparse.Namespace) -> int:
    """Record until quit."""
    meaning = bindings(args.keys)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _FILE_WIDTH)

    def recorder(bag: Path, hearing: Hearing) -> BagRecorder:
        return BagRecorder(
            bag,
            split_patterns(args.topics),
            compress=args.compress,
            namespace=args.namespace,
            watch=hearing,
        )

    with (
        stopped_by_signals() as stop,
        TakeFolder(args.folder, args.instruction.strip()) as folder,
        Keyboard(sys.stdin.fileno(), meaning) as keyboard,
    ):
        keys = {press: key for key, press in meaning.items()}
        TakeSession(folder, keyboard, recorder, stop, console, keys, args.namespace).run()
    return 0
