"""Trains all runs of the ladder, several at a time, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from clap_core.errors import ClapError, ErrorCode
from clap_learning.checksums import SUMS_FILE

LOG_FILE = "train.log"


@dataclass(frozen=True)
class Training:
    """A run of the ladder; its folder is named after it."""

    variant: str
    seed: int

    @property
    def name(self) -> str:
        """As ``full-0``."""
        return f"{self.variant}-{self.seed}"


def runs_of(variants: Iterable[str], seeds: Iterable[int]) -> list[Training]:
    """Seed by seed, so that an unfinished ladder compares whole seeds."""
    variants = list(variants)
    return [Training(variant, seed) for seed in seeds for variant in variants]


def train_ladder(
    config: Path, scenes: Path, features: Path, runs_folder: Path, runs: list[Training], jobs: int
) -> None:
    """Train what is not there yet. Interrupted, each run goes on where it was the next time.

    Args:
        config: file of the recipe.
        scenes: folder of shards.
        features: folder for the teachers' features.
        runs_folder: a run's folder is ``<runs_folder>/<variant>-<seed>``.
        runs: which.
        jobs: processes at a time.

    Raises:
        ClapError: INTERNAL, naming the run that failed and its log.
    """
    missing = [run for run in runs if not (runs_folder / run.name / SUMS_FILE).is_file()]
    with (
        tqdm(total=len(runs), initial=len(runs) - len(missing), unit="run") as bar,
        ThreadPoolExecutor(max(1, jobs)) as pool,
    ):
        waiting = {
            pool.submit(_train, config, scenes, features, runs_folder / run.name, run): run
            for run in missing
        }
        for done in as_completed(waiting):
            if done.result() != 0:
                pool.shutdown(wait=False, cancel_futures=True)
                log = runs_folder / waiting[done].name / LOG_FILE
                raise ClapError(
                    ErrorCode.INTERNAL,
                    f"the run {waiting[done].name} failed: {_last_line(log)}",
                    f"Read {log}; the same command goes on with the other runs",
                )
            bar.update()


def _train(config: Path, scenes: Path, features: Path, folder: Path, run: Training) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    arguments = [
        sys.executable, "-m", "clap_learning.pretraining", str(config),
        "--scenes", str(scenes), "--features", str(features), "--out", str(folder),
        "--variant", run.variant, "--seed", str(run.seed),
    ]  # fmt: skip
    with (folder / LOG_FILE).open("a") as log:
        return subprocess.run(arguments, stdout=log, stderr=log, check=False).returncode


def _last_line(log: Path) -> str:
    lines = log.read_text().strip().splitlines()
    return lines[-1] if lines else "no word"
