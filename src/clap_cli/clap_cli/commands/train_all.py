"""``clap train all``: everything that learns, from nothing."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from clap_cli.stages import read_stages, run_stages

HELP = """Make and train everything that learns, from nothing: demonstrations, scenes, the encoder
CLAR, plans, the policy's memory, the networks of keypoints and policy. The file says each stage as
the command that it is. Interrupt it and give the same command again: what is whole is kept, and a
stage whose command or config changed is run again, with those after it.

  ./clap train all config/learning/all.yaml --out out/all         # a day on two cores
  ./clap train all config/learning/all-small.yaml --out out/small # minutes, to see that it runs"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("config", type=Path, help="such as config/learning/all.yaml")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of it all")


def run(args: argparse.Namespace) -> int:
    """Run the stages; 0 when all are done."""
    run_stages(read_stages(args.config), args.out, _run, lambda text: print(text, flush=True))
    out = args.out
    print(f"score it: ./clap eval --agent learned --level L1 --set plans={out}/plans "
          f"--set weights={out}/keypoint --set memory={out}/memory")  # fmt: skip
    return 0


def _run(words: Sequence[str]) -> int:
    return subprocess.run([sys.executable, "-m", "clap_cli", *words], check=False).returncode
