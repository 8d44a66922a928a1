"""The arm's loop against an arm without a robot, in this process: messages in, commands out."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any

import numpy as np
import pytest
from fake_fci import FakeArm

from clap_core.robot.specification import HOME, arm_specification
from clap_franka.config import FollowerConfig
from clap_franka.fci.arm_loop import ArmLoop
from clap_franka.fci.messages import Cancel, Connected, Done, End, Ended, Order, Start, Trouble
from clap_franka.fci.shared_state import SharedState
from clap_franka.motion.follower import Ending
from clap_franka.motion.goal import GoalRules, RequestPoint, TrajectoryRequest
from clap_franka.motion.limits import JointLimits

ARM = arm_specification("fr3")
STILL = np.zeros(7)
DEADLINE_S = 20.0
RULES = GoalRules(
    ARM.joint_names,
    np.array(ARM.position_min),
    np.array(ARM.position_max),
    np.array(ARM.velocity),
    0.01,
    1.0,
)


class Rig:
    """A loop in a thread, and the node's end of its pipe."""

    def __init__(self) -> None:
        self.arm = FakeArm()
        self.shared = SharedState()
        self.link, theirs = multiprocessing.Pipe()
        self.waits: list[float] = []
        self.loop = ArmLoop(
            self.arm, theirs, self.shared, FollowerConfig(), JointLimits(ARM), self.waits.append
        )
        self.thread = Thread(target=self.loop.run, daemon=True)
        self.thread.start()

    def hear(self, kind: type[Any], wanted: Callable[[Any], bool] = lambda _: True) -> Any:
        """The next message of a kind."""
        while self.link.poll(DEADLINE_S):
            message = self.link.recv()
            if isinstance(message, kind) and wanted(message):
                return message
        raise AssertionError(f"no {kind.__name__}")

    def start(self, number: int, offset: float, seconds: float) -> None:
        points = [RequestPoint(seconds, np.array(HOME) + offset, STILL, STILL)]
        goal = RULES.check(TrajectoryRequest(ARM.joint_names, points), 0.0)
        self.link.send(Start(number, goal, 0.0))

    def until_moved(self, distance: float) -> None:
        end = time.monotonic() + DEADLINE_S
        moved = 0.0
        while moved < distance:
            assert self.thread.is_alive() and time.monotonic() < end
            time.sleep(0.001)
            record = self.shared.read()
            moved = np.abs(record["q_d"] - HOME).max() if record["beat_s"] > 0.0 else 0.0


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    with suppress(OSError):  # a test may have hung up
        rig.link.send(End())
    rig.thread.join(DEADLINE_S)
    assert not rig.thread.is_alive()
    rig.shared.close()


def gentle(commands: list[np.ndarray]) -> bool:
    steps = np.diff(np.array([HOME, HOME, *commands]), 2, axis=0) / 1e-6
    return bool(np.abs(steps).max() <= 1.01 * ARM.acceleration[0])


def test_a_goal_is_followed_from_q_d_and_ended_with_a_finished_command(rig: Rig) -> None:
    assert rig.hear(Connected).version == "10"
    rig.start(5, 0.1, 0.5)
    ended = rig.hear(Ended)
    assert ended.number == 5 and ended.outcome.ending is Ending.SUCCEEDED
    assert rig.arm.finished == 1
    np.testing.assert_allclose(rig.arm.commands[0], HOME, atol=1e-4)
    np.testing.assert_allclose(rig.arm.commands[-1], np.array(HOME) + 0.1)
    assert 490 <= len(rig.arm.commands) <= 510
    assert gentle(rig.arm.commands)
    assert rig.shared.read()["success_rate"] == 1.0


def test_a_cancelled_goal_ends_as_cancelled_at_rest(rig: Rig) -> None:
    rig.start(1, 0.5, 4.0)
    rig.until_moved(0.05)
    rig.link.send(Cancel(1))
    assert rig.hear(Ended).outcome.ending is Ending.CANCELED
    assert gentle(rig.arm.commands)
    np.testing.assert_allclose(rig.arm.commands[-1], rig.arm.commands[-2], atol=1e-7)


