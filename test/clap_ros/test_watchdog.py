"""A process whose middleware hangs ends itself with a named error; a healthy one never does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from clap_ros.watchdog import EventThreads, wakes_of_event_threads

DEADLINE_S = 60.0

# One thread of the middleware is stopped for good, as in a deadlock; nothing else is disturbed.
HUNG_NODE = """
import ctypes, os, sys, threading
import clap_ros.watchdog as watchdog
from clap_ros.lifecycle import ManagedNode
from clap_ros.spin import run_node

watchdog.POLL_S, watchdog.STUCK_POLLS = 0.1, 60

def hang():
    ctypes.CDLL(None).prctl(15, b"dds.ev.7")  # PR_SET_NAME
    lock = threading.Lock()
    lock.acquire()
    print("hangs", flush=True)
    lock.acquire()

def make():
    node = ManagedNode("sample")
    threading.Thread(target=hang, daemon=True).start()
    return node

run_node(make)
"""


def test_a_hung_middleware_ends_the_process_with_a_named_error() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HUNG_NODE],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        env=dict(os.environ),
    )
    assert done.returncode == 1
    assert "hangs" in done.stdout
    assert "NODE_UNAVAILABLE: the middleware of /sample hangs: its thread dds.ev.7" in done.stderr
    assert "the launch starts it again" in done.stderr


def test_a_thread_that_wakes_is_never_stuck() -> None:
    threads = EventThreads(stuck_polls=3)
    assert not any(threads.look({"dds.ev.0": wakes // 3}) for wakes in range(60))


def test_a_thread_that_does_not_wake_is_named_though_others_do() -> None:
    threads = EventThreads(stuck_polls=3)
    found = [threads.look({"dds.ev.0": wakes, "dds.ev.1": 9}) for wakes in range(4)]
    assert found == [None, None, None, "dds.ev.1"]


def test_a_thread_that_waits_for_a_processor_is_not_stuck() -> None:
    threads = EventThreads(stuck_polls=2)
    for _ in range(5):
        assert threads.look({"dds.ev.0": 9}) is None
        assert threads.look({"dds.ev.0": 9}) is None
        assert threads.look({}) is None


def task(folder: Path, number: int, name: str, state: str, wakes: int) -> None:
    (folder / str(number)).mkdir()
    (folder / str(number) / "status").write_text(
        f"Name:\t{name}\nState:\t{state}\nvoluntary_ctxt_switches:\t{wakes}\n"
        "nonvoluntary_ctxt_switches:\t5\n"
    )


def test_only_sleeping_event_threads_are_counted(tmp_path: Path) -> None:
    task(tmp_path, 11, "dds.ev.0", "S (sleeping)", 7)
    task(tmp_path, 12, "dds.ev.1", "R (running)", 8)
    task(tmp_path, 13, "dds.udp.7410", "S (sleeping)", 9)
    (tmp_path / "14").mkdir()  # has just ended
    assert wakes_of_event_threads(tmp_path) == {"dds.ev.0 (11)": 7}


def test_the_threads_of_a_real_participant_are_found() -> None:
    script = (
        "import rclpy, time\n"
        "from clap_ros.watchdog import wakes_of_event_threads\n"
        "rclpy.init()\n"
        "node = rclpy.create_node('sample')\n"
        "deadline = time.monotonic() + 30.0\n"
        "first = {}\n"
        "while not first and time.monotonic() < deadline:\n"
        "    first = wakes_of_event_threads()\n"
        "(name, count), = first.items()\n"
        "while wakes_of_event_threads().get(name, count) == count:\n"
        "    assert time.monotonic() < deadline, 'it never woke'\n"
        "print('woke')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=DEADLINE_S
    )
    assert done.stdout.strip() == "woke", done.stderr
