"""The command line of the training."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import yaml
from pydantic import ValidationError

from clap_core.errors import ClapError, ErrorCode

HELP = """Train the network of the policy `clap` on the demonstrations of a memory
(./clap train align). Its encoder begins as CLAR's; --scratch leaves it as it is drawn. The folder
--out gets a checkpoint, and in the end the network with its checksums (clap.weights of the policy);
the same command goes on with a run that was interrupted. One core needs half an hour.

  ./clap train policy config/learning/policy.yaml --memory models/align-gembench --out out/policy"""

_CONFIG = "config/learning/policy.yaml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add = parser.add_argument
    add("config", type=Path, help=f"such as {_CONFIG}")
    add("--memory", type=Path, required=True, metavar="DIR", help="folder of the demonstrations")
    add("--out", type=Path, required=True, metavar="DIR", help="folder of the run")
    add("--encoder", type=Path, metavar="DIR", help="of ./clap train clar (that of the stack)")
    add("--scratch", action="store_true", help="an encoder that has learned nothing")
    add("--start", type=Path, metavar="DIR", help="go on from the weights of this network")
    add("--steps", type=int, help="instead of the config's")
    add("--seed", type=int, help="instead of the config's")


def run(args: argparse.Namespace) -> int:
    """Train; the last line is JSON."""
    import torch

    from clap_learning.clar.encoder import ClarEncoder
    from clap_learning.clar.weights import load_encoder
    from clap_learning.installed_models import installed_model
    from clap_learning.policy.clap.training import PolicyProgress, PolicyTrainingConfig, train
    from clap_learning.policy.clap.weights import POLICY_FOLDER
    from clap_learning.policy.memory import load_memory

    try:
        given = yaml.safe_load(args.config.read_text()) or {}
        told = {"steps": args.steps, "seed": args.seed}
        given |= {name: value for name, value in told.items() if value is not None}
        config = PolicyTrainingConfig.model_validate(given)
    except (OSError, yaml.YAMLError, ValidationError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{args.config} is no config of the policy's network: {reason}",
            f"Compare it with {_CONFIG}",
        ) from error
    memory = load_memory(args.memory)
    encoder = load_encoder(args.encoder or installed_model("clar-tiny"))
    if args.scratch:
        torch.manual_seed(config.seed)
        encoder = ClarEncoder(encoder.config)

    def report(progress: PolicyProgress) -> None:
        print(
            f"\rstep {progress.step} of {config.steps}, loss {progress.loss:.3f}, "
            f"{progress.examples_s:.0f} examples/s    ",
            end="",
            file=sys.stderr,
            flush=True,
        )

    start, before = (None, 0)
    if args.start is not None:
        start, said_before = POLICY_FOLDER.load(args.start)
        before = said_before.updates
    network, said = train(config, memory.demonstrations, encoder, args.out, report, start)
    said = said.model_copy(update={"updates": before + said.updates})
    print(file=sys.stderr)
    POLICY_FOLDER.save(args.out, network, said)
    print(json.dumps({"out": str(args.out), "demonstrations": said.demonstrations}))
    return 0
