"""``clap train clar-ladder``: the runs that ``clap bench clar-probe`` compares."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from clap_cli.installed import installed
from clap_learning.data.teacher_cache import features_beside
from clap_learning.pretraining.config import read_config
from clap_learning.pretraining.ladder import runs_of, train_ladder
from clap_learning.pretraining.variants import VARIANTS

HELP = """Pre-train the encoder by masked reconstruction alone, with global contrast, with all
three objectives, and with all three but without fusing views, three seeds each. What is there is
kept; the same command goes on after an interruption. ./clap bench clar-probe compares them."""

DEFAULT_CONFIG = installed("config", "learning", "clar-tiny.yaml")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG, help="of every run")
    parser.add_argument("--scenes", type=Path, required=True, help="folder of scenes")
    parser.add_argument("--features", type=Path, help="folder for the teachers' features")
    parser.add_argument("--runs", type=Path, default=Path("out/clar-ladder"), help="folder to fill")
    parser.add_argument("--variants", nargs="+", choices=list(VARIANTS), default=list(VARIANTS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="runs at a time (default: the cores)"
    )


def run(args: argparse.Namespace) -> int:
    """Train what is missing."""
    read_config(args.config)
    scenes = args.scenes
    features = args.features or features_beside(scenes)
    runs = runs_of(args.variants, args.seeds)
    train_ladder(args.config, scenes, features, args.runs, runs, args.jobs)
    return 0
