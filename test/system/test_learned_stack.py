"""The simulated stack with what was learned: plans, keypoints and motions of demonstrations."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from running_stack import RunningStack

from clap_core.errors import ErrorCode

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def stack(start_stack: Callable[..., RunningStack]) -> RunningStack:
    return start_stack(
        scene="buttons",
        seed=0,
        planner_backend="shown",
        keypoint_backend="learned",
        policy_backend="align",
    )


def test_what_is_not_there_is_not_touched(stack: RunningStack) -> None:
    before = len(stack.joints.samples)
    result = stack.say("open the fridge")
    assert ErrorCode(result.error_code) is ErrorCode.OBJECT_NOT_FOUND, result.error_msg
    assert "fridge door" in result.error_msg
    stack.assert_still(before)


def test_a_demonstrated_sentence_is_obeyed(stack: RunningStack) -> None:
    result = stack.say("press the red button")
    assert result.error_code == ErrorCode.SUCCESS, result.error_msg
    assert stack.holds("red button", "pressed")
