"""Each way out of the active state of franka_executor stops what moves."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from executor_bench import (
    ABOVE,
    DEADLINE_S,
    SLOW,
    Bench,
    assert_failed,
    make_ready,
    wait,
)
from participants import participants
from rclpy.lifecycle import TransitionCallbackReturn

from clap_core.errors import ErrorCode
from clap_core.task_types import GripperCommand, KeyAction, Motion


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    make_ready(bench)
    yield bench
    bench.close()


def test_a_closed_bench_leaves_no_participant() -> None:
    """Only 32 on one machine find each other: whatever comes after them would see nobody."""
    before = participants()
    bench = Bench()
    assert len(participants() - before) == 1
    bench.close()
    del bench
    gc.collect()
    assert not participants() - before


TRANSITIONS = {
    "shutdown": ("shutdown",),
    "deactivate, cleanup": ("deactivate", "cleanup"),
    "deactivate, shutdown": ("deactivate", "shutdown"),
    "deactivate, cleanup, shutdown": ("deactivate", "cleanup", "shutdown"),
    "deactivate, cleanup, configure": ("deactivate", "cleanup", "configure"),
    "deactivate, activate": ("deactivate", "activate"),
}


@pytest.mark.parametrize("what", ["arm", "gripper"])
@pytest.mark.parametrize("transitions", TRANSITIONS.values(), ids=TRANSITIONS.keys())
def test_each_way_out_of_the_active_state_stops_what_moves(
    bench: Bench, transitions: tuple[str, ...], what: str
) -> None:
    bench.robot.arm = bench.robot.gripper = "hang"
    begun = bench.robot.moving if what == "arm" else bench.robot.gripping
    grasp = KeyAction(ABOVE, Motion.NONE, GripperCommand.GRASP)
    handle = bench.send(SLOW if what == "arm" else grasp)
    assert begun.wait(DEADLINE_S)

    def go() -> list[TransitionCallbackReturn]:
        return [getattr(bench.node, f"trigger_{name}")() for name in transitions]

    # Within one callback: the node has no chance to send anything between the transitions.
    assert set(wait(bench.executors[0].create_task(go))) == {TransitionCallbackReturn.SUCCESS}
    assert_failed(bench.answer(handle.get_result_async).result, ErrorCode.CANCELED)
    assert bench.robot.canceled.is_set()
