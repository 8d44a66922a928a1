"""The command line of the training."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import yaml
from pydantic import ValidationError

from clap_core.errors import ClapError, ErrorCode

HELP = """Train the network of the planner `learned` on sentences that are drawn from patterns
(clap_learning/parser/wordings). The folder --out gets a checkpoint, and in the end the network with
its checksums (learned.weights of the planner); the same command goes on with a run that was
interrupted. Two cores need about an hour."""

_CONFIG = "config/learning/parser.yaml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add = parser.add_argument
    add("config", type=Path, help=f"such as {_CONFIG}")
    add("--out", type=Path, required=True, metavar="DIR", help="folder of the run")
    add("--steps", type=int, help="instead of the config's")
    add("--start", type=Path, metavar="DIR", help="network to begin with, as after new patterns")


def run(args: argparse.Namespace) -> int:
    """Train; the last line is JSON."""
    from clap_learning.parser.config import ParserModelConfig
    from clap_learning.parser.training import ParserProgress, ParserTrainingConfig, train
    from clap_learning.parser.weights import PARSER_FOLDER

    try:
        given = yaml.safe_load(args.config.read_text()) or {}
        if args.steps is not None:
            given["steps"] = args.steps
        config = ParserTrainingConfig.model_validate(given)
    except (OSError, yaml.YAMLError, ValidationError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{args.config} is no config of the parser: {reason}",
            f"Compare it with {_CONFIG}",
        ) from error

    def report(progress: ParserProgress) -> None:
        text = (
            f"step {progress.step} of {config.steps}, loss {progress.loss:.3f}, "
            f"{progress.sentences_s:.0f} sentences/s"
        )
        print(f"\r{text}    ", end="", file=sys.stderr, flush=True)

    start = PARSER_FOLDER.load(args.start)[0] if args.start else None
    if start is not None and start.config != config.network:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{args.start} has other sizes than {args.config}",
            "Give its sizes under 'network', or leave --start out",
        )
    network = train(config, args.out, report, start)
    print(file=sys.stderr)
    said = ParserModelConfig(network=config.network, steps=config.steps)
    PARSER_FOLDER.save(args.out, network, said)
    print(json.dumps({"out": str(args.out), "steps": config.steps}))
    return 0
