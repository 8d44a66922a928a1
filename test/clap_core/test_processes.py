"""Work in processes of its own: all results, and errors that arrive as what they were."""

from __future__ import annotations

import multiprocessing
import os
import signal

import pytest

from clap_core.errors import ClapError, ErrorCode
from clap_core.processes import in_processes

SEVERAL = [3, 1, 2]


class Unfit(ClapError):
    """One with a constructor of its own."""

    def __init__(self, number: int) -> None:
        super().__init__(ErrorCode.AMBIGUOUS, f"{number} is unfit", "Take another", ("one", "two"))


def squared(number: int) -> tuple[int, int, bool]:
    deaf = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    return number**2, os.getpid(), deaf


def refused(number: int) -> int:
    raise Unfit(number)


def killed(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_all_is_done_elsewhere_and_deaf_to_the_keyboard() -> None:
    results = list(in_processes(squared, SEVERAL, 2))
    assert sorted(number for number, _, _ in results) == [1, 4, 9]
    assert os.getpid() not in {process for _, process, _ in results}
    assert all(deaf for _, _, deaf in results)
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
    assert not multiprocessing.active_children()


def test_nothing_to_do_starts_nothing() -> None:
    assert list(in_processes(squared, [], 2)) == []


def test_an_error_arrives_with_all_it_said() -> None:
    with pytest.raises(ClapError, match="7 is unfit") as caught:
        list(in_processes(refused, [7], 1))
    assert type(caught.value) is ClapError and caught.value.code is ErrorCode.AMBIGUOUS
    assert (caught.value.cure, caught.value.seen) == ("Take another", ("one", "two"))
    assert not multiprocessing.active_children()


def test_a_process_that_is_killed_is_told() -> None:
    with pytest.raises(ClapError, match="was killed") as caught:
        list(in_processes(killed, [1], 1))
    assert caught.value.code is ErrorCode.INTERNAL
    assert "fewer --jobs" in caught.value.cure
