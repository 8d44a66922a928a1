"""``clap say``: give an instruction to the running stack and watch it being obeyed."""

from __future__ import annotations

import argparse
import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rclpy.action import ActionClient
from rich.console import Console

from clap_cli.narrator import Narrator, error_name
from clap_cli.stack import Client
from clap_cli.stack_choice import add_namespace_argument, find_stack
from clap_core.errors import ClapError, ErrorCode
from clap_msgs.action import ExecuteTask
from clap_ros.calls import run_action

HELP = "give an instruction to the running stack; Ctrl-C stops the arm"

_FAILED = 1
_NOT_SENT = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("instruction", nargs="+", help="the sentence, e.g. 'pick up the red mug'")
    parser.add_argument(
        "--timeout", type=float, default=900.0, help="seconds until the task is canceled"
    )
    add_namespace_argument(parser)
    parser.add_argument(
        "--json", action="store_true", help="print one line of JSON; the story goes to stderr"
    )


def run(args: argparse.Namespace) -> int:
    """Send the instruction; 0 only when it was done, 1 when not, 2 when no stack took it."""
    instruction = " ".join(args.instruction)
    console = Console(stderr=args.json, highlight=False)
    narrator = Narrator(console)
    with _first_interrupt(console) as interrupted, Client("clap_say") as client:
        task: ActionClient | None = None
        try:
            name = find_stack(client.node, args.namespace, interrupted)
            task = ActionClient(client.node, ExecuteTask, name)
            _, result = run_action(
                task,
                ExecuteTask.Goal(instruction=instruction),
                args.timeout,
                on_feedback=narrator.on_feedback,
                stop_early=interrupted,
            )
        except ClapError as error:
            console.print(
                f"{error.code.name}: {error.message}", style="red", markup=False, soft_wrap=True
            )
            if args.json:
                print(json.dumps(_failure(instruction, error)))
            return _NOT_SENT
        finally:
            if task is not None:
                task.destroy()
        narrator.on_result(result)
    if args.json:
        print(json.dumps(_summary(instruction, result)))
    return 0 if result.error_code == ErrorCode.SUCCESS else _FAILED


@contextmanager
def _first_interrupt(console: Console) -> Iterator[threading.Event]:
    """An event that the first Ctrl-C (or SIGTERM) sets; the second one ends the program."""
    interrupted = threading.Event()

    def on_signal(number: int, _frame: object) -> None:
        if interrupted.is_set():
            raise KeyboardInterrupt
        interrupted.set()
        console.print("stopping the arm ... (Ctrl-C again to leave without waiting)")

    before = {
        number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield interrupted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _failure(instruction: str, error: ClapError) -> dict[str, Any]:
    return {
        "instruction": instruction,
        "success": False,
        "error_code": error.code.name,
        "error_msg": error.message,
    }


def _summary(instruction: str, result: ExecuteTask.Result) -> dict[str, Any]:
    return {
        "instruction": instruction,
        "success": result.error_code == ErrorCode.SUCCESS,
        "error_code": error_name(result.error_code),
        "error_msg": result.error_msg,
        "duration_s": round(result.duration_s, 3),
        "subtasks": [
            {
                "text": done.subtask.text,
                "keypoint": done.keypoint.label,
                "point_m": [
                    round(value, 4)
                    for value in (
                        done.keypoint.point.x,
                        done.keypoint.point.y,
                        done.keypoint.point.z,
                    )
                ],
                "actions": [action.text for action in done.actions],
                "attempts": done.attempts,
                "error_code": error_name(done.error_code),
                "duration_s": round(done.duration_s, 3),
            }
            for done in result.subtasks
        ],
    }
