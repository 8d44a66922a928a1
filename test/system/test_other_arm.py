"""The whole stack with the frames, joints and controller of another arm."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from running_stack import RunningStack

from clap_core.errors import ErrorCode

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(300)]


def test_a_panda_obeys(start_stack: Callable[..., RunningStack]) -> None:
    stack = start_stack(arm_id="panda", real_time_factor="0.0", camera_rate="5.0")
    result = stack.say("pick up the red mug")
    assert result.error_code == ErrorCode.SUCCESS, result.error_msg
    assert stack.holds("red mug", "up")
