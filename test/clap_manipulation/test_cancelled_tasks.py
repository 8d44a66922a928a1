"""A task that is cancelled, at each moment that it has: nothing is commanded any more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from action_msgs.msg import GoalStatus
from executive_bench import PUT, PUT_MOTIONS, Bench
from fake_stack import DEADLINE_S, wait_until

from clap_core.control_loop_types import LoopStage, TaskEvent
from clap_core.errors import ErrorCode

APPROACH, GRASP, MOVE, RELEASE = PUT_MOTIONS


@dataclass(frozen=True)
class Moment:
    """When the cancel comes.

    Args:
        call: of a neighbour; the last one that is made.
        stage: that the executive is telling of; where there is none, the call is not answered yet.
        occurrence: which of these calls, from 1.
        failure: (call, error) that leads there.
    """

    call: str
    stage: LoopStage | None = None
    occurrence: int = 1
    failure: tuple[str, ErrorCode] | None = None


GRASP_FAILS = (f"execute {GRASP}", ErrorCode.GRASP_FAILED)
REFLEX = (f"execute {APPROACH}", ErrorCode.ROBOT_REFLEX)
MOMENTS = {
    "planning": Moment("plan"),
    "grounding the object": Moment(f"find {APPROACH}"),
    "grounding the place": Moment(f"find {MOVE}"),
    "looking": Moment(f"find {APPROACH}", occurrence=2),
    "predicting": Moment(f"predict {APPROACH}"),
    "approaching": Moment(f"execute {APPROACH}"),
    "between sub-tasks": Moment(f"execute {APPROACH}", LoopStage.DONE),
    "the fingers close": Moment(f"execute {GRASP}"),
    "a failed grasp": Moment(f"execute {GRASP}", LoopStage.RECOVERING, failure=GRASP_FAILS),
    "the second attempt is predicted": Moment(f"predict {GRASP}", None, 2, GRASP_FAILS),
    "the second attempt's motion": Moment(f"execute {GRASP}", None, 2, GRASP_FAILS),
    "a reflex": Moment(f"execute {APPROACH}", LoopStage.RECOVERING, failure=REFLEX),
    "recovery": Moment("recover", failure=REFLEX),
    "looking with something in the hand": Moment(f"find {MOVE}", occurrence=2),
    "carrying": Moment(f"execute {MOVE}"),
    "the fingers open": Moment(f"execute {RELEASE}"),
}


@pytest.fixture(scope="module")
def shared_bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()


@pytest.fixture
def bench(shared_bench: Bench) -> Bench:
    """With an empty hand, and nothing that waits."""
    assert shared_bench.say("open the hand")[1].error_code == ErrorCode.SUCCESS
    shared_bench.stack.calls.clear()
    return shared_bench


def told_of(bench: Bench, stage: LoopStage, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set when the executive first tells of a stage; it goes on once it has heard of the cancel."""
    reached = threading.Event()
    feedback = bench.executive._feedback

    def hold(event: TaskEvent) -> Any:
        if event.stage is stage and not reached.is_set():
            reached.set()
            assert bench.executive._server._cancelled.wait(DEADLINE_S)
        return feedback(event)

    monkeypatch.setattr(bench.executive, "_feedback", hold)
    return reached


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS.keys())
def test_cancel_ends_a_task_at_each_moment(
    bench: Bench, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = bench.stack
    if moment.failure is not None:
        call, code = moment.failure
        stack.failures[call] = [(code, "the reason. The cure.")]
    if moment.stage is None:
        stack.held_call = (moment.call, moment.occurrence)
        reached = stack.holding
    else:
        reached = told_of(bench, moment.stage, monkeypatch)

    status, result = bench.say(PUT, cancelled=reached)

    assert (status, result.error_code) == (GoalStatus.STATUS_CANCELED, ErrorCode.CANCELED)
    calls = list(stack.calls)
    assert calls[-1] == moment.call and calls.count(moment.call) == moment.occurrence
    assert not stack.executor_server.busy
    if moment.call.startswith(("plan", "find", "predict")):
        stack.free()  # a service cannot be cancelled: what it still answers is not acted on
    wait_until(lambda: not stack.holding.is_set(), "nothing is held")
    monkeypatch.undo()
    stack.held_call = ("", 0)
    assert bench.say("open the hand")[1].error_code == ErrorCode.SUCCESS
    assert stack.calls[: len(calls)] == calls
    assert [call for call in stack.calls[len(calls) :] if "execute" in call] == [
        "execute open the hand"
    ]
