"""How many DDS participants this process has."""

from __future__ import annotations

from pathlib import Path


def count_participants() -> int:
    """Each has a thread for its timed events. One is left where a handle outlives its context."""
    names = [path.read_text().strip() for path in Path("/proc/self/task").glob("*/comm")]
    return sum(name.startswith("dds.ev.") for name in names)
