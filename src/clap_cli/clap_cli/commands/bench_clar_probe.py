"""``clap bench clar-probe``: what pre-training is worth, by small probes on held-out scenes."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from clap_bench.pretraining.held_out import PROBE, TRAIN
from clap_bench.pretraining.production import orders, produce
from clap_bench.suite.scoring.files import check_writable, make_folder, write_json
from clap_cli.commands.train_clar_ladder import DEFAULT_CONFIG
from clap_cli.installed import installed
from clap_cli.progress_bar import progress_bar
from clap_core.errors import ClapError, ErrorCode
from clap_core.processes import in_processes
from clap_data.scenes import SUFFIX
from clap_learning.clar.config import ENCODERS, encoder_config
from clap_learning.clar.inference import ENGINES
from clap_learning.data.teacher_cache import features_beside
from clap_learning.pretraining.ladder import runs_of, train_ladder
from clap_learning.pretraining.variants import VARIANTS
from clap_learning.probes import collection, models, report
from clap_learning.probes.bench import ProbeResult
from clap_learning.probes.classes import CLASSES
from clap_learning.probes.clouds import CloudsConfig
from clap_learning.probes.division import Division, divide
from clap_learning.probes.fit import FitConfig
from clap_learning.probes.work import Measurement, ProbeSetting, carry_out

HELP = """Put small probes on frozen point-cloud encoders and print the ladder: segmentation (mIoU)
and keypoints (cm), with all labels and with few, mean and spread over three seeds, and how much is
lost when the cameras are turned around the table (docs/clar-probe.md).

Scenes, and the clouds made of them, are made where they are missing. Pre-trained models are taken
from --runs; those that are not there are listed as missing, and all others are measured.

  ./clap bench clar-probe --json
  ./clap bench clar-probe --train --json          # everything from nothing; hours on two cores
  ./clap bench clar-probe --runs out/clar-ladder --scenes out/probe-scenes --out out/probe.json"""

SCENES = 700
"""175 compositions: 75 teach, 25 choose, 75 score."""

TRAIN_SCENES = 20_000

_MAKE_RUNS = "./clap train clar-ladder --scenes SCENES --runs {runs}"
_FILE_WIDTH = 160


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add = parser.add_argument
    add("--runs", type=Path, default=Path("out/clar-ladder"), metavar="DIR",
        help="pre-trained models, <variant>-<seed>/ (%(default)s)")  # fmt: skip
    add("--train", action="store_true",
        help="first make and train what is missing of scenes and models")  # fmt: skip
    add("--train-scenes", type=Path, default=Path("out/scenes"), metavar="DIR",
        help="with --train: of the split train; made if there are none (%(default)s)")  # fmt: skip
    add("--shipped", type=Path, default=installed("models", "clar-tiny"), metavar="DIR",
        help="one more, in a row of its own (%(default)s)")  # fmt: skip
    add("--also", type=Path, nargs="+", default=[], metavar="DIR",
        help="more folders of weights, each in a row that has the folder's name")  # fmt: skip
    add("--engines", nargs="+", choices=[*ENGINES], default=[], metavar="ENGINE",
        help="score the shipped weights' probes with the tokens of these engines, too: "
        f"{', '.join(ENGINES)}")  # fmt: skip
    add("--only", nargs="+", choices=models.LADDER, default=models.LADDER, metavar="MODEL",
        help=f"only these rows: {', '.join(models.LADDER)} (all)")  # fmt: skip
    add("--seeds", type=int, default=len(models.SEEDS), metavar="N",
        help="seeds of each row (%(default)s)")  # fmt: skip
    add("--scenes", type=Path, default=Path("out/probe-scenes"), metavar="DIR",
        help="of the split probe; made if there are none (%(default)s)")  # fmt: skip
    add("--cache", type=Path, default=Path("out/probe-cache"), metavar="DIR",
        help="where the clouds are kept (%(default)s)")  # fmt: skip
    add("--out", type=Path, default=Path("out/clar-probe.json"), metavar="FILE",
        help="where the figures go, too (%(default)s)")  # fmt: skip
    add("--encoder", default="clar-tiny", metavar="NAME",
        help=f"sizes of random and scratch: {', '.join(ENCODERS)} (%(default)s)")  # fmt: skip
    add("--jobs", type=int, default=os.cpu_count() or 1, metavar="J",
        help="processes (default: one a core)")  # fmt: skip
    add("--json", action="store_true", help="print only the JSON line")


def run(args: argparse.Namespace) -> int:
    """Measure and print; the last line of output is JSON. 0 even if models are missing."""
    encoder_config(args.encoder)
    if args.jobs < 1:
        raise ClapError(
            ErrorCode.INVALID_REQUEST, f"--jobs is {args.jobs}", "Give a number from 1 on"
        )
    if args.seeds < 1:
        raise ClapError(
            ErrorCode.INVALID_REQUEST, f"--seeds is {args.seeds}", "Give a number from 1 on"
        )
    make_folder(args.out.parent)
    check_writable(args.out)
    began = time.monotonic()
    if args.train:
        _train(args.train_scenes, args.runs, args.jobs)
    with progress_bar(Console(stderr=True)) as bar:
        _provide_scenes(args.scenes, PROBE, SCENES, args.jobs, bar)
        division = divide(collection.records(args.scenes))
        clouds = _provide_clouds(args.scenes, args.cache, division, bar)
        setting = ProbeSetting(clouds, division, args.encoder, FitConfig())
        plan = models.planned_measurements(
            args.runs, args.shipped, range(args.seeds), args.only, args.also, args.engines
        )
        results = _measure(plan, setting, args.jobs, bar)
    figures = summary(results, plan, setting, args.runs)
    figures["seconds"] = round(time.monotonic() - began)
    write_json(figures, args.out)
    if not args.json:
        show(figures)
    print(json.dumps(figures))
    return 0


def summary(
    results: list[ProbeResult], plan: models.Plan, setting: ProbeSetting, runs: Path
) -> dict[str, Any]:
    """All figures as plain values."""
    rows = report.ladder(results)
    division = setting.division
    return {
        "ladder": rows,
        "holds": report.holds(rows),
        "viewpoint": report.viewpoint(results),
        "missing": [folder.name for folder in plan.missing],
        "make_missing": _MAKE_RUNS.format(runs=runs) if plan.missing else "",
        "scenes": {name: len(getattr(division, name)) for name in ("train", "few", "val", "test")},
        "classes": list(CLASSES),
        "fit": setting.fit.model_dump(),
    }


def show(figures: dict[str, Any]) -> None:
    """Print the tables."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_FILE_WIDTH)
    scenes = figures["scenes"]
    console.print(_ladder_table(figures))
    if figures["viewpoint"]:
        console.print(_viewpoint_table(figures["viewpoint"]))
    console.print(
        f"{scenes['train']} scenes teach ({scenes['few']} where labels are few), {scenes['val']} "
        f"choose, {scenes['test']} score."
    )
    for name, pairs in figures["holds"].items():
        if name != "all":
            told = ", ".join(f"{key} {_verdict_text(one)}" for key, one in pairs.items())
            console.print(f"{name.replace('_', ' ')}: {told}")
    if figures["missing"]:
        console.print(
            f"Missing: {', '.join(figures['missing'])}. They are made by: {figures['make_missing']}"
        )


