"""``clap skills remove``: forget a skill."""

from __future__ import annotations

import argparse

from clap_cli.skills_argument import add_skills_argument
from clap_learning.skills.folder import remove_skill

HELP = """Delete a skill. Its demonstrations are left where they are, so that it can be taught
again."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("name", help="of the skill")
    add_skills_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Delete it; 0 when it is gone."""
    remove_skill(args.skills, args.name)
    print(f"{args.name} removed from {args.skills}")
    return 0
