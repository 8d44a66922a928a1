"""A node's main: signals let it release what it holds, and end the process cleanly."""

import os
import signal
import subprocess
import sys

import pytest

NODE = """
import sys
from clap_core.errors import ClapError, ErrorCode
from clap_ros.lifecycle import ManagedNode
from clap_ros.spin import run_node


class Sample(ManagedNode):
    def configure(self):
        print("configured", flush=True)

    def activate(self):
        print("active", flush=True)

    def halt(self):
        # Only a spinning executor runs tasks: this proves that it still spins.
        task = self.executor.create_task(lambda: print("spinning", flush=True))
        while not task.done():
            pass

    def deactivate(self):
        print("deactivated", flush=True)

    def cleanup(self):
        print("cleaned up", flush=True)


def make():
    if "broken" in sys.argv:
        raise ClapError(ErrorCode.INVALID_REQUEST, "the arm has no name", "Give it one")
    node = Sample("sample")
    node.trigger_configure()
    node.trigger_activate()
    return node


run_node(make)
"""


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", NODE, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("arguments", [(), ("--ros-args", "-p", "use_sim_time:=true")])
def test_a_signal_halts_and_releases_the_node(
    ending: signal.Signals, arguments: tuple[str, ...]
) -> None:
    process = start(*arguments)
    assert process.stdout is not None
    lines = [process.stdout.readline().strip() for _ in range(2)]
    assert lines == ["configured", "active"]
    process.send_signal(ending)
    out, err = process.communicate(timeout=20)
    assert out.split("\n")[:3] == ["spinning", "deactivated", "cleaned up"]
    assert process.returncode == 0, err


def test_a_node_that_cannot_be_made_says_why() -> None:
    process = start("broken")
    _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "INVALID_REQUEST: the arm has no name. Give it one." in err
    assert "Traceback" not in err


def test_a_wrong_use_sim_time_is_told_without_a_traceback() -> None:
    process = start("--ros-args", "-p", "use_sim_time:=1")
    _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "INVALID_REQUEST: Trying to set parameter 'use_sim_time' to '1'" in err
    assert "use_sim_time is true or false." in err
    assert "Traceback" not in err


LAUNCHER = """
import subprocess
import sys

subprocess.Popen([sys.executable, "-c", sys.argv[1]])
sys.stdin.read()
"""


def test_a_node_whose_launcher_is_killed_halts_releases_and_ends() -> None:
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, NODE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    assert launcher.stdout is not None
    lines = [launcher.stdout.readline().strip() for _ in range(2)]
    assert lines == ["configured", "active"]
    launcher.kill()
    # The end of its output is the end of the node: nothing else holds the pipe any more.
    out, _ = launcher.communicate(timeout=20)
    assert out.split("\n")[:3] == ["spinning", "deactivated", "cleaned up"]
