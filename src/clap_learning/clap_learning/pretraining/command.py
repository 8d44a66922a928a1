"""The program's command line."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from accelerate import PartialState

from clap_learning.data.teacher_cache import features_beside
from clap_learning.pretraining.config import read_config
from clap_learning.pretraining.program import pretrain
from clap_learning.pretraining.variants import VARIANTS, with_variant

HELP = """Pre-train CLAR's point-cloud encoder on scenes (./clap data scenes), with the objectives
of a config file. The folder --out gets a checkpoint, the history and plots of every loss, and in
the end the weights; the same command goes on with a run that was interrupted. For several GPUs:
./clap shell -- accelerate launch -m clap_learning.pretraining CONFIG --scenes DIR --out DIR"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("config", type=Path, help="such as config/learning/clar-tiny.yaml")
    parser.add_argument("--scenes", type=Path, required=True, help="folder of scenes")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument(
        "--features",
        type=Path,
        help="folder for the teachers' features, which all runs on these scenes share "
        "(default: beside the scenes)",
    )
    parser.add_argument("--variant", choices=sorted(VARIANTS), help="leave parts out, to compare")
    parser.add_argument("--seed", type=int, help="instead of the config's")
    parser.add_argument("--steps", type=int, help="instead of the config's")


def run(args: argparse.Namespace) -> int:
    """Train; the last line is JSON."""
    config = read_config(args.config)
    if args.seed is not None:
        config = config.model_copy(update={"seed": args.seed})
    if args.steps is not None:
        config = config.model_copy(update={"steps": args.steps})
    if args.variant is not None:
        config = with_variant(config, args.variant, config.seed)
    scenes = args.scenes
    features = args.features or features_beside(scenes)
    result = pretrain(config, scenes, args.out, features)
    if PartialState().is_main_process:
        print(json.dumps({"out": str(args.out), **vars(result)}))
    return 0
