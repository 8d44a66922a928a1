"""``Launch``: a launch file that runs in the background of this process."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import signal
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import final

from clap_launch.description import Description
from clap_launch.events import Event
from clap_launch.files import find_launch_file
from clap_launch.resolve import resolve
from clap_launch.supervisor import Supervisor

_SHUTDOWN_DEADLINE_S = 20.0


@final
class Launch:
    """Runs a launch file; usable as a context manager, which ends everything when it is left.

    >>> with Launch("sim", {"scene": "table", "seed": "3"}) as launch:   # doctest: +SKIP
    ...     ...
    >>> launch.return_code                                               # doctest: +SKIP
    0

    Args:
        file: path of a launch file, or the short name of one that is installed: ``"sim"``.
        arguments: its arguments; numbers and booleans are turned into text.
        on_event: called with each event, from the launch's own thread; must return at once.
        environment: the environment to start from; this process's where None.

    Raises:
        LaunchError: anything wrong in the file or the arguments, before anything is started.
    """

    def __init__(
        self,
        file: str | Path,
        arguments: Mapping[str, object] | None = None,
        *,
        on_event: Callable[[Event], None] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        given = {name: _text(value) for name, value in (arguments or {}).items()}
        self.description: Description = resolve(find_launch_file(file), given, environment)
        self._on_event = on_event
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._supervisor: Supervisor | None = None
        self._ready: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._ended = threading.Event()

    def start(self) -> Launch:
        """Start the processes in the background.

        Returns:
            Itself.

        Raises:
            RuntimeError: it was started before.
        """
        if self._thread is not None:
            raise RuntimeError("a Launch starts only once; make another one")
        # Not a daemon: it must live until every process has ended.
        self._thread = threading.Thread(target=self._run, name="launch")
        self._thread.start()
        self._ready.result()
        return self

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._thread is not None and not self._ended.is_set()

    @property
    def return_code(self) -> int | None:
        """0 after a clean end, 1 where something failed, None before the end."""
        if not self._ended.is_set() or self._supervisor is None:
            return None
        return 1 if self._supervisor.failed else 0

    def pid(self, label: str) -> int | None:
        """Process id behind a label, None while it does not run.

        Raises:
            KeyError: no process has this label.
        """
        return self._live().running[label].pid

    def starts(self, label: str) -> int:
        """How often a process was started: more than 1 after respawns."""
        return self._live().running[label].starts

    def signal(self, label: str, number: signal.Signals) -> bool:
        """Send a signal to one process, for example to see what the others do without it.

        Returns:
            False where it does not run at the moment.

        Raises:
            KeyError: no process has this label.
        """
        return self._live().signal(label, number)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until everything has ended; False where the time was too short."""
        return self._ended.wait(timeout_s)

    def request_shutdown(self, reason: str = "asked to", is_error: bool = False) -> None:
        """Begin to end everything without waiting; safe in a signal handler."""
        loop, supervisor = self._loop, self._supervisor
        if loop is None or supervisor is None or self._ended.is_set():
            return
        with contextlib.suppress(RuntimeError):  # the loop closed in between: all has ended
            loop.call_soon_threadsafe(supervisor.request_shutdown, reason, is_error)

    def shutdown(self, reason: str = "asked to", deadline_s: float = _SHUTDOWN_DEADLINE_S) -> bool:
        """End everything and wait for it.

        Args:
            reason: said in the event.
            deadline_s: how long to wait, in seconds.

        Returns:
            Whether everything has ended.
        """
        if self._thread is None:
            return True
        self.request_shutdown(reason)
        ended = self.wait(deadline_s)
        if ended:
            self._thread.join()
        return ended

    def __enter__(self) -> Launch:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shutdown()

    def _live(self) -> Supervisor:
        if self._supervisor is None:
            raise RuntimeError("the Launch was not started")
        return self._supervisor

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        finally:
            self._ended.set()

    async def _main(self) -> None:
        with tempfile.TemporaryDirectory(prefix="clap-launch-") as folder:
            try:
                self._loop = asyncio.get_running_loop()
                self._supervisor = Supervisor(self.description, Path(folder), self._tell)
            except BaseException as error:
                self._ready.set_exception(error)
                raise
            self._ready.set_result(None)
            await self._supervisor.run()

    def _tell(self, event: Event) -> None:
        if self._on_event is not None:
            self._on_event(event)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
