"""The command line of the training."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import yaml
from pydantic import ValidationError

from clap_core.errors import ClapError, ErrorCode

HELP = """Train the policy that moves in small steps, on demonstrations of ./clap data metaworld.
The folder --out gets a checkpoint, and in the end the policy with its checksums; the same command
goes on with a run that was interrupted. The encoder is CLAR's, frozen, unless the config says
another; see docs/metaworld.md.

  ./clap train step config/learning/step.yaml --demonstrations out/metaworld --out out/step
  ./clap eval --suite metaworld --agent step --set weights=out/step --level easy"""

_CONFIG = "config/learning/step.yaml"
_RUN_FILE = "run.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add = parser.add_argument
    add("config", type=Path, help=f"such as {_CONFIG}")
    add("--demonstrations", type=Path, required=True, metavar="DIR", help="folder of them")
    add("--tasks", nargs="+", metavar="T", help="only these (default: all that are there)")
    add("--out", type=Path, required=True, metavar="DIR", help="folder of the run")
    add("--steps", type=int, help="instead of the config's")
    add("--seed", type=int, help="instead of the config's")


def run(args: argparse.Namespace) -> int:
    """Train; the last line is JSON."""
    from clap_data.steps import StepFolder
    from clap_learning.step.examples import step_examples
    from clap_learning.step.training import StepProgress, StepTrainingConfig, train
    from clap_learning.step.weights import STEP_FOLDER, StepModelConfig, new_network

    try:
        given = yaml.safe_load(args.config.read_text()) or {}
        given.update({name: getattr(args, name) for name in ("steps", "seed")
                      if getattr(args, name) is not None})  # fmt: skip
        config = StepTrainingConfig.model_validate(given)
    except (OSError, yaml.YAMLError, ValidationError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{args.config} is no config of the step policy: {reason}",
            f"Compare it with {_CONFIG}",
        ) from error
    folder = StepFolder(args.demonstrations, args.tasks)
    tasks = sorted({file.record.variation for file in folder})
    _begin(args.out, {"config": config.model_dump(mode="json"), "tasks": tasks})
    network = new_network(config.network, config.seed)
    examples = step_examples(
        folder, network.eyes, config.network, lambda count: _tell(f"{count} episodes read")
    )
    print(file=sys.stderr)

    def report(progress: StepProgress) -> None:
        _tell(
            f"step {progress.step} of {config.steps}, loss {progress.loss:.4f}, "
            f"{progress.looks_s:.0f} looks/s"
        )

    trained = train(config, network, examples, args.out, report)
    print(file=sys.stderr)
    said = StepModelConfig(
        network=config.network,
        tasks=tuple(tasks),
        episodes=examples.episodes,
        steps=config.steps,
    )
    STEP_FOLDER.save(args.out, trained, said)
    told = {"out": str(args.out), "episodes": examples.episodes, "looks": len(examples)}
    print(json.dumps({**told, "tasks": tasks, "steps": config.steps}))
    return 0


def _begin(out: Path, said: dict[str, object]) -> None:
    """Make the folder, or take the run up that was begun in it; raises ClapError for another's."""
    file = out / _RUN_FILE
    if file.is_file() and json.loads(file.read_text()) != said:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{out} holds another run: its config or its tasks differ",
            "Choose another --out, or give the config and tasks that it was begun with",
        )
    out.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(said))


def _tell(text: str) -> None:
    print(f"\r{text}    ", end="", file=sys.stderr, flush=True)
