"""The robot: its network, its FCI, its state."""

from __future__ import annotations

import math
from collections.abc import Iterator

from clap_cli.doctor.findings import Finding, ok, skipped, warning, wrong
from clap_cli.doctor.seen import Port, Seen

SLOW_MS = 1.0
"""FCI sends each millisecond; a cable without a switch answers in a fifth of that."""

GOOD_RATE = 0.95
NO_ADDRESS = "no robot's address was given"
GIVE_ADDRESS = "Give it: ./clap doctor --robot-ip 172.16.0.2"

_MODES = {
    "user stopped": "Release the user stop",
    "guiding": "Let go of the guiding button",
    "reflex": "Look what it touched, then call {executor}/recover (std_srvs/srv/Trigger)",
    "other": "Look at Desk what the robot does; unlock its joints",
}
"""Modes in which it does not move, with their cures."""


def fci(seen: Seen) -> Iterator[Finding]:
    """Whether the control box is there, and lets programs move the arm."""
    robot = seen.robot
    if robot is None:
        yield skipped("robot", NO_ADDRESS, GIVE_ADDRESS)
        return
    at = f"{robot.address}:1337"
    if robot.fci is Port.OPEN:
        told = "" if robot.fci_version is None else f", protocol version {robot.fci_version}"
        yield ok("robot", f"FCI answers at {at}{told}")
    elif robot.desk is Port.OPEN:
        yield wrong(
            "robot",
            f"{robot.address} answers, but FCI does not ({at} {robot.fci.value})",
            f"Open https://{robot.address}, unlock the joints and choose Activate FCI",
        )
    else:
        yield wrong(
            "robot",
            f"nothing answers at {robot.address}",
            "Check the address, the cable to the control box (not to the arm's base) and this "
            "computer's own address in the same network; `ping` it",
        )


def network(seen: Seen) -> Iterator[Finding]:
    """How steadily the robot's computer answers."""
    robot = seen.robot
    if robot is None or not robot.connect_ms:
        yield skipped("network", NO_ADDRESS if robot is None else "nothing answered")
        return
    times = sorted(robot.connect_ms)
    middle, worst = times[len(times) // 2], times[math.ceil(0.95 * len(times)) - 1]
    text = f"connections take {middle:.2f} ms, 95 % of {len(times)} at most {worst:.2f} ms"
    if worst <= SLOW_MS:
        yield ok("network", text)
    else:
        yield warning(
            "network",
            text,
            "Connect the control box directly, without switch or WLAN; end what loads this "
            "computer; switch off power saving (`sudo cpupower frequency-set -g performance`)",
        )


def state(seen: Seen) -> Iterator[Finding]:
    """Whether the arm would move."""
    stack = seen.stack
    if not stack.nodes:
        yield skipped("robot state", "no stack is running")
    elif stack.robot_mode is None:
        yield wrong(
            "robot state",
            "no state of the robot comes",
            "Start the driver with franka_robot_state_broadcaster (./clap launch robot "
            "start_robot:=true), in the same ROS domain",
        )
    elif stack.robot_mode in _MODES:
        because = f" ({', '.join(stack.robot_errors)})" if stack.robot_errors else ""
        cure = _MODES[stack.robot_mode].format(executor=stack.full_name("/franka_executor"))
        yield wrong("robot state", f"mode '{stack.robot_mode}'{because}", cure)
    elif stack.success_rate < GOOD_RATE and stack.robot_mode == "move":
        yield warning(
            "robot state",
            f"only {stack.success_rate:.0%} of the commands reach the robot in time",
            "See kernel, priority and network",
        )
    else:
        yield ok("robot state", f"mode '{stack.robot_mode}'")
