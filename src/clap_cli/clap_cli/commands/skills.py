"""``clap skills``: what the stack was taught."""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.table import Table

from clap_cli.commands.teach import table_of
from clap_cli.skills_argument import add_skills_argument
from clap_core.errors import ClapError
from clap_learning.skills.folder import load_skill, read_record, skill_names

HELP = """List the skills that were taught (./clap teach), or tell about one.

  ./clap skills
  ./clap skills lift_seat
  ./clap skills test lift_seat
  ./clap skills remove lift_seat"""

_DAMAGED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("name", nargs="?", default="", help="tell about this one")
    add_skills_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Tell; 1 if one is damaged."""
    console = Console(highlight=False, soft_wrap=True)
    if args.name:
        skill = load_skill(args.skills, args.name)
        console.print(f"{args.name}, of {skill.record.episodes} demonstrations")
        for template in skill.plans:
            console.print(f'"{template.say}": {", ".join(step.text for step in template.plan)}')
        if skill.record.steps:
            console.print(table_of(skill.record.steps))
        return 0
    names = skill_names(args.skills)
    if not names:
        console.print(f"no skills in {args.skills}; teach one: ./clap teach --help")
    damaged: list[ClapError] = []
    table = Table("skill", "demonstrations", "say", box=None)
    for name in names:
        try:
            record = read_record(args.skills, name)
            table.add_row(name, str(record.episodes), ", ".join(record.say))
        except ClapError as error:
            damaged.append(error)
    if table.rows:
        console.print(table)
    for one in damaged:
        console.print(one.message, markup=False)
    return _DAMAGED if damaged else 0
