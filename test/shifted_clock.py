"""Processes whose clock is wrong, see shifted_clock.c."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def build_clock(folder: Path) -> Path:
    """The library that shifts clocks, compiled into a folder."""
    library = folder / "shifted_clock.so"
    source = str(Path(__file__).with_suffix(".c"))
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", str(library), source], check=True)
    return library


def shifted(library: Path, shift_s: float) -> dict[str, str]:
    """This process's environment, for one whose clock is ahead by `shift_s` (seconds)."""
    preload = [str(library), *filter(None, [os.environ.get("LD_PRELOAD")])]
    return {**os.environ, "LD_PRELOAD": ":".join(preload), "CLOCK_SHIFT_S": str(shift_s)}
