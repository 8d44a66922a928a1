"""Kernel, priorities and disk of this computer."""

from __future__ import annotations

from collections.abc import Iterator

from clap_cli.doctor.findings import Finding, ok, skipped, warning, wrong
from clap_cli.doctor.seen import Seen

FCI_PRIORITY = 80
"""What libfranka's loop needs at least; franka_ros2 asks for 98 or less."""

STEADY = "performance"
LIMITS_CURE = (
    "`sudo addgroup realtime; sudo usermod -aG realtime $USER`, give @realtime rtprio 99 and "
    "memlock unlimited in /etc/security/limits.conf, log in again"
)

SCARCE_BYTES, FULL_BYTES = 10e9, 1e9
"""A minute of four cameras is about 5 GB before compression."""


def kernel(seen: Seen) -> Iterator[Finding]:
    """libfranka's loop at 1 kHz needs a kernel that keeps its time."""
    computer = seen.computer
    if computer.is_realtime:
        yield ok("kernel", f"{computer.kernel}, realtime")
    elif seen.has_robot:
        yield warning(
            "kernel",
            f"{computer.kernel} is not a realtime kernel",
            "Install one (Ubuntu: `sudo pro enable realtime-kernel`) on the computer that runs the "
            "robot's driver; with another one the robot stops with communication_constraints_"
            "violation",
        )
    else:
        yield skipped("kernel", f"{computer.kernel}, not realtime: a simulation needs none")


def priority(seen: Seen) -> Iterator[Finding]:
    """The driver must be allowed to run before everything else."""
    computer = seen.computer
    if computer.max_priority >= FCI_PRIORITY:
        yield ok("priority", f"realtime priority up to {computer.max_priority} is allowed")
    elif seen.has_robot:
        yield warning(
            "priority",
            f"this user may not ask for realtime priority {FCI_PRIORITY} (limit "
            f"{computer.max_priority})",
            LIMITS_CURE,
        )
    else:
        yield skipped("priority", "no robot, no realtime priority needed")


def memory(seen: Seen) -> Iterator[Finding]:
    """Memory that is swapped out comes back too late for the loop."""
    if seen.computer.locks_memory:
        yield ok("memory", "all of a program's memory may be locked")
    elif seen.has_robot:
        yield warning(
            "memory",
            "this user may not lock a program's memory: commands may come late when it is short",
            LIMITS_CURE,
        )
    else:
        yield skipped("memory", "no robot, no locked memory needed")


def frequency(seen: Seen) -> Iterator[Finding]:
    """A processor that saves power wakes up too late for the loop."""
    governors = seen.computer.governors
    if not governors:
        yield skipped("processor", "the kernel does not tell how it chooses the frequency")
    elif governors == (STEADY,):
        yield ok("processor", "frequency for performance")
    elif seen.has_robot:
        yield warning(
            "processor",
            f"its frequency is chosen by {', '.join(governors)}: commands may come late",
            "`sudo cpupower frequency-set -g performance` on the computer that runs the robot's "
            "driver",
        )
    else:
        yield skipped("processor", f"frequency by {', '.join(governors)}: no robot, no matter")


def disk(seen: Seen) -> Iterator[Finding]:
    """Recordings fill it."""
    free_gb = seen.computer.free_bytes / 1e9
    cure = "Remove old recordings and videos (out/), or move them to a larger disk"
    if seen.computer.free_bytes < FULL_BYTES:
        yield wrong("disk", f"{free_gb:.1f} GB free", cure)
    elif seen.computer.free_bytes < SCARCE_BYTES:
        yield warning("disk", f"{free_gb:.1f} GB free: enough for minutes of recording", cure)
    else:
        yield ok("disk", f"{free_gb:.0f} GB free")
