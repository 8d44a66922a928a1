"""Starts the processes of a description, looks after them and ends them all.

One asyncio loop, one task per process. Each process leads a session of its own, so that a signal
reaches what it started too, and a Ctrl-C in the terminal goes to the runner alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from clap_launch.command_line import command_line
from clap_launch.description import Description, ProcessSpec
from clap_launch.events import (
    Event,
    LaunchMessage,
    OutputLine,
    ProcessExited,
    ProcessFailedToStart,
    ProcessStarted,
    ShutdownStarted,
)
from clap_launch.guardian import LAUNCH_ID_VARIABLE, Guardian

_LINE_LIMIT_BYTES = 1 << 20
_EXIT_POLL_S = 0.05
_PIPES_CLOSE_S = 1.0
_SIGKILL_REACHES_S = 2.0


@dataclass
class Running:
    """The state of one process.

    Args:
        spec: what it is.
        pid: its process id while it runs, else None.
        starts: how often it was started.
        return_code: of its last end.
    """

    spec: ProcessSpec
    pid: int | None = None
    starts: int = 0
    return_code: int | None = None


@dataclass
class Supervisor:
    """Runs one description from start to end; everything in one thread.

    Args:
        description: what to run.
        folder: where the processes' parameter files are written.
        listener: called with each event, in the loop's thread; must return at once.
    """

    description: Description
    folder: Path
    listener: Callable[[Event], None]
    running: dict[str, Running] = field(init=False)
    failed: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.running = {spec.label: Running(spec) for spec in self.description.processes}
        self._stop_requested = asyncio.Event()
        self._listener_failed = False
        self._launch_id = uuid.uuid4().hex

    async def run(self) -> None:
        """Run until every process has ended, then make sure that none is left."""
        guardian = Guardian(self._launch_id)
        try:
            await self._run_all()
        finally:
            guardian.close()  # blocks, but nothing else is left to do

    def request_shutdown(self, reason: str, is_error: bool = False) -> None:
        """Begin to end everything; more requests change nothing."""
        if not self._stop_requested.is_set():
            self.failed = self.failed or is_error
            self._emit(ShutdownStarted(reason, is_error))
            self._stop_requested.set()

    def _emit(self, event: Event) -> None:
        """Pass an event on; a listener that fails (a closed terminal, say) ends the launch."""
        if self._listener_failed:
            return
        try:
            self.listener(event)
        except Exception as error:
            self._listener_failed = True
            self.request_shutdown(f"its listener failed: {error!r}", is_error=True)

    def signal(self, label: str, number: signal.Signals) -> bool:
        """Send a signal to one process alone; False where it does not run.

        Raises:
            KeyError: no process has this label.
        """
        pid = self.running[label].pid
        if pid is None:
            return False
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        return True

    async def _run_all(self) -> None:
        tasks = [asyncio.create_task(self._run_with_respawns(r)) for r in self.running.values()]
        messages = self.description.messages
        extras = [asyncio.create_task(self._emit_later(m.text, m.after_s)) for m in messages]
        shutdown = self.description.shutdown
        if shutdown is not None:
            later = self._shut_down_later(shutdown.reason, shutdown.after_s)
            extras.append(asyncio.create_task(later))
        try:
            # A shutdown tag keeps the launch alive until its time, as a pending timer does.
            await asyncio.gather(*tasks, *extras)
        finally:
            for task in (*tasks, *extras):
                task.cancel()

    async def _emit_later(self, text: str, after_s: float) -> None:
        if not await self._stopped_within(after_s):
            self._emit(LaunchMessage(text))

    async def _shut_down_later(self, reason: str, after_s: float) -> None:
        if not await self._stopped_within(after_s):
            self.request_shutdown(reason)

    async def _stopped_within(self, seconds: float) -> bool:
        """Wait that long; True as soon as the launch is to end."""
        if seconds <= 0.0:
            return self._stop_requested.is_set()
        stop = asyncio.create_task(self._stop_requested.wait())
        await asyncio.wait((stop,), timeout=seconds)
        stop.cancel()
        return self._stop_requested.is_set()

    async def _run_with_respawns(self, state: Running) -> None:
        """Start a process, and again as long as it is to respawn."""
        spec = state.spec
        if await self._stopped_within(spec.start_after_s):
            return
        again = True
        while again:
            again = await self._run_once(state)
            if again and await self._stopped_within(spec.respawn_delay_s):
                return

    async def _run_once(self, state: Running) -> bool:
        """Run a process to its end; True where it is to start again."""
        spec = state.spec
        try:
            process = await self._spawn(spec)
        except OSError as error:
            self.failed = True
            self._emit(ProcessFailedToStart(spec.label, str(error)))
            if spec.required:
                self.request_shutdown(f"{spec.label} could not be started", is_error=True)
            return False
        state.pid = process.pid
        state.starts += 1
        self._emit(ProcessStarted(spec.label, process.pid, state.starts))
        code = await self._wait_for_end(spec, process)
        state.pid = None
        state.return_code = code
        expected = self._stop_requested.is_set()
        retries_left = spec.respawn_max_retries < 0 or state.starts <= spec.respawn_max_retries
        respawning = spec.respawn and retries_left and not expected
        self._emit(ProcessExited(spec.label, process.pid, code, expected, respawning))
        if expected:
            return False
        self.failed = self.failed or (code != 0 and not respawning)
        # As in ROS 2, the end of a required process ends all, even if it was clean or respawns.
        if spec.required:
            self.request_shutdown(f"{spec.label} has ended and is required", is_error=code != 0)
            return False
        return respawning

    async def _spawn(self, spec: ProcessSpec) -> asyncio.subprocess.Process:
        words = command_line(spec, self.folder)
        environment = {
            # Pipes are not terminals; without this a Python node's lines come in blocks.
            "PYTHONUNBUFFERED": "1",
            **spec.environment,
            LAUNCH_ID_VARIABLE: self._launch_id,
        }
        options = {
            "stdin": asyncio.subprocess.DEVNULL,
            "stdout": asyncio.subprocess.PIPE,
            "stderr": asyncio.subprocess.PIPE,
            "limit": _LINE_LIMIT_BYTES,
            "env": environment,
            "cwd": spec.working_directory,
            "start_new_session": True,
        }
        if spec.shell:
            return await asyncio.create_subprocess_shell(" ".join(words), **options)  # type: ignore[arg-type]
        return await asyncio.create_subprocess_exec(*words, **options)  # type: ignore[arg-type]

    async def _wait_for_end(self, spec: ProcessSpec, process: asyncio.subprocess.Process) -> int:
        assert process.stdout is not None and process.stderr is not None
        forwarders = [
            asyncio.create_task(self._forward_lines(spec.label, process.stdout, is_error=False)),
            asyncio.create_task(self._forward_lines(spec.label, process.stderr, is_error=True)),
        ]
        ended = asyncio.create_task(_exit_code(process))
        stop = asyncio.create_task(self._stop_requested.wait())
        await asyncio.wait((ended, stop), return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            await self._end(spec, process, ended)
        stop.cancel()
        code = await ended
        # What it started and left behind goes with it; else its pipes would stay open.
        _signal_group(process.pid, signal.SIGKILL)
        await asyncio.wait(forwarders, timeout=_PIPES_CLOSE_S)
        for forwarder in forwarders:
            forwarder.cancel()
        return code

    async def _end(
        self,
        spec: ProcessSpec,
        process: asyncio.subprocess.Process,
        ended: asyncio.Task[int],
    ) -> None:
        """SIGINT, then SIGTERM, then SIGKILL, each with a deadline."""
        steps = (
            (signal.SIGINT, spec.sigterm_timeout_s),
            (signal.SIGTERM, spec.sigkill_timeout_s),
            (signal.SIGKILL, _SIGKILL_REACHES_S),
        )
        for number, patience_s in steps:
            if number is not signal.SIGINT:
                self._emit(
                    LaunchMessage(
                        f"{spec.label} does not end: {number.name} is next",
                        is_error=True,
                    )
                )
            _signal_group(process.pid, number)
            done, _ = await asyncio.wait((ended,), timeout=patience_s)
            if done:
                return

    async def _forward_lines(
        self, label: str, stream: asyncio.StreamReader, is_error: bool
    ) -> None:
        while True:
            try:
                line = await stream.readline()
            except ValueError:  # a line longer than the limit: its beginning was dropped
                continue
            if not line:
                return
            text = line.decode(errors="replace").rstrip("\r\n")
            self._emit(OutputLine(label, text, is_error))


async def _exit_code(process: asyncio.subprocess.Process) -> int:
    """Wait for the process itself; asyncio's own wait() also waits for its pipes."""
    while process.returncode is None:
        await asyncio.sleep(_EXIT_POLL_S)
    return process.returncode


def _signal_group(leader: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
