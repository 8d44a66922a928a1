"""``clap data info``: what episodes there are, and whether they are whole."""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from clap_core.errors import ClapError
from clap_data.episodes import EpisodeFile, EpisodeFolder, EpisodeRecord

HELP = "show what episodes a folder holds, or what an episode is; checks every file"

_DAMAGED = 1
_FILE_WIDTH = 160
_MB = 1e6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("path", type=Path, help="a folder of episodes, or one episode")


def run(args: argparse.Namespace) -> int:
    """Print it; 0 if all files are whole, else 1."""
    # Rich takes 80 columns for what is no terminal, and would break lines in a file.
    width = None if sys.stdout.isatty() else _FILE_WIDTH
    console = Console(highlight=False, width=width)
    if args.path.is_file():
        with EpisodeFile(args.path) as episode:
            episode.check()
            _show_episode(console, episode.record, args.path)
        return 0
    return _show_folder(console, EpisodeFolder(args.path))


@dataclass
class _Tally:
    """Of one variation.

    Attributes:
        key_poses: of each episode.
        size: of all files, bytes.
        instructions: in different words.
        failures: episodes that did not succeed.
    """

    key_poses: list[int] = field(default_factory=list)
    size: int = 0
    instructions: set[str] = field(default_factory=set)
    failures: int = 0


def _show_folder(console: Console, folder: EpisodeFolder) -> int:
    tallies: dict[tuple[str, str], _Tally] = defaultdict(_Tally)
    broken: list[str] = []
    for path in folder.paths:
        try:
            with EpisodeFile(path) as episode:
                episode.check()
                record = episode.record
        except ClapError as error:
            broken.append(error.message)
            continue
        tally = tallies[record.variation or record.source, record.split]
        tally.key_poses.append(record.key_poses)
        tally.size += path.stat().st_size
        tally.instructions.add(record.instruction)
        tally.failures += record.success is False
    console.print(_table(tallies))
    episodes = sum(len(tally.key_poses) for tally in tallies.values())
    size_mb = sum(tally.size for tally in tallies.values()) / _MB
    console.print(f"{episodes} episodes, {size_mb:.1f} MB, {len(broken)} files not readable")
    for reason in broken:
        print(reason, file=sys.stderr)
    return _DAMAGED if broken else 0


def _table(tallies: dict[tuple[str, str], _Tally]) -> Table:
    table = Table("variation", "split", box=None)
    for heading in ("episodes", "key poses", "wordings", "not successful", "MB", "MB each"):
        table.add_column(heading, justify="right")
    for (variation, split), tally in sorted(tallies.items()):
        count = len(tally.key_poses)
        low, high = min(tally.key_poses), max(tally.key_poses)
        table.add_row(
            escape(variation),
            escape(split),
            str(count),
            str(low) if low == high else f"{low} to {high}",
            str(len(tally.instructions)),
            str(tally.failures),
            f"{tally.size / _MB:.1f}",
            f"{tally.size / _MB / count:.2f}",
        )
    return table


def _show_episode(console: Console, record: EpisodeRecord, path: Path) -> None:
    outcome = {True: "successful", False: "not successful", None: "not judged"}[record.success]
    cameras = ", ".join(
        f"{camera.name} {camera.width}x{camera.height}" for camera in record.cameras
    )
    said = [
        f'"{record.instruction}"',
        f"{record.source} {record.variation} {record.split}, seed {record.seed}, {outcome}",
        f"{record.key_poses} key poses, {path.stat().st_size / _MB:.2f} MB, cameras: {cameras}",
        f"written by {record.software}",
    ]
    for line in said:
        console.print(line, markup=False, soft_wrap=True)
    table = Table("", "sub-task", "keypoint m", "key pose", "motion", "hand", "to m", box=None)
    for number, look in enumerate(record.looks[:-1]):
        key, subtask = look.key_pose, record.subtask_at(number)
        assert key is not None
        begins = subtask is not None and subtask.key_poses[0] == number
        table.add_row(
            str(number),
            escape(subtask.text) if subtask is not None and begins else "",
            _numbers(subtask.keypoint_m) if subtask is not None and begins else "",
            escape(key.text),
            key.motion,
            key.gripper,
            _numbers(tuple(row[3] for row in key.base_T_tcp[:3])),
        )
    console.print(table)


def _numbers(values: tuple[float, ...] | None) -> str:
    return " ".join(f"{value:.3f}" for value in values) if values else ""
