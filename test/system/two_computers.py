"""Two computers on one: network namespaces with a slow cable between them, and two clocks."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shifted_clock import shifted

HERE = Path(__file__).parent
READY_TIMEOUT_S = 20.0
POLL_S = 0.2
NAMESPACES = ("net", "mount", "ipc", "uts", "pid")
"""What a computer has of its own: also its shared memory and its processes."""

_HOLD = "mount -t tmpfs tmpfs /dev/shm && hostname {name} && echo ready && exec sleep infinity"


def why_not() -> str:
    """Why two computers cannot be made here, with the cure; empty if they can."""
    if os.geteuid() != 0:
        return "two network namespaces need root: run ./clap test as root"
    programs = {"ip": "iproute2", "unshare": "util-linux", "nsenter": "util-linux", "gcc": "gcc"}
    if absent := sorted({p for name, p in programs.items() if shutil.which(name) is None}):
        return f"not installed: apt-get install {' '.join(absent)}"
    if not Path("/dev/net/tun").exists():
        return "this kernel has no /dev/net/tun: modprobe tun, or docker run --device /dev/net/tun"
    made = subprocess.run(
        ["unshare", *(f"--{name}" for name in NAMESPACES), "--fork", "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        return f"no namespaces here ({made.stderr.strip()}): docker run --privileged"
    return ""


def until(condition: Callable[[], Any], timeout_s: float, what: Callable[[], str]) -> Any:
    """The first true answer of a condition."""
    deadline = time.monotonic() + timeout_s
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"not within {timeout_s:g} s: {what()}"
        time.sleep(POLL_S)
    return answer


@dataclass
class Computer:
    """Processes with a network, shared memory and clock of their own.

    Args:
        name: of the computer.
        address: on the cable.
        folder: receives the output of what runs on it.
        clock_shift_s: how far its clock is ahead.
        clock: library that shifts clocks.
    """

    name: str
    address: str
    folder: Path
    clock_shift_s: float
    clock: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        made = [f"--{name}" for name in NAMESPACES]
        self._holder = subprocess.Popen(
            ["unshare", *made, "--fork", "--kill-child", "--mount-proc", "sh", "-c",
             _HOLD.format(name=self.name)],
            stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == "ready\n", "no namespaces"
        children = Path(f"/proc/{self._holder.pid}/task/{self._holder.pid}/children")
        self.pid = int(children.read_text().split()[0])
        """Of its first process, as this computer's others see it."""
        self._probe: subprocess.Popen[str] | None = None

    def start(self, *command: str, log: str = "", **options: Any) -> subprocess.Popen[str]:
        """Start a program of this environment's Python on it; its output goes to a file."""
        entered = ["nsenter", f"--target={self.pid}", *(f"--{name}" for name in NAMESPACES)]
        environment = shifted(self.clock, self.clock_shift_s)
        if log:
            options["stdout"] = (self.folder / f"{self.name}-{log}.log").open("a")
            options["stderr"] = subprocess.STDOUT
        process = subprocess.Popen(
            [*entered, "--", sys.executable, *command], env=environment, text=True, **options
        )
        self.started.append(process)
        return process

    def launch(self, **arguments: object) -> subprocess.Popen[str]:
        """Start its half of the stack."""
        words = [f"{name}:={value}" for name, value in arguments.items()]
        return self.start("-m", "clap_cli", "launch", "sim", *words, log="launch")

    def say(self, sentence: str) -> subprocess.Popen[str]:
        """Say something to the stack from here; the answer comes as JSON."""
        words = ["--json", "--timeout", "120", sentence]
        return self.start(
            "-m", "clap_cli", "say", *words, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Ask the probe on this computer, see `computer_probe`."""
        if self._probe is None or self._probe.poll() is not None:
            self._probe = self.start(
                str(HERE / "computer_probe.py"), stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        assert self._probe.stdin is not None and self._probe.stdout is not None
        self._probe.stdin.write(json.dumps(question) + "\n")
        self._probe.stdin.flush()
        return dict(json.loads(self._probe.stdout.readline()))

    def is_active(self, manager: str) -> dict[str, Any]:
        """What a manager says of the stack."""
        return self.ask({"ask": "is_active", "manager": manager})

    def libraries(self, pattern: str) -> set[str]:
        """Which of its processes have a library loaded that fits."""
        found = set()
        for entry in Path(f"/proc/{self.pid}/root/proc").glob("[0-9]*"):
            try:
                names = set(re.findall(r"/\S+", (entry / "maps").read_text()))
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue  # it has ended meanwhile
            if any(re.search(pattern, name) for name in names):
                found.add(command)
        return found

    def processes(self) -> list[str]:
        """The commands that run on it."""
        commands = []
        for entry in Path(f"/proc/{self.pid}/root/proc").glob("[0-9]*"):
            try:
                commands.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
        return commands

    def output(self) -> str:
        """The last lines of what its launch said."""
        log = self.folder / f"{self.name}-launch.log"
        return "\n".join(log.read_text().splitlines()[-30:]) if log.exists() else "no launch"

    def switch_off(self) -> None:
        """End all that runs on it, hard."""
        self._holder.kill()
        self._holder.wait()
        for process in self.started:
            process.kill()
            process.communicate()


class Cable:
    """What connects two computers; see `slow_link`."""

    def __init__(self, one: Computer, other: Computer, delay_s: float, loss: float) -> None:
        ends = [f"{computer.pid}={computer.address}/24" for computer in (one, other)]
        self._process = subprocess.Popen(
            [sys.executable, "-S", str(HERE / "slow_link.py"), *ends,
             "--delay", str(delay_s), "--loss", str(loss)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n", "no cable"

    def tell(self, command: str) -> str:
        """cut, join or count."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def remove(self) -> None:
        """Take it away."""
        self._process.communicate()
