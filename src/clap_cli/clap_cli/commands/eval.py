"""``clap eval``: score an agent on a suite of tasks."""

from __future__ import annotations

import argparse
import contextlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from clap_bench.steps.finding import find_step_suite
from clap_bench.suite.agents.agent import Mode
from clap_bench.suite.conditions import GEMBENCH, find_conditions
from clap_bench.suite.scoring.files import check_writable, write_json
from clap_bench.suite.scoring.play import Terms, Trial, TrialResult
from clap_bench.suite.scoring.players import check_agent_of, settings_group
from clap_bench.suite.scoring.report import summary
from clap_bench.suite.scoring.suites import ALL, STEP_SUITES, Listing, choose, find_listing
from clap_bench.suite.scoring.workers import play_all
from clap_bench.suite.seeds import scoring_seed
from clap_cli.backend_settings import add_set_argument, chosen_settings
from clap_core.errors import ClapError, ErrorCode

HELP = """Let an agent play episodes of a suite and count its successes.

Agents: expert, baseline, random, idle, wrong-object, whatever is installed under the entry-point
group clap.agents, and module:attribute for one of your own. The same seeds give the same file, to
the byte, whatever --jobs is. The suite metaworld is played in small steps, by expert, random, idle
and step policies (./clap setup --with metaworld; docs/metaworld.md).

  ./clap eval --agent baseline --level L1 --jobs 2 --json out/l1.json
  ./clap eval --agent learned --set skills=skills --variation toilet_seat_up+0
  ./clap eval --agent expert --variation push_button+3 --seed 7 --episodes 1 --videos out
  ./clap eval --suite metaworld --agent step --set weights=out/step --tasks drawer-open reach"""

_FILE_WIDTH = 160


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add = parser.add_argument
    add("--suite", default="gembench", help="the tasks (%(default)s)")
    add("--agent", default="baseline", help="who plays (%(default)s)")
    add_set_argument(parser)
    add("--level", default="", help="L1, L2, L3, L4, all, or train: the variations of L1; of "
        "metaworld easy, medium, hard, very-hard, all")  # fmt: skip
    add("--variation", action="append", default=[], metavar="V", help="only this one; repeatable")
    add("--tasks", nargs="+", default=[], metavar="T", help="the same, several at once")
    add("--instruction", default="", help="say this instead of the tasks' own wordings")
    add("--episodes", type=int, default=20, metavar="N", help="of each variation (%(default)s)")
    add("--seed", type=int, default=0, metavar="S", help="of each variation's first episode; the "
        "others have the next numbers (%(default)s)")  # fmt: skip
    add("--mode", default="auto", help="auto; gt-plan: the agent is given the true sub-tasks; "
        "gt-all: and where each happens (%(default)s)")  # fmt: skip
    add("--conditions", default=GEMBENCH.name, help="gembench: as published; lab: a D435's noise "
        "and holes, cameras 5 mm and 0.5 degrees off, clutter, bolder tables and lights, other "
        "words (%(default)s)")  # fmt: skip
    add("--jobs", type=int, default=1, metavar="J", help="processes (%(default)s)")
    add("--json", type=Path, metavar="FILE", help="write the figures to this file")
    add("--videos", type=Path, metavar="DIR", help="write a video of each failure to this folder")
    add("--list", action="store_true", help="name the variations, with instructions, and end")


def run(args: argparse.Namespace) -> int:
    """Score and print; 0 when all was played, however it went."""
    suite = find_listing(args.suite)
    args.variation += args.tasks
    if args.list:
        level = args.level or ("" if args.variation else ALL)
        _list(suite, choose(suite, level, tuple(args.variation)))
        return 0
    if args.suite in STEP_SUITES:
        _check_options_of_steps(args)
    trials = _trials(suite, args)
    terms = _terms(args)
    if args.json:
        check_writable(args.json)
    start_s = time.monotonic()
    results = _play(trials, terms, args.jobs)
    wall_s = time.monotonic() - start_s
    data = summary(
        results,
        trials,
        terms,
        title=suite.TITLE,
        level=args.level,
        episodes=args.episodes,
        seed=args.seed,
        moves=suite.MOVES,
    )
    _console().print(_table(data, suite.MOVES))
    print(
        f"{data['suite']}, agent {data['agent']}: success {_percent(data)} of {len(trials)} "
        f"episodes in {wall_s:.0f} s ({3600 * len(trials) / wall_s:.0f} an hour)"
    )
    if args.json:
        write_json(data, args.json)
        print(f"figures in {args.json}")
    return 0


