"""``clap train align``: a memory of demonstrations."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from clap_data.episodes import EpisodeFolder
from clap_learning.policy.making import make_memory
from clap_learning.policy.memory import save_memory

HELP = """Make a memory of demonstrations, from which the policy align carries one over at each
sub-task. Nothing is trained: one episode of a task is enough, and ten let it find out what matters.
Episodes are of `./clap data make`, or of `./clap data from-bag` with sub-tasks.

  ./clap train align --episodes out/train --out out/memory
The policy reads it from its setting align.memory."""

_MB = 1e6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add = parser.add_argument
    add("--episodes", type=Path, required=True, metavar="DIR", help="folder of episodes")
    add("--variation", nargs="+", metavar="V", help="only these (default: all)")
    add("--split", default="", help="only of this split (default: any)")
    add("--out", type=Path, required=True, metavar="DIR", help="folder of the memory")


def run(args: argparse.Namespace) -> int:
    """Make it; 0 when it is written."""
    folder = EpisodeFolder(args.episodes, args.variation, args.split)
    memory, episodes = make_memory(folder, _tell)
    print(file=sys.stderr)
    path = save_memory(args.out, memory, episodes)
    print(
        f"{len(memory.demonstrations)} sub-tasks of {episodes} episodes, carried over by "
        f"{len(set(memory.rules))} rules, in {path} ({path.stat().st_size / _MB:.1f} MB)"
    )
    return 0


def _tell(episodes: int) -> None:
    print(f"\r{episodes} episodes read", end="", file=sys.stderr, flush=True)
