"""The folder of a run: its config, its checkpoint, its history, and in the end its weights."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accelerate import Accelerator

from clap_core.errors import ClapError, ErrorCode
from clap_learning.pretraining.config import PretrainingConfig

RUN_FILE = "run.json"
HISTORY_FILE = "history.jsonl"
PLOT_FILE = "losses.png"
_CHECKPOINT = "checkpoint"
_OLD_CHECKPOINT = f"{_CHECKPOINT}.old"
_PROGRESS_FILE = "progress.json"

Line = dict[str, float]
"""One line of the history: ``step``, each loss, ``total``, ``learning_rate``, ..."""


@dataclass(frozen=True)
class PretrainingProgress:
    """How far a run is.

    Attributes:
        step: batches that each process had.
        busy_s: time spent in training.
        processes: that trained together.
    """

    step: int = 0
    busy_s: float = 0.0
    processes: int = 1


class RunFolder:
    """Where a run is kept.

    Args:
        path: of the folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, config: PretrainingConfig, scenes: int, processes: int) -> PretrainingProgress:
        """Make the folder, or take a run up that was begun in it.

        Args:
            config: of the run.
            scenes: how many it is trained on.
            processes: that train together.

        Raises:
            ClapError: INVALID_REQUEST when another run, or as many processes as would see other
                batches, began in this folder.
        """
        said = {"config": config.model_dump(mode="json"), "scenes": scenes}
        file = self.path / RUN_FILE
        if not file.exists():
            self.path.mkdir(parents=True, exist_ok=True)
            _write(file, json.dumps(said, indent=2))
            return PretrainingProgress(processes=processes)
        before = json.loads(file.read_text())
        unlike = _unlike(before, said)
        if unlike:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"{self.path} holds another run: {', '.join(unlike)} differ",
                "Choose another --out, or give the config and scenes that it was begun with",
            )
        progress = self.progress()
        if progress.step and progress.processes != processes:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the run in {self.path} was begun by {progress.processes} processes, not "
                f"{processes}",
                "Go on with as many, or choose another --out",
            )
        return PretrainingProgress(progress.step, progress.busy_s, processes)

    def progress(self) -> PretrainingProgress:
        """How far the checkpoint is; zeros if there is none."""
        file = self._checkpoint / _PROGRESS_FILE
        return (
            PretrainingProgress(**json.loads(file.read_text()))
            if file.exists()
            else PretrainingProgress()
        )

    def save(self, accelerator: Accelerator, progress: PretrainingProgress) -> None:
        """Write the checkpoint; one that is being written never takes the last one's place."""
        new, old = self.path / f"{_CHECKPOINT}.new", self.path / _OLD_CHECKPOINT
        if accelerator.is_main_process:
            shutil.rmtree(new, ignore_errors=True)
        accelerator.wait_for_everyone()
        accelerator.save_state(str(new))
        accelerator.wait_for_everyone()
        if accelerator.is_main_process:
            _write(new / _PROGRESS_FILE, json.dumps(vars(progress)))
            current = self.path / _CHECKPOINT
            if current.exists():
                shutil.rmtree(old, ignore_errors=True)
                current.rename(old)
            new.rename(current)
            shutil.rmtree(old, ignore_errors=True)

    def load(self, accelerator: Accelerator) -> None:
        """Put everything back as it was when the checkpoint was written."""
        accelerator.load_state(str(self._checkpoint))

    @property
    def _checkpoint(self) -> Path:
        """The last one: the old one, if `save` was ended between moving it away and its end."""
        current = self.path / _CHECKPOINT
        return current if current.exists() else self.path / _OLD_CHECKPOINT

    def history(self, until: int | None = None) -> list[Line]:
        """The lines of the history up to a step; a line that was cut off is left out."""
        file = self.path / HISTORY_FILE
        lines = []
        for text in file.read_text().splitlines() if file.exists() else []:
            try:
                line = json.loads(text)
            except json.JSONDecodeError:
                continue
            if until is None or line["step"] <= until:
                lines.append(line)
        return lines

    def rewind(self, step: int) -> None:
        """Forget what the history tells of steps after the checkpoint: they come again."""
        kept = self.history(step)
        _write(self.path / HISTORY_FILE, "".join(json.dumps(line) + "\n" for line in kept))

    def tell(self, line: Line) -> None:
        """Add a line to the history."""
        with (self.path / HISTORY_FILE).open("a") as file:
            file.write(json.dumps(line) + "\n")


def _write(file: Path, text: str) -> None:
    new = file.with_name(f"{file.name}.new")
    new.write_text(text)
    os.replace(new, file)


def _unlike(before: dict[str, Any], after: dict[str, Any], at: str = "") -> list[str]:
    """Names of what differs, like ``config.optimiser.learning_rate``."""
    names = []
    for key in sorted(before.keys() | after.keys()):
        old, new, name = before.get(key), after.get(key), f"{at}{key}"
        if isinstance(old, dict) and isinstance(new, dict):
            names += _unlike(old, new, f"{name}.")
        elif old != new:
            names.append(name)
    return names
