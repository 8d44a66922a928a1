"""``clap say``: give an instruction to the running stack and watch it being obeyed, or stop it."""

from __future__ import annotations

import argparse
import json
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from rclpy.action import ActionClient
from rich.console import Console

from clap_cli.narrator import Narrator, error_name
from clap_cli.reach import client_of_the_stack
from clap_cli.stack_choice import (
    STACK_TIMEOUT_S,
    add_namespace_argument,
    find_stack,
    find_stacks,
)
from clap_core.errors import ClapError, ErrorCode
from clap_msgs.action import ExecuteTask
from clap_ros.calls import cancel_all, run_action

HELP = "give an instruction to the running stack; Ctrl-C stops the arm, so does --stop"

_FAILED = 1
_NOT_SENT = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("instruction", nargs="*", help="the sentence, e.g. 'pick up the red mug'")
    parser.add_argument(
        "--stop",
        action="store_true",
        help="stop the task that runs, whoever gave it; of all stacks, if no --namespace is named",
    )
    parser.add_argument(
        "--timeout", type=float, default=900.0, help="seconds until the task is canceled"
    )
    add_namespace_argument(parser)
    parser.add_argument(
        "--json", action="store_true", help="print one line of JSON; the story goes to stderr"
    )


def run(args: argparse.Namespace) -> int:
    """Send the instruction; 0 only when it was done, 1 when not, 2 when no stack took it.

    With ``--stop``: 0 when nothing moves any more that moved for a task, 2 when that is not known.
    """
    instruction = " ".join(args.instruction)
    console = Console(stderr=args.json, highlight=False)
    if args.stop == bool(instruction):
        error = ClapError(
            ErrorCode.INVALID_REQUEST,
            "give either a sentence or --stop",
            "For example `./clap say 'pick up the red mug'`, or `./clap say --stop`",
        )
        return _refuse(error, instruction, console, args.json)
    if args.stop:
        return _stop(args, console)
    narrator = Narrator(console)
    with _first_interrupt(console) as interrupted, ExitStack() as stack:
        task: ActionClient | None = None
        try:
            client = stack.enter_context(
                client_of_the_stack("clap_say", args.namespace, interrupted)
            )
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
            return _refuse(error, instruction, console, args.json)
        finally:
            if task is not None:
                task.destroy()
        narrator.on_result(result)
    if args.json:
        print(json.dumps(_summary(instruction, result)))
    return 0 if result.error_code == ErrorCode.SUCCESS else _FAILED


def _stop(args: argparse.Namespace, console: Console) -> int:
    """Stop what runs on every stack that is meant, and say how each task ended."""
    stopped = []
    status = 0
    with _first_interrupt(console) as interrupted, ExitStack() as stack:
        try:
            client = stack.enter_context(
                client_of_the_stack("clap_stop", args.namespace, interrupted)
            )
            names = find_stacks(client.node, args.namespace, interrupted)
        except ClapError as error:
            return _refuse(error, "", console, args.json)
        for name in names:
            task = ActionClient(client.node, ExecuteTask, name)
            try:
                results = cancel_all(task, STACK_TIMEOUT_S)
            except ClapError as error:
                status = _refuse(error, "", console, as_json=False)
                continue
            finally:
                task.destroy()
            if not results:
                console.print(f"{name}: no task runs")
            for result in results:
                console.print(f"{name}: stopped a task", style="bold", soft_wrap=True)
                Narrator(console).on_result(result)
                stopped.append({"stack": name, **_summary("", result)})
    if args.json:
        print(json.dumps({"success": status == 0, "stopped": stopped}))
    return status


def _refuse(error: ClapError, instruction: str, console: Console, as_json: bool) -> int:
    console.print(f"{error.code.name}: {error.message}", style="red", markup=False, soft_wrap=True)
    if as_json:
        print(json.dumps(_failure(instruction, error)))
    return _NOT_SENT


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