def _trials(suite: Listing, args: argparse.Namespace) -> list[Trial]:
    """The episodes to play; raises ClapError for what does not exist."""
    chosen = choose(suite, args.level, tuple(args.variation))
    for option in ("episodes", "jobs"):
        value = getattr(args, option)
        if value < 1:
            raise _invalid(f"--{option} is {value}", "Give a number from 1 on")
    seeds = [scoring_seed(args.seed, index) for index in range(args.episodes)]
    return [Trial(variation, seed) for variation in chosen for seed in seeds]


def _terms(args: argparse.Namespace) -> Terms:
    """How they are played; raises ClapError for what does not exist."""
    modes = [mode.value for mode in Mode]
    if args.mode not in modes:
        raise _invalid(f"there is no mode '{args.mode}'", f"Choose one of: {', '.join(modes)}")
    check_agent_of(args.suite, args.agent)
    if args.set and ":" in args.agent:
        raise _invalid(
            f"--set is for installed agents, and '{args.agent}' is made without settings",
            "Leave --set out, or register the agent in the entry-point group clap.agents",
        )
    group = settings_group(args.suite)
    settings = chosen_settings(group, args.agent, args.set) if args.set else None
    words = args.instruction.strip()
    conditions = args.suite
    if args.suite in STEP_SUITES:
        find_step_suite(args.suite).check()
    else:
        conditions = find_conditions(args.conditions).name
    return Terms(args.suite, args.agent, Mode(args.mode), conditions, words, args.videos, settings)


def _check_options_of_steps(args: argparse.Namespace) -> None:
    """Refuse what only suites of key poses have; raises ClapError."""
    for option, given in (
        ("--mode", args.mode != Mode.AUTO.value),
        ("--conditions", args.conditions != GEMBENCH.name),
        ("--videos", args.videos is not None),
    ):
        if given:
            raise _invalid(
                f"{option} is for suites of key poses, and '{args.suite}' is played in small steps",
                f"Leave {option} out",
            )


def _play(trials: Sequence[Trial], terms: Terms, jobs: int) -> list[TrialResult]:
    results: list[TrialResult] = []
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    console = Console(stderr=True)
    with (
        Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress,
        contextlib.closing(play_all(trials, terms, jobs)) as played,
    ):
        bar = progress.add_task("starting", total=len(trials))
        for result in played:
            results.append(result)
            share = sum(one.success for one in results) / len(results)
            text = f"{result.variation} seed {result.seed}; success {100 * share:.1f} %"
            progress.update(bar, advance=1, description=text)
            if result.trace:
                told = f"{result.variation} seed {result.seed}: {result.reason}"
                progress.console.print(Text(told, "red"), soft_wrap=True)
    return results


def _invalid(reason: str, cure: str) -> ClapError:
    return ClapError(ErrorCode.INVALID_REQUEST, reason, cure)


def _list(suite: Listing, variations: Sequence[str]) -> None:
    table = Table("level", "variation", "instruction", box=None)
    for name in variations:
        table.add_row(suite.level_of(name), name, suite.instruction(name))
    _console().print(table)


def _table(data: dict[str, Any], moves: str) -> Table:
    told = moves.replace("_", " ")
    table = Table("variation", "success", "95 %", told, "failed seeds", box=None)
    for name, one in data["variations"].items():
        low, high = one["ci95"]
        table.add_row(
            name,
            f"{100 * one['success']:.0f} %",
            f"{100 * low:.0f} .. {100 * high:.0f}",
            "-" if one[moves] is None else f"{one[moves]:.1f}",
            " ".join(map(str, one["failed_seeds"])),
        )
    return table


def _percent(data: dict[str, Any]) -> str:
    low, high = data["ci95"]
    return (
        f"{100 * data['success']:.1f} % (95 %: {100 * low:.1f} .. {100 * high:.1f}, "
        f"{data['ci95_method']})"
    )


def _console() -> Console:
    # Rich takes 80 columns for what is no terminal, and would break lines in a file.
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_FILE_WIDTH)
