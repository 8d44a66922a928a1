"""``clap console``: a page in the browser that says sentences, stops, and shows what goes on."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from rclpy.node import Node

from clap_cli.commands.doctor import look
from clap_cli.doctor.table import examine
from clap_cli.reach import client_of_the_stack
from clap_cli.stack import Client
from clap_cli.stack_choice import EXECUTE_TASK, add_namespace_argument, find_namespace, normal
from clap_console.page.feed import Feed
from clap_console.ros.running import WatchedStack
from clap_core.errors import ClapError, ErrorCode

try:
    from clap_console.web.server import serve
except ModuleNotFoundError as missing:
    raise ClapError(
        ErrorCode.INVALID_REQUEST,
        f"the page needs the package '{missing.name}', which this environment was set up without",
        "Run ./clap setup; with --only, name console among the groups",
    ) from missing

HELP = """Serves a page that says sentences to the running stack, stops it, and shows what it sees
and does and what is wrong. Any number of browsers; closing them, or this command, stops nothing."""

PORT = 8470


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to serve on; any but this computer's loopback asks browsers for a token",
    )
    parser.add_argument("--port", type=int, default=PORT, help="0 takes any that is free")
    parser.add_argument(
        "--timeout", type=float, default=900.0, help="seconds until a task is canceled"
    )
    parser.add_argument("--arm-id", default="fr3", help="for the doctor: fr3, fer or panda")
    add_namespace_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with _client(args.namespace) as (node, prefix):
        feed = Feed()
        stack = WatchedStack(
            node,
            prefix,
            f"{prefix}{EXECUTE_TASK}",
            feed,
            args.timeout,
            lambda: _findings(args.arm_id, prefix),
        )
        try:
            serve(stack, feed, args.host, args.port, _tell)
        finally:
            if stack.task_runs:
                print("The task goes on; `./clap say --stop` stops it.", flush=True)
            stack.close()
    return 0


@contextmanager
def _client(namespace: str | None) -> Iterator[tuple[Node, str]]:
    """A node that sees the stack, and what goes before the stack's names.

    Where none runs yet, the page says so, and finds the one that is started later.
    """
    interrupted = threading.Event()
    with ExitStack() as stack:
        try:
            client = stack.enter_context(
                client_of_the_stack("clap_console", namespace, interrupted)
            )
            prefix = find_namespace(client.node, namespace, interrupted)
        except ClapError as error:
            if error.code is not ErrorCode.NODE_UNAVAILABLE:
                raise
            print(f"{error.message}\nThe page waits for it.", flush=True)
            stack.close()
            client = stack.enter_context(Client("clap_console"))
            prefix = f"{normal(namespace or '/').rstrip('/')}/"
        yield client.node, prefix


def _tell(address: str) -> None:
    print(f"Open {address}\nCtrl-C ends the page, not the task.", flush=True)


def _findings(arm_id: str, prefix: str) -> list[dict[str, str]]:
    found = examine(look(None, arm_id, None, 2.0, prefix.rstrip("/") or "/"))
    return [
        {"name": one.name, "level": one.level.name, "text": one.text, "cure": one.cure}
        for one in found
    ]
