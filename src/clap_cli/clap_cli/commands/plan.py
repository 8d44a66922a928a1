"""``clap plan``: show how an instruction is taken apart. Needs no ROS and moves nothing."""

from __future__ import annotations

import argparse
import json
import sys

from rich.console import Console
from rich.table import Table

from clap_cli.backend_settings import add_set_argument, chosen_settings
from clap_core.backends import PLANNERS, create
from clap_core.errors import ClapError
from clap_core.plan_schema import check_plan, plan_to_dict
from clap_core.task_types import SubTask

HELP = "show how an instruction is taken apart; nothing moves"

_DECLINED = 2
_FILE_WIDTH = 160


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("instruction", nargs="+", help="the sentence, e.g. 'pick up the red mug'")
    parser.add_argument("--backend", default="learned", help="planner to ask (%(default)s)")
    add_set_argument(parser)
    parser.add_argument("--json", action="store_true", help="print only one line of JSON")


def run(args: argparse.Namespace) -> int:
    """Plan and print; 0 on success, 2 with the reason otherwise."""
    instruction = " ".join(args.instruction)
    try:
        planner = create(PLANNERS, args.backend, chosen_settings(PLANNERS, args.backend, args.set))
        plan = check_plan(instruction, planner.plan(instruction))
    except ClapError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            f"{error.code.name}: {error.message}", style="red", markup=False
        )
        if args.json:
            print(
                json.dumps(
                    {
                        "instruction": instruction,
                        "error_code": error.code.name,
                        "error_msg": error.message,
                    }
                )
            )
        return _DECLINED
    if args.json:
        print(json.dumps({**plan_to_dict(instruction, plan), "planned_by": planner.planned_by}))
    else:
        # Rich takes 80 columns for what is no terminal, and would break lines in a file.
        width = None if sys.stdout.isatty() else _FILE_WIDTH
        console = Console(highlight=False, width=width)
        console.print(_table(plan))
        console.print(f"planned by {planner.planned_by}", style="dim", markup=False)
    return 0


def _table(plan: tuple[SubTask, ...]) -> Table:
    table = Table("", "action", "object", "part", "relation", "reference", "in words", box=None)
    for number, subtask in enumerate(plan, 1):
        table.add_row(
            str(number),
            subtask.action.value,
            subtask.object,
            subtask.part,
            subtask.relation.value.replace("_", " "),
            subtask.reference,
            subtask.text,
        )
    return table
