"""``./clap doctor``: looks at the computer, the robot and the running stack, and names cures."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from clap_cli.commands.test import checkout
from clap_cli.doctor.findings import Finding, Level
from clap_cli.doctor.probes import computer, network, ros
from clap_cli.doctor.seen import Seen
from clap_cli.doctor.table import examine
from clap_cli.stack_choice import add_namespace_argument

HELP = """Looks at what an experienced colleague would: robot and FCI, network, realtime, the nodes
and their topics, clocks, frames, cameras, calibration, disk. Works with nothing running too.

Exit status: 0 if nothing is wrong (warnings count as such), 1 if something is."""

_WRONG = 1
_MARKS = {
    Level.OK: "[green]ok[/]",
    Level.SKIPPED: "[dim]--[/]",
    Level.WARNING: "[yellow]warn[/]",
    Level.WRONG: "[bold red]WRONG[/]",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("--robot-ip", metavar="IP", help="address of the robot's control box")
    add_namespace_argument(parser)
    parser.add_argument("--arm-id", default="fr3", help="fr3, fer or panda")
    parser.add_argument("--extrinsics", type=Path, help="file of the cameras' poses")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long to listen to topics")
    parser.add_argument("--json", action="store_true", help="print one line of JSON instead")


def run(args: argparse.Namespace) -> int:
    """Look, judge, print."""
    seen = look(args.robot_ip, args.arm_id, args.extrinsics, args.seconds, args.namespace)
    findings = examine(seen)
    is_wrong = any(finding.level is Level.WRONG for finding in findings)
    if args.json:
        print(json.dumps({"ok": not is_wrong, "findings": [_plain(one) for one in findings]}))
    else:
        show(findings, Console(highlight=False))
    return _WRONG if is_wrong else 0


def look(
    robot_ip: str | None,
    arm_id: str,
    extrinsics: Path | None,
    seconds: float,
    namespace: str | None = None,
) -> Seen:
    """What there is to see.

    Args:
        robot_ip: address of the control box, if there is one.
        arm_id: of the robot.
        extrinsics: file of the cameras' poses; config/cameras.yaml if None.
        seconds: how long to listen to topics.
        namespace: of the stack; None if but one runs.

    Raises:
        ClapError: several stacks run and none was named, or the one that was does not.
    """
    root = checkout()
    seen = Seen(
        computer=computer.computer(root),
        stack=ros.stack(seconds, namespace),
        calibration=computer.calibration(extrinsics or root / "config/cameras.yaml", arm_id),
        usb_cameras=computer.usb_cameras(),
    )
    if robot_ip is None:
        return seen
    # FCI takes one client: whoever asks for its version while a driver runs would disturb it.
    is_held = bool(seen.stack.nodes) and not seen.stack.is_simulated
    return replace(seen, robot=network.robot_link(robot_ip, ask_version=not is_held))


def show(findings: list[Finding], console: Console) -> None:
    """The report for people, what is wrong with its cure."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for finding in findings:
        text = escape(finding.text)
        if finding.cure:
            text += f"\n[cyan]-> {escape(finding.cure)}[/]"
        table.add_row(_MARKS[finding.level], escape(finding.name), text)
    console.print(table)
    counts = {level: sum(one.level is level for one in findings) for level in Level}
    console.print(
        f"\n{counts[Level.WRONG]} wrong, {counts[Level.WARNING]} warnings, {counts[Level.OK]} ok"
    )


def _plain(finding: Finding) -> dict[str, str]:
    return {
        "name": finding.name,
        "level": finding.level.value,
        "text": finding.text,
        "cure": finding.cure,
    }
