"""The command line of the training."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import yaml
from pydantic import ValidationError

from clap_core.errors import ClapError, ErrorCode
from clap_data.episodes import EpisodeFolder

HELP = """Train the network of the keypoint finder `learned` on demonstrations (./clap data make)
and, with --grounding, on scenes whose steps have known places (./clap data scenes --split
grounding). The folder --out gets a checkpoint, and in the end the network with its checksums
(learned.weights of the keypoint finder); the same command goes on with a run that was interrupted.
With --validation its probabilities are fitted to how often it is right. Two cores need about an
hour and a half."""

_CONFIG = "config/learning/keypoint.yaml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add = parser.add_argument
    add("config", type=Path, help=f"such as {_CONFIG}")
    add("--episodes", type=Path, required=True, metavar="DIR", help="folder of demonstrations")
    add("--split", default="", help="only of this split (default: any)")
    add("--grounding", type=Path, metavar="DIR", help="scenes with plans, as auxiliary data")
    add("--out", type=Path, required=True, metavar="DIR", help="folder of the run")
    add("--validation", type=Path, metavar="DIR", help="other demonstrations: how sure it may be")
    add("--steps", type=int, help="instead of the config's")
    add("--start", type=Path, metavar="DIR", help="go on from the weights of this network")


def run(args: argparse.Namespace) -> int:
    """Train; the last line is JSON."""
    from clap_learning.keypoint.backend import DEFAULT_DRAWINGS
    from clap_learning.keypoint.calibration import ConfidenceCalibration
    from clap_learning.keypoint.examples import Drawings, examples_of, grounding_examples
    from clap_learning.keypoint.training import (
        KeypointProgress,
        KeypointTrainingConfig,
        Material,
        train,
    )
    from clap_learning.keypoint.validation import calibrate
    from clap_learning.keypoint.weights import KEYPOINT_FOLDER, KeypointModelConfig

    try:
        given = yaml.safe_load(args.config.read_text()) or {}
        if args.steps is not None:
            given["steps"] = args.steps
        config = KeypointTrainingConfig.model_validate(given)
    except (OSError, yaml.YAMLError, ValidationError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{args.config} is no config of the keypoint network: {reason}",
            f"Compare it with {_CONFIG}",
        ) from error
    start, updates_before = None, 0
    if args.start is not None:
        start, before = KEYPOINT_FOLDER.load(args.start)
        updates_before = before.steps
        if before.network != config.network:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the network in {args.start} has other sizes than {args.config} asks for",
                f"Write into the config: network: {before.network.model_dump()}",
            )
    folder = EpisodeFolder(args.episodes, split=args.split)
    drawings = Drawings(config.exact_drawings, config.measured_drawings)
    examples = examples_of(folder, drawings, lambda count: _tell(f"{count} episodes read"))
    print(file=sys.stderr)
    grounding = []
    if args.grounding is not None:
        once = Drawings(exact=1, measured=min(1, config.measured_drawings))
        grounding = grounding_examples(
            args.grounding, once, lambda count: _tell(f"{count} scenes read")
        )
        print(file=sys.stderr)

    def report(progress: KeypointProgress) -> None:
        _tell(
            f"step {progress.step} of {config.steps}, loss {progress.loss:.3f}, "
            f"{progress.examples_s:.0f} examples/s"
        )

    network = train(config, Material(examples, grounding), args.out, report, start)
    print(file=sys.stderr)
    episodes = len({(example.variation, example.episode) for example in examples})
    calibration = ConfidenceCalibration()
    if args.validation is not None:
        asked_with = Drawings(exact=DEFAULT_DRAWINGS)
        others = examples_of(EpisodeFolder(args.validation, split=args.split), asked_with)
        calibration = calibrate(network, others, config.augment, config.seed)
    said = KeypointModelConfig(
        network=config.network,
        calibration=calibration,
        episodes=episodes,
        steps=updates_before + config.steps,
    )
    KEYPOINT_FOLDER.save(args.out, network, said)
    scenes = len({example.episode for example in grounding})
    told = {"out": str(args.out), "episodes": episodes, "examples": len(examples)}
    print(json.dumps({**told, "scenes": scenes, "grounding_examples": len(grounding)}))
    return 0


def _tell(text: str) -> None:
    print(f"\r{text}    ", end="", file=sys.stderr, flush=True)
