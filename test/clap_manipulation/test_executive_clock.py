"""The executive's clock jumps, as a simulation's that begins again: no task hangs on it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from executive_bench import PUT, PUT_MOTIONS, Bench
from fake_stack import DEADLINE_S

from clap_core.errors import ErrorCode

START_S = 100
JUMPS_S = [1, START_S + 3600]


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench(simulated_clock=True)
    bench.clock.jump(START_S)
    yield bench
    bench.close()


@pytest.mark.parametrize("to_s", JUMPS_S)
def test_a_jump_between_two_tasks_is_no_matter(bench: Bench, to_s: int) -> None:
    for _ in range(2):
        _, result = bench.say(PUT)
        assert result.error_code == ErrorCode.SUCCESS, result.error_msg
        bench.clock.jump(to_s)


@pytest.mark.parametrize(
    ("to_s", "code"), [(1, ErrorCode.SUCCESS), (START_S + 3600, ErrorCode.TIMEOUT)]
)
def test_a_jump_during_a_task_is_named_or_no_matter(
    bench: Bench, to_s: int, code: ErrorCode
) -> None:
    bench.stack.held_call = (f"execute {PUT_MOTIONS[2]}", 1)

    def jump_while_it_moves() -> None:
        assert bench.stack.holding.wait(DEADLINE_S)
        bench.clock.jump(to_s)
        bench.stack.free()

    jumper = threading.Thread(target=jump_while_it_moves)
    jumper.start()
    _, result = bench.say(PUT)
    jumper.join(DEADLINE_S)
    assert result.error_code == code, result.error_msg
    done = code is ErrorCode.SUCCESS
    assert bench.stack.motions == (PUT_MOTIONS if done else PUT_MOTIONS[:3])
    assert done or "took longer than" in result.error_msg


def test_after_a_jump_back_cancel_ends_the_task(bench: Bench) -> None:
    bench.stack.slow_motion = PUT_MOTIONS[0]
    cancelled = threading.Event()

    def jump_then_cancel() -> None:
        assert bench.stack.moving.wait(DEADLINE_S)
        bench.clock.jump(1)
        cancelled.set()

    jumper = threading.Thread(target=jump_then_cancel)
    jumper.start()
    _, result = bench.say(PUT, cancelled)
    jumper.join(DEADLINE_S)
    assert result.error_code == ErrorCode.CANCELED, result.error_msg
    assert bench.stack.motions == PUT_MOTIONS[:1]
