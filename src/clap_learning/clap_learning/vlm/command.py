"""The command line of tuning."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

HELP = """Tune a vision-language model to find keypoints, by low-rank adapters, on demonstrations
(./clap data make). The folder --out gets checkpoints, and in the end the adapter with its checksums
(qwen.adapter of the keypoint finder); the same command goes on with a run that was interrupted.
For several GPUs: ./clap shell -- accelerate launch -m clap_learning.vlm CONFIG ..."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("config", type=Path, help="such as config/learning/qwen2.5-vl-3b.yaml")
    parser.add_argument("--episodes", type=Path, required=True, help="folder of demonstrations")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--model", help="folder or name on the hub, instead of the config's")
    parser.add_argument("--steps", type=int, help="instead of the config's")


def run(args: argparse.Namespace) -> int:
    """Tune; the last line is JSON."""
    from clap_learning.vlm.training import read_training_config, tune

    config = read_training_config(args.config)
    given = {"model": args.model, "steps": args.steps}
    config = config.model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    result = tune(config, args.episodes, args.out)
    print(json.dumps({"out": str(args.out), **asdict(result)}))
    return 0
