"""What the doctor sees of franka-sim, which speaks the FCI; the real libfranka is beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clap_cli.doctor.checks import robot as checks
from clap_cli.doctor.findings import Level
from clap_cli.doctor.probes.computer import computer
from clap_cli.doctor.probes.network import robot_link
from clap_cli.doctor.seen import CameraPosesFile, RunningStack, Seen
from clap_cli.simulated_fci import SimulatedFci

pylibfranka = pytest.importorskip("pylibfranka", reason="./clap setup --with fci installs it")
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def robot(tmp_path: Path) -> Iterator[SimulatedFci]:
    simulated = SimulatedFci(tmp_path)
    yield simulated
    simulated.end()


def connected(address: str) -> Any:
    """A client of the robot. libfranka makes whoever connects realtime: the tests must not stay so,
    nor all threads that they start afterwards."""
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    client = pylibfranka.Robot(address, pylibfranka.RealtimeConfig.kIgnore)
    os.sched_setscheduler(0, *before)
    return client


def levels(address: str) -> dict[str, Level]:
    """What is said of the robot at an address, by the checks' names."""
    link = robot_link(address, ask_version=True, connections=5)
    here = computer(Path.cwd())
    seen = Seen(here, RunningStack(()), CameraPosesFile("cameras.yaml"), link)
    return {one.name: one.level for check in (checks.fci, checks.version) for one in check(seen)}


def test_a_robot_whose_system_fits_is_found_and_left_free(robot: SimulatedFci) -> None:
    assert levels(robot.address) == {"robot": Level.OK, "robot system": Level.OK}
    client = connected(robot.address)
    assert len(client.read_once().q) == 7


def test_an_older_system_tells_its_version(robot: SimulatedFci) -> None:
    robot.order("old")
    assert robot_link(robot.address, ask_version=True, connections=1).fci_version == 9


def test_a_robot_that_another_program_holds_is_not_disturbed(robot: SimulatedFci) -> None:
    client = connected(robot.address)
    assert levels(robot.address)["robot system"] is Level.WARNING
    assert len(client.read_once().q) == 7
