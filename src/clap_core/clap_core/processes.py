"""Work spread over processes: spawned, quiet on Ctrl-C, gone with their parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

from clap_core.errors import ClapError, ErrorCode

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_processes(
    work: Callable[[Item], Result], items: Sequence[Item], jobs: int
) -> Generator[Result, None, None]:
    """Work on items in processes of their own; yields results as they come.

    Closing the iterator ends the processes after what they are at.

    Args:
        work: a function of a module; it and the items are sent to the processes.
        items: what to work on.
        jobs: number of processes.

    Raises:
        ClapError: of the first item that raised one; INTERNAL if a process was killed.
    """
    if not items:
        return
    # Never fork: neither graphics contexts nor PyTorch's threads survive it.
    pool = ProcessPoolExecutor(
        min(jobs, len(items)), mp_context=multiprocessing.get_context("spawn"), initializer=_begin
    )
    try:
        with _sigint_ignored():
            futures = [pool.submit(work, item) for item in items]
        for future in as_completed(futures):
            yield future.result()
    except BrokenProcessPool as error:
        raise ClapError(
            ErrorCode.INTERNAL,
            "a process was killed, perhaps for lack of memory",
            "Run it again with fewer --jobs; what was made is kept",
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _sigint_ignored() -> Iterator[None]:
    """Processes that are started meanwhile ignore Ctrl-C, which is their parent's to handle."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _begin() -> None:
    """Of each process: it does not outlive its parent."""
    # The processes share the cores among them: those that render do it in one thread.
    os.environ.setdefault("LP_NUM_THREADS", "1")
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
