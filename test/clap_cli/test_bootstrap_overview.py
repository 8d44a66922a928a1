"""``./clap --help`` tells the commands at once, before anything is set up."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("clap_cli/bootstrap", "clap_cli/clap_cli", "clap_core/clap_core")


@pytest.mark.parametrize("arguments", [[], ["-h"], ["--help"], ["help"]])
def test_the_overview_needs_no_environment(tmp_path: Path, arguments: list[str]) -> None:
    for part in PARTS:
        shutil.copytree(ROOT / "src" / part, tmp_path / "src" / part)
    bootstrap = tmp_path / "src/clap_cli/bootstrap"
    # On another distribution set-up ends at once, should it be tried.
    environment = {**os.environ, "ROS_DISTRO": "humble", "AMENT_PREFIX_PATH": "/opt/ros/humble"}
    run = subprocess.run(
        [sys.executable, "-S", "-E", str(bootstrap), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "usage: ./clap COMMAND" in run.stdout
    assert "bench fusion" in run.stdout
    assert not (tmp_path / ".venv").exists()
