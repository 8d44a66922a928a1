"""Processes: output, respawn, required ones, clean ends and no orphans."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from textwrap import dedent, indent

import pytest

from clap_launch import (
    Console,
    Event,
    Launch,
    LaunchMessage,
    OutputLine,
    ProcessExited,
    ProcessFailedToStart,
    ProcessStarted,
    ShutdownStarted,
)

DEADLINE_S = 20.0


class Run:
    """A launch whose events can be waited for."""

    def __init__(self, path: Path) -> None:
        self.events: queue.Queue[Event] = queue.Queue()
        self.seen: list[Event] = []
        self.launch = Launch(path, on_event=self.events.put)

    def wait(self, wanted: Callable[[Event], bool]) -> Event:
        """The next event that is wanted."""
        deadline = time.monotonic() + DEADLINE_S
        while True:
            event = self.events.get(timeout=max(0.0, deadline - time.monotonic()))
            self.seen.append(event)
            if wanted(event):
                return event

    def line(self, text: str) -> OutputLine:
        """Wait for a line of output."""
        event = self.wait(lambda e: isinstance(e, OutputLine) and e.text == text)
        assert isinstance(event, OutputLine)
        return event

    def end(self) -> int:
        """Wait for the end; all events are in ``seen`` then."""
        assert self.launch.wait(DEADLINE_S)
        while not self.events.empty():
            self.seen.append(self.events.get())
        assert self.launch.return_code is not None
        return self.launch.return_code


@pytest.fixture
def run(tmp_path: Path):  # type: ignore[no-untyped-def]
    """Makes runs of launch files and ends them."""
    runs: list[Run] = []

    def make(text: str) -> Run:
        path = tmp_path / "main.launch.yaml"
        path.write_text("launch:\n" + indent(dedent(text).strip(), "  ") + "\n")
        runs.append(Run(path))
        runs[-1].launch.start()
        return runs[-1]

    yield make
    for one in runs:
        assert one.launch.shutdown()


def exists(pid: int) -> bool:
    """Whether a process lives (one that ended but was not waited for does not count)."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def wait_gone(pid: int) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while exists(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.02)


def test_output_comes_with_its_label_and_stream(run: Callable[[str], Run]) -> None:
    one = run("- executable: {cmd: 'bash -c \"echo out; echo err >&2\"', name: talker}")
    assert one.end() == 0
    lines = [e for e in one.seen if isinstance(e, OutputLine)]
    assert sorted((e.label, e.text, e.is_error) for e in lines) == [
        ("talker", "err", True),
        ("talker", "out", False),
    ]


def test_a_failing_process_makes_the_launch_fail(run: Callable[[str], Run]) -> None:
    assert run("- executable: {cmd: 'false'}").end() == 1


def test_a_missing_program_is_told(run: Callable[[str], Run]) -> None:
    one = run("- executable: {cmd: /no/such/program, name: ghost, on_exit: shutdown}")
    assert one.end() == 1
    (failure,) = [e for e in one.seen if isinstance(e, ProcessFailedToStart)]
    assert failure.label == "ghost"
    assert "/no/such/program" in failure.problem


def test_respawn_starts_again_until_the_retries_are_spent(run: Callable[[str], Run]) -> None:
    one = run(
        "- executable: {cmd: 'true', name: r, respawn: 'true', respawn_max_retries: 2,"
        " respawn_delay: 0.01}"
    )
    assert one.end() == 0
    assert [e.start_count for e in one.seen if isinstance(e, ProcessStarted)] == [1, 2, 3]
    assert [e.respawning for e in one.seen if isinstance(e, ProcessExited)] == [True, True, False]


def test_a_killed_process_respawns_and_the_others_go_on(run: Callable[[str], Run]) -> None:
    one = run("""
    - executable: {cmd: "bash -c 'echo up; exec sleep 60'", name: a, respawn: "true"}
    - executable: {cmd: "sleep 60", name: b}
    """)
    one.line("up")
    other = one.launch.pid("b")
    assert one.launch.signal("a", signal.SIGKILL)
    ended = one.wait(lambda e: isinstance(e, ProcessExited))
    assert isinstance(ended, ProcessExited)
    assert (ended.label, ended.return_code, ended.respawning) == ("a", -signal.SIGKILL, True)
    one.line("up")
    assert one.launch.starts("a") == 2
    assert one.launch.pid("b") == other


def test_the_end_of_a_required_process_ends_all(run: Callable[[str], Run]) -> None:
    one = run("""
    - executable: {cmd: "bash -c 'exit 3'", name: heart, on_exit: shutdown, respawn: "true"}
    - executable: {cmd: "sleep 60", name: rest}
    """)
    assert one.end() == 1
    (shutdown,) = [e for e in one.seen if isinstance(e, ShutdownStarted)]
    assert shutdown.reason == "heart has ended and is required"
    # "rest" may not even have started when "heart" ended.
    for event in one.seen:
        if isinstance(event, ProcessExited) and event.label == "rest":
            assert event.expected


