"""``clap bench stack``: rate, loss and age of the fused clouds while everything runs."""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rcl_interfaces.srv import SetParameters
from rclpy.node import Node
from rclpy.parameter import Parameter
from rich.console import Console
from rich.table import Table

from clap_cli.domains import own_domain
from clap_cli.stack import SimulatedStack
from clap_core.errors import ClapError, ErrorCode
from clap_ros.calls import call_service

HELP = """Run the whole simulated stack at real time and measure the fused clouds: how many a
second, how many get lost on the way to the keypoint node, and how old they are there."""

CAMERAS = ["front", "left", "right", "wrist"]
SETTLE_S = 30.0
"""How long the stack may take to go quiet once the cameras stand still."""

CALL_TIMEOUT_S = 10.0
WARM_UP_S = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--seconds", type=float, default=30.0, help="how long to measure")
    parser.add_argument("--seed", type=int, default=0, help="of the scene")
    parser.add_argument("--json", action="store_true", help="print only the JSON line")


def run(args: argparse.Namespace) -> int:
    """Run the benchmark; its last line of output is JSON."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "stack.log"
        arguments = {"seed": args.seed, "real_time_factor": 1.0}
        with own_domain(), SimulatedStack(arguments, log) as stack:
            result = measure(stack.node, args.seconds)
    if not args.json:
        table = Table("figure", "value")
        for name, value in result.items():
            table.add_row(name, json.dumps(value))
        Console().print(table)
    print(json.dumps(result))
    return 0


def measure(node: Node, seconds: float) -> dict[str, Any]:
    """Let the cameras run for a while, and count before and after, when nothing is on its way.

    Args:
        node: a spinning node beside a running stack.
        seconds: how long to measure, wall clock.

    Raises:
        ClapError: TIMEOUT when the stack does not report or does not go quiet.
    """
    reports = _Reports(node)
    switch = _CameraSwitch(node)
    pause = threading.Event()
    pause.wait(WARM_UP_S)

    switch.stop()
    before = reports.settled()
    began, began_sim_ns = time.monotonic(), node.get_clock().now().nanoseconds
    switch.start()
    pause.wait(seconds)
    rates = reports.latest()
    switch.stop()
    wall_s = time.monotonic() - began
    simulated_s = (node.get_clock().now().nanoseconds - began_sim_ns) * 1e-9
    after = reports.settled()

    fused = after["cloud_fusion", "clouds"] - before["cloud_fusion", "clouds"]
    received = after["keypoint", "clouds_received"] - before["keypoint", "clouds_received"]
    return {
        "fused_hz": round(fused / wall_s, 2),
        "fused_hz_simulated": round(fused / simulated_s, 2),
        "fused": int(fused),
        "lost": int(fused - received),
        "cloud_age_ms": {
            percentile: round(rates["keypoint", f"cloud_age_ms.{percentile}"], 1)
            for percentile in ("p50", "p95")
        },
        "fusion_work_ms": {"p50": round(rates["cloud_fusion", "work_ms.p50"], 1)},
        "camera_sets_dropped": int(
            after["cloud_fusion", "sets_dropped"] - before["cloud_fusion", "sets_dropped"]
        ),
        "real_time_factor": round(simulated_s / wall_s, 3),
        "seconds": round(wall_s, 1),
    }


class _Reports:
    """The figures that nodes publish on /diagnostics."""

    def __init__(self, node: Node) -> None:
        self._values: dict[tuple[str, str], float] = {}
        self._counts: dict[str, int] = {}
        self._changed = threading.Condition()
        node.create_subscription(DiagnosticArray, "/diagnostics", self._on_message, 100)

    def latest(self) -> dict[tuple[str, str], float]:
        """Every figure, by node and name."""
        with self._changed:
            return dict(self._values)

    def settled(self) -> dict[tuple[str, str], float]:
        """The figures once neither node has counted anything between two reports of each."""
        deadline = time.monotonic() + SETTLE_S
        previous: dict[tuple[str, str], float] | None = None
        while time.monotonic() < deadline:
            self._await_reports(deadline)
            current = self.latest()
            totals = [
                (values["cloud_fusion", "clouds"], values["keypoint", "clouds_received"])
                for values in (previous, current)
                if values is not None
            ]
            if len(totals) == 2 and totals[0] == totals[1]:
                return current
            previous = current
        raise ClapError(
            ErrorCode.TIMEOUT,
            f"the stack did not go quiet within {SETTLE_S:.0f} s",
            "Run the benchmark alone on the machine",
        )

    def _await_reports(self, deadline: float) -> None:
        with self._changed:
            wanted = {name: self._counts.get(name, 0) + 2 for name in ("cloud_fusion", "keypoint")}
            self._changed.wait_for(
                lambda: all(self._counts.get(name, 0) >= n for name, n in wanted.items()),
                max(0.0, deadline - time.monotonic()),
            )

    def _on_message(self, message: DiagnosticArray) -> None:
        with self._changed:
            for status in message.status:
                self._counts[status.name] = self._counts.get(status.name, 0) + 1
                for pair in status.values:
                    try:
                        self._values[status.name, pair.key] = float(pair.value)
                    except ValueError:
                        continue  # words, not figures
            self._changed.notify_all()


class _CameraSwitch:
    """Stops and starts all simulated cameras."""

    def __init__(self, node: Node) -> None:
        self._client = node.create_client(SetParameters, "/simulation/set_parameters")

    def stop(self) -> None:
        """No camera publishes any more."""
        self._set(CAMERAS)

    def start(self) -> None:
        """All cameras publish again."""
        self._set([])

    def _set(self, stopped: list[str]) -> None:
        parameter = Parameter("faults.stopped_cameras", Parameter.Type.STRING_ARRAY, stopped)
        answer = call_service(
            self._client,
            SetParameters.Request(parameters=[parameter.to_parameter_msg()]),
            CALL_TIMEOUT_S,
        )
        if not answer.results[0].successful:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the simulation refused to switch its cameras: {answer.results[0].reason}",
                "Please report it",
            )
