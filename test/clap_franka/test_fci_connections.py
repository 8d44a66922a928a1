"""How a connection to the robot fails, against franka-sim: each has a name and a cure."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clap_cli.simulated_fci import SimulatedFci
from clap_core.errors import ClapError, ErrorCode
from clap_franka.config import HandCommandConfig
from clap_franka.fci.arm import FciArmDriver
from clap_franka.fci.arm_process import run_arm
from clap_franka.fci.config import FciConfig
from clap_franka.fci.hand import FciHandDriver
from clap_franka.fci.hand_process import run_hand

pytest.importorskip("pylibfranka", reason="./clap setup --with fci installs it")

DEADLINE_S = 60.0


@pytest.fixture
def robot(tmp_path: Path) -> Iterator[SimulatedFci]:
    robot = SimulatedFci(tmp_path)
    yield robot
    robot.end()


def until(arm: FciArmDriver, done: Callable[[], object]) -> None:
    end = time.monotonic() + DEADLINE_S
    while not done():
        assert time.monotonic() < end, arm.refusal()
        arm.update()
        time.sleep(0.01)


def driver(address: str, answer_timeout: float = 30.0) -> FciArmDriver:
    config = FciConfig(robot_ip=address, answer_timeout=answer_timeout)
    return FciArmDriver(config, run_arm, lambda: 0.0, lambda *_: None)


def refused(arm: FciArmDriver) -> ClapError:
    until(arm, lambda: arm.trouble)
    error = arm.refusal()
    arm.end()
    assert error is not None
    return error


def test_a_wrong_address_is_named() -> None:
    error = refused(driver("127.250.250.250"))
    assert error.code is ErrorCode.NODE_UNAVAILABLE
    assert "127.250.250.250" in error.reason and "robot_ip" in error.cure


def test_another_version_is_named(robot: SimulatedFci) -> None:
    robot.order("old")
    error = refused(driver(robot.address))
    assert "do not fit together" in error.reason and "5.9" in error.cure


def test_a_second_client_is_told_who_has_the_robot(robot: SimulatedFci) -> None:
    program = f"""
import pylibfranka, sys
robot = pylibfranka.Robot({robot.address!r}, pylibfranka.RealtimeConfig.kIgnore)
print("here", flush=True)
sys.stdin.read()
"""
    other = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None and other.stdin is not None
    assert other.stdout.readline().strip() == "here"
    arm = driver(robot.address, answer_timeout=1.0)
    until(arm, lambda: arm.refusal() is not None)
    error = arm.refusal()
    assert error is not None and "another program has the connection" in error.reason
    other.stdin.close()
    other.wait(DEADLINE_S)
    until(arm, lambda: arm.connected and arm.refusal() is None)
    arm.end()


def test_a_hand_that_is_not_homed_is_named(robot: SimulatedFci) -> None:
    robot.order("unhomed")
    hand = FciHandDriver(HandCommandConfig(), run_hand, (robot.address,), lambda *_: None)
    end = time.monotonic() + DEADLINE_S
    while hand.width_m == 0.0:
        assert time.monotonic() < end
        hand.update()
        time.sleep(0.01)
    with pytest.raises(ClapError, match="not homed") as error:
        hand.move(0.02, 0.1)
    assert error.value.code is ErrorCode.GRIPPER_FAILED and "./clap home" in error.value.cure
    hand.end()
