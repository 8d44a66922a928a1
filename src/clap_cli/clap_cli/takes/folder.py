"""The folder of a demonstration's takes: numbered, never overwritten, of one recorder at a time."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from clap_core.errors import ClapError, ErrorCode
from clap_data.takes import Take, TakeOutcome
from clap_data.whole_files import PARTIAL, whole_file

DEMO_FILE = "demo.json"
LEAST_FREE_BYTES = 2_000_000_000
"""A take of half a minute of three cameras; with less room none is begun."""

_LOCK = ".lock"
_DIGITS = 6


class _Demo(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["clap-demo"] = "clap-demo"
    version: Literal[1] = 1
    instruction: str


class TakeFolder:
    """Where takes go; a context manager, which keeps other recorders out.

    While it is recorded, a take has a hidden name; then it gets its number, by a renaming.

    Args:
        path: of the folder; made if it is not there.
        instruction: what is shown; empty for the one that the folder has.

    Attributes:
        path: of the folder.
        instruction: what is shown in all of its takes.
        abandoned: takes that a recorder which was killed has left unfinished.

    Raises:
        ClapError: INVALID_REQUEST if it cannot be written, holds something else, or is of another
            instruction; BUSY if another recorder has it.
    """

    def __init__(self, path: Path, instruction: str = "") -> None:
        self.path = path
        self.instruction = instruction
        try:
            is_new = not path.exists() or not any(path.iterdir())
            if not (is_new or (path / DEMO_FILE).exists()):
                raise ClapError(
                    ErrorCode.INVALID_REQUEST,
                    f"{path} holds something, but no takes of `./clap record demo`",
                    "Choose another folder",
                )
            path.mkdir(parents=True, exist_ok=True)
            self._lock = self._locked()
        except OSError as error:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the folder {path} cannot be used: {error.strerror or error}",
                "Choose a folder that can be written",
            ) from error
        try:
            self._say_what()
        except BaseException:
            self._lock.close()
            raise
        self.abandoned = tuple(sorted(path.glob(f".*{PARTIAL}")))

    def __enter__(self) -> TakeFolder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.close()

    @property
    def takes(self) -> tuple[Path, ...]:
        """The takes that there are, in order."""
        return tuple(
            path for path in sorted(self.path.iterdir()) if path.is_dir() and path.name.isdigit()
        )

    def check_room(self) -> None:
        """Check that a take fits on the disk.

        Raises:
            ClapError: INVALID_REQUEST if it may not.
        """
        free = shutil.disk_usage(self.path).free
        if free < LEAST_FREE_BYTES:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the disk of {self.path} has {free / 1e9:.1f} GB left, and a take may need "
                f"{LEAST_FREE_BYTES / 1e9:.0f} GB",
                "Make room on it, or record to another disk",
            )

    def begin(self) -> tuple[int, Path]:
        """The number of the next take, and the folder to record it to, which is not made."""
        number = max((int(path.name) for path in self.takes), default=-1) + 1
        return number, self.path / f".{number:0{_DIGITS}d}.{os.getpid()}{PARTIAL}"

    def take(self, number: int) -> Path:
        """Where a take lies."""
        return self.path / f"{number:0{_DIGITS}d}"

    def keep(self, number: int, recorded: Path) -> Path:
        """Give a recorded take its number; nobody has judged it yet.

        Raises:
            ClapError: INVALID_REQUEST if it cannot be written; the recording stays where it is.
        """
        Take(instruction=self.instruction).write(recorded)
        path = self.take(number)
        try:
            recorded.rename(path)
        except OSError as error:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the take {recorded} cannot be named {path}: {error.strerror or error}",
                "Look who else writes to that folder, and rename the take yourself",
            ) from error
        return path

    def judge(self, take: Path, outcome: TakeOutcome) -> None:
        """Say how a take went.

        Raises:
            ClapError: INVALID_REQUEST if it cannot be written.
        """
        Take(instruction=self.instruction, outcome=outcome).write(take)

    def drop(self, take: Path) -> None:
        """Delete a take that is not wanted; it is gone at once or not at all."""
        going = self.path / f".{take.name.strip('.')}.{time.monotonic_ns()}.dropped"
        if take.exists():
            take.rename(going)
            shutil.rmtree(going, ignore_errors=True)

    def _locked(self) -> IO[bytes]:
        lock = (self.path / _LOCK).open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise ClapError(
                ErrorCode.BUSY,
                f"another `./clap record demo` records to {self.path}",
                "End it (its key for quitting, or Ctrl-C), or record to another folder",
            ) from error
        return lock

    def _say_what(self) -> None:
        path = self.path / DEMO_FILE
        if not path.exists():
            if not self.instruction:
                raise ClapError(
                    ErrorCode.INVALID_REQUEST,
                    f"nothing says what is shown in {self.path}",
                    'Give --instruction "..."',
                )
            with whole_file(path, "the demonstration's file") as stream:
                demo = _Demo(instruction=self.instruction)
                stream.write(demo.model_dump_json(indent=1).encode() + b"\n")
            return
        try:
            before = _Demo.model_validate_json(path.read_text()).instruction
        except (UnicodeDecodeError, ValidationError) as error:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"{path} is damaged: {' '.join(str(error).split())}",
                "Record to another folder; the takes that are there can still be taught with",
            ) from error
        if self.instruction and self.instruction != before:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the takes in {self.path} show '{before}', not '{self.instruction}'",
                "Record to another folder: one folder is one sentence",
            )
        self.instruction = before
