"""The whole simulated stack: it obeys, refuses, stops and recovers."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest
from running_stack import STILL_RAD_S, RunningStack

from clap_core.errors import ClapError, ErrorCode

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

MOVING_RAD_S = 0.15
STOP_WITHIN_S = 0.3
JOINT_STATE_PERIOD_S = 1.0 / 30.0


@pytest.fixture(scope="module")
def stack(start_stack: Callable[..., RunningStack]) -> RunningStack:
    return start_stack(scene="tabletop", seed=1, real_time_factor=1.0)


def fastest(velocities: list[float]) -> float:
    return max(abs(velocity) for velocity in velocities)


@pytest.mark.parametrize(
    ("instruction", "code", "word"),
    [
        ("", ErrorCode.EMPTY_INSTRUCTION, ""),
        ("fly to the moon", ErrorCode.IMPOSSIBLE, "fly"),
        ("colourless ideas sleep", ErrorCode.NOT_UNDERSTOOD, ""),
        ("put the red mug next to the elephant", ErrorCode.OBJECT_NOT_FOUND, "elephant"),
        ("pick up the purple mug", ErrorCode.OBJECT_NOT_FOUND, "purple"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_moves(
    stack: RunningStack, instruction: str, code: ErrorCode, word: str
) -> None:
    before = len(stack.joints.samples)
    result = stack.say(instruction)
    assert ErrorCode(result.error_code) is code, result.error_msg
    assert word in result.error_msg
    if code is ErrorCode.OBJECT_NOT_FOUND:
        assert "plate" in result.error_msg, "what was seen is not named"
    stack.assert_still(before)


def test_cancel_stops_the_arm_and_the_next_instruction_works(stack: RunningStack) -> None:
    cancelled = threading.Event()
    outcome: list[Any] = []

    def say() -> None:
        try:
            stack.say("pick up the red mug", cancelled)
        except ClapError as error:
            outcome.append(error.code)

    speaker = threading.Thread(target=say)
    speaker.start()
    moving_at_s = stack.joints.wait(lambda _, v: fastest(v) > MOVING_RAD_S)
    cancelled.set()
    still_at_s = stack.joints.wait(lambda _, v: fastest(v) < STILL_RAD_S)
    speaker.join()
    assert outcome == [ErrorCode.CANCELED]
    assert still_at_s - moving_at_s <= STOP_WITHIN_S + JOINT_STATE_PERIOD_S

    result = stack.say("put the red mug next to the plate")
    assert result.error_code == ErrorCode.SUCCESS, result.error_msg
    assert stack.holds("red mug", "next_to", "plate")


def test_a_killed_node_ends_the_task_and_comes_back(stack: RunningStack) -> None:
    launch = stack.stack.launch
    starts = launch.starts("franka_executor")
    reached = threading.Event()

    def on_feedback(feedback: Any) -> None:
        if feedback.stage == "acting" and not reached.is_set():
            reached.set()
            launch.signal("franka_executor", signal.SIGKILL)

    result = stack.say("pick up the blue bowl", on_feedback=on_feedback)
    assert reached.is_set()
    assert ErrorCode(result.error_code) is ErrorCode.NODE_UNAVAILABLE
    assert "franka_executor" in result.error_msg

    stack.stack.wait_until_active()
    assert launch.starts("franka_executor") == starts + 1
    again = stack.say("put the red mug on the plate")
    assert again.error_code == ErrorCode.SUCCESS, again.error_msg


def test_two_red_mugs_are_ambiguous(start_stack: Callable[..., RunningStack]) -> None:
    stack = start_stack(scene="two_mugs", seed=0, real_time_factor=0.0)
    result = stack.say("pick up the red mug")
    assert ErrorCode(result.error_code) is ErrorCode.AMBIGUOUS
    assert result.error_msg.count("red mug") >= 2
    stack.assert_still()
