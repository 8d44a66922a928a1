"""The table of checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from clap_cli.doctor.checks import cameras, computer, robot, stack
from clap_cli.doctor.findings import Finding
from clap_cli.doctor.seen import Seen

CHECKS: tuple[Callable[[Seen], Iterator[Finding]], ...] = (
    robot.fci,
    robot.version,
    robot.network,
    robot.state,
    computer.kernel,
    computer.priority,
    computer.memory,
    computer.frequency,
    stack.nodes,
    stack.topics,
    stack.clocks,
    stack.frames,
    cameras.usb,
    cameras.calibration,
    computer.disk,
)


def examine(seen: Seen) -> list[Finding]:
    """What all checks say, in the table's order."""
    return [finding for check in CHECKS for finding in check(seen)]
