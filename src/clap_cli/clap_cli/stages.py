"""Commands one after the other, each done once: an interrupted sequence is taken up again."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml
from pydantic import BaseModel, Field, TypeAdapter, ValidationError, field_validator

from clap_cli.command_table import find_command
from clap_core.errors import ClapError, ErrorCode

OUT = "{out}"
"""Stands for the folder of the whole in a stage's words."""

_DONE = "stages"


class PipelineStage(BaseModel, frozen=True, extra="forbid"):
    """One command.

    Attributes:
        name: of the stage.
        run: the command, as it would follow ``./clap``.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    run: str

    @field_validator("run")
    @classmethod
    def _check_command(cls, run: str) -> str:
        if find_command(shlex.split(run)) is None:
            raise ValueError(f"'./clap {run}' is no command")
        return run

    def words(self, out: Path) -> list[str]:
        """The command's words, with the folder put in."""
        return [word.replace(OUT, str(out)) for word in shlex.split(self.run)]


_FILE = TypeAdapter(tuple[PipelineStage, ...])


def read_stages(path: Path) -> tuple[PipelineStage, ...]:
    """The stages of a file.

    Raises:
        ClapError: INVALID_REQUEST if it cannot be read, names a command that does not exist, or two
            stages alike.
    """
    try:
        stages = _FILE.validate_python(yaml.safe_load(path.read_text()))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise _refused(path, " ".join(str(error).split())) from error
    names = [stage.name for stage in stages]
    if not names or len(set(names)) < len(names):
        raise _refused(path, f"its stages are called {', '.join(names) or 'nothing'}")
    return stages


def run_stages(
    stages: Sequence[PipelineStage],
    out: Path,
    run: Callable[[Sequence[str]], int],
    say: Callable[[str], None],
) -> None:
    """Run what was not run yet.

    A stage is run again if its command, or a file that the command names outside of `out`, has
    changed since, and with it all that follow.

    Args:
        stages: in their order.
        out: folder of the whole; what is done is noted in it.
        run: runs a command by its words; its exit status.
        say: told what happens.

    Raises:
        ClapError: INTERNAL if a command fails; what was done before stays done.
    """
    done = out / _DONE
    done.mkdir(parents=True, exist_ok=True)
    before = ""
    for number, stage in enumerate(stages, 1):
        words = stage.words(out)
        before = _digest(words, out, before)
        note = done / f"{stage.name}.json"
        told = f"{number} of {len(stages)}, {stage.name}"
        if _noted(note) == before:
            say(f"{told}: done before")
            continue
        say(f"{told}: ./clap {shlex.join(words)}")
        status = run(words)
        if status != 0:
            raise ClapError(
                ErrorCode.INTERNAL,
                f"stage '{stage.name}' ended with status {status}",
                "Mend what it says, and give the same command again: it goes on from there",
            )
        fresh = note.with_suffix(".partial")
        fresh.write_text(json.dumps({"command": words, "digest": before}) + "\n")
        fresh.replace(note)


def _digest(words: Sequence[str], out: Path, before: str) -> str:
    """Of a command, the files that it is given, and all that was done before."""
    digest = hashlib.sha256(before.encode())
    for word in words:
        digest.update(f"{word}\0".encode())
        path = Path(word)
        if path.is_file() and out not in path.parents:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _noted(note: Path) -> str:
    try:
        return str(json.loads(note.read_text())["digest"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _refused(path: Path, reason: str) -> ClapError:
    return ClapError(
        ErrorCode.INVALID_REQUEST,
        f"{path} is no list of stages: {reason}",
        "Compare it with config/learning/all.yaml",
    )
