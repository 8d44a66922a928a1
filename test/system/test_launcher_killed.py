"""`ros2 launch` killed hard: nothing that it started is left, and a recording is whole."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from ament_index_python.packages import get_package_prefix
from rosbags.rosbag2 import Reader

from clap_cli.stack import Client
from clap_launch.guardian import LAUNCH_ID_VARIABLE, marked_processes

DEADLINE_S = 60.0
BAG = Path(__file__).resolve().parents[1] / "data/demo_bag"

# As the real one: it starts processes and has no guardian beside it.
LAUNCHER = """
import subprocess, sys, time
for command in sys.argv[1:]:
    subprocess.Popen(command.splitlines(), start_new_session=True)
time.sleep(600)
"""


def program(package: str, name: str, *arguments: str) -> str:
    path = Path(get_package_prefix(package), "lib", package, name)
    return "\n".join([str(path), *arguments])


def until(condition: Callable[[], bool], what: Callable[[], str]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)


def test_nothing_is_left_of_a_launch_that_was_killed(tmp_path: Path) -> None:
    """Those that have a main of their own; the others end by `run_node` (test_spin.py)."""
    recording = tmp_path / "bag"
    commands = [
        program("clap_bringup", "lifecycle_manager", "--ros-args", "-p", "autostart:=false"),
        program("clap_sim", "simulation", "--ros-args", "-p", "scene:=empty"),
        program("clap_bringup", "recorder", "/joint_states", "--output", str(recording)),
        program("clap_bringup", "player", str(BAG), "--loop", "yes", "--topics", "/none", "/tf"),
    ]
    nodes = {"lifecycle_manager", "simulation", "bag_recorder", "bag_player"}
    mark = uuid.uuid4().hex
    launcher = subprocess.Popen(
        [sys.executable, "-S", "-c", LAUNCHER, *commands],
        env={**os.environ, LAUNCH_ID_VARIABLE: mark},
    )
    try:
        with Client("spectator") as client:
            seen = client.node.get_node_names
            until(lambda: nodes <= set(seen()), lambda: f"missing: {nodes - set(seen())}")
        launcher.kill()
        launcher.wait()
        until(lambda: not marked_processes(mark), lambda: f"left: {marked_processes(mark)}")
        with Reader(recording) as bag:  # without its end, a bag cannot be read
            assert {connection.topic for connection in bag.connections} <= {"/joint_states"}
    finally:
        launcher.kill()
        for pid in marked_processes(mark):
            os.kill(pid, 9)
