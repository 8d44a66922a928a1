"""Runs pip, apt and colcon: output to a log, their end awaited, Ctrl-C passed on."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from layout import SetupError

_END_TIMEOUT_S = 10.0


def run(
    command: Sequence[str],
    log: Path,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    on_line: Callable[[str], None] = lambda line: None,
    keep: Sequence[int] = (),
) -> bool:
    """Runs a command to its end.

    The command gets a process group of its own, so that it is this function that ends it when the
    user presses Ctrl-C, and nothing of it is left running.

    Args:
        command: program and arguments.
        log: file that its output is added to.
        environment: its environment; this process's if None.
        cwd: its folder.
        on_line: called with each line of output.
        keep: file descriptors it inherits; a lock among them is held as long as it lives.

    Returns:
        Whether it ended well.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        log.open("a", errors="replace") as file,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
            cwd=cwd,
            start_new_session=True,
            pass_fds=keep,
        ) as process,
    ):
        file.write(f"$ {' '.join(command)}\n")
        assert process.stdout is not None
        try:
            for line in process.stdout:
                file.write(line)
                file.flush()
                on_line(line.rstrip("\n"))
            return process.wait() == 0
        except BaseException:
            _end(process)
            raise


def _end(process: subprocess.Popen[str]) -> None:
    """Ends a process kindly, then whatever is left of its group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_END_TIMEOUT_S)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def failure(what: str, log: Path, telling: tuple[str, ...], cure: str) -> SetupError:
    """An error that quotes the lines of a log that tell why.

    Args:
        what: what failed.
        log: the whole output.
        telling: beginnings of the lines to quote; the last lines are quoted if none has one.
        cure: what to do.
    """
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    quoted = [line for line in lines if line.lstrip().startswith(telling)][-8:] or lines[-8:]
    quote = "\n".join(f"    {line}" for line in quoted)
    return SetupError(f"{what}:\n{quote}", f"{cure} Everything it said: {log}")