def _train(scenes: Path, runs: Path, jobs: int) -> None:
    with progress_bar(Console(stderr=True)) as bar:
        _provide_scenes(scenes, TRAIN, TRAIN_SCENES, jobs, bar)
    train_ladder(
        DEFAULT_CONFIG,
        scenes,
        features_beside(scenes),
        runs,
        runs_of(VARIANTS, models.SEEDS),
        jobs,
    )


def _provide_scenes(folder: Path, split: str, count: int, jobs: int, bar: Progress) -> None:
    if folder.is_dir() and any(folder.rglob(f"*{SUFFIX}")):
        return
    row = bar.add_task(f"{split} scenes", total=count)
    with contextlib.closing(produce(orders(split, count, 0, folder), jobs)) as making:
        for outcome in making:
            bar.update(row, advance=outcome.order.count)


def _provide_clouds(folder: Path, cache: Path, division: Division, bar: Progress) -> Path:
    config = CloudsConfig()
    path = collection.cache_path(folder, cache, config)
    if not path.exists():
        total = len(division.train | division.val | division.test)
        row = bar.add_task("clouds", total=total)
        collection.save(path, collection.make(folder, division, config, lambda: bar.advance(row)))
    return path


def _measure(
    plan: models.Plan, setting: ProbeSetting, jobs: int, bar: Progress
) -> list[ProbeResult]:
    row = bar.add_task("models", total=len(plan.runs))
    results = []
    work = [Measurement(run, setting) for run in plan.runs]
    with contextlib.closing(in_processes(carry_out, work, jobs)) as measured:
        for result in measured:
            results.append(result)
            told = f"{result.run.model} {result.run.seed}"
            bar.update(row, advance=1, description=f"models; {told} is done")
    # As they come depends on the machine; the figures must not.
    return sorted(results, key=lambda result: result.run.seed)


def _ladder_table(figures: dict[str, Any]) -> Table:
    table = Table(title="Probes on held-out scenes, objects and cameras")
    table.add_column("model")
    for title in ("mIoU %", "keypoint cm", "median cm", "mIoU %, few", "keypoint cm, few"):
        table.add_column(title, justify="right")
    for row in figures["ladder"]:
        table.add_row(
            row["model"] if row["frozen"] else f"{row['model']} (trained)",
            _cell(row["miou"], 100.0),
            _cell(row["keypoint_cm"]),
            _cell(row["keypoint_median_cm"]),
            _cell(row["miou_few"], 100.0),
            _cell(row["keypoint_cm_few"]),
        )
    return table


def _viewpoint_table(rows: list[dict[str, Any]]) -> Table:
    table = Table(title="Cameras turned around the table, probes taught at 0 degrees")
    table.add_column("model")
    table.add_column("cameras")
    for rotation in rows[0]["rotations"]:
        table.add_column(f"mIoU % {rotation}°", justify="right")
        table.add_column(f"cm {rotation}°", justify="right")
    for row in rows:
        cells = []
        for figures in row["rotations"].values():
            cells += [_cell(figures["miou"], 100.0), _cell(figures["keypoint_cm"])]
        table.add_row(row["model"], row["cameras"], *cells)
    return table


def _cell(figure: dict[str, Any], scale: float = 1.0) -> str:
    if figure["mean"] is None:
        return "-"
    spread = "" if figure["std"] is None else f" ± {scale * figure['std']:.1f}"
    return f"{scale * figure['mean']:.1f}{spread}"


def _verdict_text(one: dict[str, Any]) -> str:
    if one["holds"] is None:
        return "not known"
    return f"{'yes' if one['holds'] else 'no'} (by {one['by']:g}, spread {one['spread']:g})"
