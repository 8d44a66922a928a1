"""``clap skills test``: try a skill in simulation."""

from __future__ import annotations

import argparse

from clap_cli.commands import eval as scoring
from clap_cli.skills_argument import add_skills_argument
from clap_core.errors import ClapError, ErrorCode
from clap_learning.skills.folder import load_skill

HELP = """Let the stack obey a skill's sentence in simulated scenes that it was not taught in: those
of the suite's task that its demonstrations are of. Skills of a robot's demonstrations have none:
start the stack with its cameras, and say the sentence."""

_FIRST_SEED = 900_000
"""Far from the seeds that demonstrations are made with."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add = parser.add_argument
    add("name", help="of the skill")
    add("--episodes", type=int, default=10, metavar="N", help="scenes (%(default)s)")
    add("--seed", type=int, default=_FIRST_SEED, metavar="S", help="of the first (%(default)s)")
    add("--jobs", type=int, default=1, metavar="J", help="processes (%(default)s)")
    add_skills_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Try it; 0 when all was played, however it went."""
    record = load_skill(args.skills, args.name).record
    if not record.variations:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the demonstrations of '{args.name}' are of no task of the suite",
            f'Start the stack and say it: ./clap say "{record.say[0]}"',
        )
    words = ["--agent", "learned", "--set", f"skills={args.skills}", "--seed", str(args.seed)]
    words += ["--episodes", str(args.episodes), "--jobs", str(args.jobs)]
    for variation in record.variations:
        words += ["--variation", variation]
    parser = argparse.ArgumentParser()
    scoring.add_arguments(parser)
    return scoring.run(parser.parse_args(words))
