"""The executor's clock jumps, as a simulation's that begins again: the arm is stopped in time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from executor_bench import (
    DEADLINE_S,
    HOLD,
    MOVE,
    SLOW,
    Bench,
    assert_failed,
    eventually,
    make_ready,
)
from mock_franka import HOME
from simulated_clock import SimulatedClock

from clap_core.errors import ErrorCode

START_S = 100
JUMPS_S = [1, START_S + 3600]


class ClockedBench(Bench):
    """The executor, its clock simulated."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = SimulatedClock(self.user, self.node)


@pytest.fixture(scope="module")
def shared_bench() -> Iterator[ClockedBench]:
    bench = ClockedBench()
    yield bench
    bench.close()


@pytest.fixture
def bench(shared_bench: ClockedBench) -> ClockedBench:
    make_ready(shared_bench)
    shared_bench.clock.jump(START_S)
    return shared_bench


@pytest.mark.parametrize("to_s", JUMPS_S)
def test_a_jump_between_two_motions_is_no_matter(bench: ClockedBench, to_s: int) -> None:
    monitor = bench.node._robot.value.monitor
    for _ in range(2):
        result = bench.run(MOVE)
        assert result.error_code == ErrorCode.SUCCESS, result.error_msg
        make_ready(bench)
        eventually(lambda: np.allclose(monitor.measured_joints, HOME))
        bench.clock.jump(to_s)


@pytest.mark.parametrize("to_s", JUMPS_S)
def test_a_jump_while_moving_neither_hangs_nor_succeeds(bench: ClockedBench, to_s: int) -> None:
    """The wall clock ends what takes too long."""
    bench.robot.arm = "hang"
    handle = bench.send(MOVE)
    assert bench.robot.moving.wait(DEADLINE_S)
    bench.clock.jump(to_s)
    assert_failed(bench.answer(handle.get_result_async).result, ErrorCode.TIMEOUT)
    assert bench.robot.canceled.is_set()
    make_ready(bench)
    assert bench.run(HOLD).error_code == ErrorCode.SUCCESS


def test_after_a_jump_back_cancel_stops_the_arm(bench: ClockedBench) -> None:
    bench.robot.arm = "hang"
    handle = bench.send(SLOW)
    assert bench.robot.moving.wait(DEADLINE_S)
    bench.clock.jump(1)
    bench.answer(handle.cancel_goal_async)
    assert_failed(bench.answer(handle.get_result_async).result, ErrorCode.CANCELED)
    assert bench.robot.canceled.is_set()
