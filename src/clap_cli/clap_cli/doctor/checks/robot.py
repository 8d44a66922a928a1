"""The robot: its network, its FCI, its state."""

from __future__ import annotations

import math
from collections.abc import Iterator

from clap_cli.doctor.findings import Finding, ok, skipped, warning, wrong
from clap_cli.doctor.seen import Port, Seen

SLOW_MS = 1.0
"""FCI sends each millisecond; a cable without a switch answers in a fifth of that."""

PROTOCOL = 10
"""Version of FCI that libfranka 0.18 and later speak; robot systems 5.9 and later have it."""

PANDA_PROTOCOL = 5
"""Of system 4.2.1, the Panda's last one (libfranka 0.9)."""

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
        yield ok("robot", f"FCI answers at {at}")
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


def version(seen: Seen) -> Iterator[Finding]:
    """Whether the robot's system and the library of this stack's driver fit, and it is free."""
    robot = seen.robot
    if robot is None or robot.fci is not Port.OPEN:
        yield skipped("robot system", NO_ADDRESS if robot is None else "FCI does not answer")
        return
    told = robot.fci_version
    if not robot.asked:
        yield skipped(
            "robot system", "not asked for its version: the running stack's driver has it"
        )
    elif told is None:
        yield warning(
            "robot system",
            f"{robot.address}:1337 takes connections and says nothing: another program has it",
            "End it: franka_ros2, another fci_driver, or Desk's single point of control",
        )
    elif told == PROTOCOL:
        yield ok("robot system", f"protocol version {told}, as pylibfranka 0.21 and later want")
    elif told <= PANDA_PROTOCOL:
        yield warning(
            "robot system",
            f"protocol version {told} is that of the older Panda",
            "pylibfranka and franka_ros2 for Jazzy do not move it; fci_driver does with the "
            "library panda-python, which was never run with a robot (docs/fci.md)",
        )
    else:
        side = "older" if told < PROTOCOL else "newer"
        yield warning(
            "robot system",
            f"protocol version {told} is {side} than {PROTOCOL}, which fci_driver speaks",
            "Update the robot's system in Desk to 5.9 or later, or use franka_ros2 with the "
            "libfranka of its version"
            if told < PROTOCOL
            else "Install the pylibfranka of its version (Franka's compatibility table), or use "
            "franka_ros2 with that libfranka",
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
