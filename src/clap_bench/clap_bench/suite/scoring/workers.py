"""Worker processes that play episodes. A worker that dies costs the episode it was playing."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from clap_bench.suite.scoring.play import Terms, Trial, TrialResult
from clap_bench.suite.scoring.players import make_play
from clap_core.errors import ClapError

CLOSING_S = 5.0
"""How long a worker may take to end by itself."""


@dataclass(frozen=True)
class _Death:
    """A worker's process ended in the middle of an episode.

    Attributes:
        exit_code: of the process; negative: the signal that ended it.
    """

    exit_code: int | None


def play_all(
    trials: Sequence[Trial], terms: Terms, jobs: int
) -> Generator[TrialResult, None, None]:
    """Play episodes in `jobs` processes of their own; results come as they are ready.

    The processes are spawned: a forked one would share its parent's graphics. Whatever ends the
    iteration, Ctrl-C included, ends the processes.

    Raises:
        ClapError: the agent cannot be made, or a video not be written.
    """
    waiting = deque(trials)
    workers = [_Worker(terms) for _ in range(min(jobs, len(waiting)))]
    try:
        for worker in workers:
            worker.start(waiting.popleft())
        while busy := [worker for worker in workers if worker.trial is not None]:
            ready = wait([worker.connection for worker in busy])
            for worker in (worker for worker in busy if worker.connection in ready):
                trial = worker.trial
                assert trial is not None
                answer = worker.answer()
                if isinstance(answer, _Death):
                    answer = _lost(trial, answer)
                    worker.renew()
                if waiting:
                    worker.start(waiting.popleft())
                yield answer
    finally:
        for worker in workers:
            worker.close()


class _Worker:
    """One process, and what it is playing.

    Attributes:
        connection: becomes ready when there is an answer, or the process has ended.
        trial: what is played; None: nothing.
    """

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self.trial: Trial | None = None
        self._open()

    def _open(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process: SpawnProcess = context.Process(
            target=_serve, args=(theirs, self._terms), daemon=True
        )
        with _no_interrupt():  # inherited: Ctrl-C reaches only the process that was asked
            self._process.start()
        theirs.close()

    def start(self, trial: Trial) -> None:
        """Play an episode."""
        self.trial = trial
        with contextlib.suppress(OSError):  # it died: `answer` finds out
            self.connection.send(trial)

    def answer(self) -> TrialResult | _Death:
        """What the process says; call it when the connection is ready.

        Raises:
            ClapError: what the process could not do.
        """
        self.trial = None
        try:
            answer: TrialResult | ClapError = self.connection.recv()
        except (EOFError, OSError):
            self._process.join(CLOSING_S)
            return _Death(self._process.exitcode)
        if isinstance(answer, ClapError):
            raise answer
        return answer

    def renew(self) -> None:
        """Start another process in place of the one that died."""
        self.close()
        self._open()

    def close(self) -> None:
        """End the process."""
        self.connection.close()
        if self.trial is None:
            self._process.join(CLOSING_S)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join(CLOSING_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _serve(connection: Connection, terms: Terms) -> None:
    """Play the trials that come until the other side closes. Runs in the worker's process."""
    play = None
    while True:
        try:
            trial: Trial = connection.recv()
        except EOFError:
            return
        try:
            play = play or make_play(terms)
            answer: TrialResult | ClapError = play(trial)
        except ClapError as error:
            answer = error
        try:
            connection.send(answer)
        except OSError:  # nobody waits any more
            return


@contextlib.contextmanager
def _no_interrupt() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _lost(trial: Trial, end: _Death) -> TrialResult:
    by = f"exit code {end.exit_code}"
    if end.exit_code is not None and end.exit_code < 0:
        by = signal.Signals(-end.exit_code).name
    return TrialResult(
        trial.variation, trial.seed, False, 0, f"the process that played it ended ({by})"
    )