def test_shutdown_goes_from_sigint_to_sigterm_to_sigkill(run: Callable[[str], Run]) -> None:
    stubborn = (
        "import signal,time; signal.signal(signal.SIGINT, signal.SIG_IGN);"
        " signal.signal(signal.SIGTERM, signal.SIG_IGN); print(chr(111)); time.sleep(60)"
    )
    one = run(f"""
    - executable:
        cmd: '{sys.executable} -S -c "{stubborn}"'
        name: stubborn
        sigterm_timeout: 0.1
        sigkill_timeout: 0.1
    """)
    one.line("o")
    assert one.launch.shutdown("the test is over")
    assert one.end() == 0
    assert [e.text for e in one.seen if isinstance(e, LaunchMessage)] == [
        "stubborn does not end: SIGTERM is next",
        "stubborn does not end: SIGKILL is next",
    ]
    (ended,) = [e for e in one.seen if isinstance(e, ProcessExited)]
    assert (ended.return_code, ended.expected) == (-signal.SIGKILL, True)


def test_children_of_children_end_too(run: Callable[[str], Run]) -> None:
    one = run("""
    - executable:
        cmd: "bash -c 'setsid sleep 60 & sleep 60 & echo $!; wait'"
        name: parent
    """)
    event = one.wait(lambda e: isinstance(e, OutputLine))
    assert isinstance(event, OutputLine)
    launch_id = one.launch._supervisor._launch_id  # type: ignore[union-attr]
    assert one.launch.shutdown()
    wait_gone(int(event.text))
    from clap_launch.guardian import marked_processes

    assert marked_processes(launch_id) == []


def test_timers_messages_and_shutdown_tags_come_in_time(run: Callable[[str], Run]) -> None:
    one = run("""
    - executable: {cmd: "sleep 60", name: long}
    - log: {message: "now $(eval '1 + 1')"}
    - timer:
        period: 0.1
        children:
          - executable: {cmd: "echo late", name: late}
    - timer:
        period: 0.5
        children:
          - shutdown: {reason: "time is up"}
    """)
    assert one.end() == 0
    texts = [e.text for e in one.seen if isinstance(e, (LaunchMessage, OutputLine))]
    assert texts == ["now 2", "late"]
    assert [e.reason for e in one.seen if isinstance(e, ShutdownStarted)] == ["time is up"]


def test_a_listener_that_fails_ends_the_launch(tmp_path: Path) -> None:
    path = tmp_path / "x.launch.yaml"
    path.write_text("launch:\n  - executable: {cmd: sleep 60}\n")

    def broken(event: Event) -> None:
        raise BrokenPipeError("nobody reads")

    launch = Launch(path, on_event=broken).start()
    assert launch.wait(DEADLINE_S)
    assert launch.return_code == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_the_runner_is_signalled(
    tmp_path: Path, number: signal.Signals
) -> None:
    path = tmp_path / "x.launch.yaml"
    path.write_text(
        "launch:\n"
        "  - executable: {cmd: \"bash -c 'sleep 60 & echo $$ $!; wait'\", output: screen}\n"
    )
    program = (
        "from pathlib import Path; from clap_cli.commands import launch;"
        f"raise SystemExit(launch.run_here(Path({str(path)!r}), {{}}))"
    )
    runner = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert runner.stdout is not None
    pids: list[int] = []
    for line in runner.stdout:
        words = line.split()
        if len(words) == 3 and words[1].isdigit() and words[2].isdigit():
            pids = [int(word) for word in words[1:]]
            break
    assert len(pids) == 2
    runner.send_signal(number)
    runner.wait(timeout=DEADLINE_S)
    for pid in pids:
        wait_gone(pid)
    assert runner.returncode == (-number if number is signal.SIGKILL else 0)
    runner.stdout.close()


def test_the_console_prefixes_and_colours(tmp_path: Path) -> None:
    path = tmp_path / "x.launch.yaml"
    path.write_text(
        "launch:\n"
        "  - executable: {cmd: echo hi, name: loud, output: screen}\n"
        "  - executable: {cmd: echo hi, name: quiet}\n"
    )
    launch = Launch(path)
    plain, coloured = StringIO(), StringIO()
    for stream, colour in ((plain, False), (coloured, True)):
        console = Console(launch.description, stream, colour=colour)
        console.print(OutputLine("loud", "hello", is_error=False))
        console.print(OutputLine("quiet", "hidden", is_error=False))
        console.print(OutputLine("quiet", "shown", is_error=True))
        console.print(ProcessExited("loud", 1, 2, expected=False, respawning=True))
    assert plain.getvalue().splitlines() == [
        "[loud] hello",
        "[quiet] shown",
        "[loud] died (exit code 2), starting it again",
    ]
    assert coloured.getvalue().startswith("\033[")
    assert "\033[31mdied" in coloured.getvalue()