def test_a_new_goal_takes_over_within_the_same_motion(rig: Rig) -> None:
    rig.start(1, 0.5, 4.0)
    rig.until_moved(0.02)
    rig.start(2, -0.1, 2.0)
    first, second = rig.hear(Ended), rig.hear(Ended)
    assert (first.number, first.outcome.ending) == (1, Ending.ABORTED)
    assert (second.number, second.outcome.ending) == (2, Ending.SUCCEEDED)
    assert rig.arm.finished == 1 and gentle(rig.arm.commands)


def test_when_the_node_hangs_up_the_arm_stops_along_its_path(rig: Rig) -> None:
    rig.start(1, 0.5, 4.0)
    rig.until_moved(0.05)
    rig.link.close()
    rig.thread.join(DEADLINE_S)
    assert not rig.thread.is_alive()
    assert rig.arm.finished == 1 and gentle(rig.arm.commands)
    assert np.abs(rig.arm.q - HOME).max() < 0.45


def test_a_reflex_ends_the_goal_and_motion_is_refused_until_recovery(rig: Rig) -> None:
    rig.arm.fails_at = 100
    rig.start(1, 0.2, 1.0)
    ended = rig.hear(Ended)
    assert ended.outcome.ending is Ending.ABORTED and "a collision" in ended.outcome.reason
    rig.start(2, 0.1, 1.0)
    refused = rig.hear(Ended)
    assert refused.number == 2 and "error_recovery" in refused.outcome.reason
    rig.link.send(Order(3, "automatic_error_recovery"))
    assert rig.hear(Done).error is None
    rig.start(4, 0.1, 1.0)
    assert rig.hear(Ended, lambda m: m.number == 4).outcome.ending is Ending.SUCCEEDED


def test_orders_wait_for_the_end_of_the_motion(rig: Rig) -> None:
    rig.start(1, 0.2, 1.0)
    rig.until_moved(0.01)
    rig.link.send(Order(2, "set_EE", ([0.0] * 16,)))
    busy = rig.hear(Done)
    assert busy.error is not None and busy.error.code.name == "BUSY"
    assert rig.hear(Ended).outcome.ending is Ending.SUCCEEDED
    rig.link.send(Order(3, "set_EE", ([0.0] * 16,)))
    assert rig.hear(Done).error is None
    assert rig.arm.carried_out == [("set_EE", [0.0] * 16)]


def test_a_start_far_from_the_commanded_position_does_not_move(rig: Rig) -> None:
    points = [RequestPoint(0.0, np.array(HOME) + 0.3), RequestPoint(1.0, np.array(HOME))]
    goal = RULES.check(TrajectoryRequest(ARM.joint_names, points), 0.0)
    rig.link.send(Start(1, goal, 0.0))
    ended = rig.hear(Ended)
    assert ended.outcome.ending is Ending.ABORTED and "discontinuity" in ended.outcome.reason
    np.testing.assert_allclose(np.array(rig.arm.commands), np.array(HOME)[None], atol=1e-12)


def test_a_lost_connection_is_told_and_made_again() -> None:
    arm, shared = FakeArm(), SharedState()
    arm.lost = 2
    link, theirs = multiprocessing.Pipe()
    waits: list[float] = []
    loop = ArmLoop(arm, theirs, shared, FollowerConfig(), JointLimits(ARM), waits.append)
    thread = Thread(target=loop.run, daemon=True)
    thread.start()
    heard = [_next(link) for _ in range(3)]
    assert [type(message) for message in heard] == [Trouble, Trouble, Connected]
    assert heard[0].disconnected and "cable" in heard[0].error.cure
    assert waits == [1.0, 1.0]
    link.close()
    thread.join(DEADLINE_S)
    shared.close()


def _next(link: Connection) -> Any:
    assert link.poll(DEADLINE_S)
    return link.recv()
