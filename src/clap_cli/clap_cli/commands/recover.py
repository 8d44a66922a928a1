"""``./clap recover``: a robot that stopped itself may move again."""

from __future__ import annotations

import argparse
import threading

from std_srvs.srv import Trigger

from clap_cli.reach import client_of_the_stack
from clap_cli.stack_choice import add_namespace_argument, find_namespace
from clap_core.errors import ErrorCode
from clap_ros.calls import ReportedError, call_service

HELP = """Clears a reflex, after what the arm ran into was removed. Nothing moves by it, but the arm
may from then on."""

RECOVERY_TIMEOUT_S = 30.0
RECOVER = "franka_executor/recover"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add_namespace_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Recover the robot.

    Raises:
        ClapError: nobody serves it; what the executor told where the robot did not recover.
    """
    never = threading.Event()
    with client_of_the_stack("clap_recover", args.namespace, never) as client:
        space = find_namespace(client.node, args.namespace, never)
        recover = client.node.create_client(Trigger, f"{space}{RECOVER}")
        answer = call_service(recover, Trigger.Request(), RECOVERY_TIMEOUT_S)
    if not answer.success:
        raise ReportedError(ErrorCode.ROBOT_REFLEX, answer.message)
    print("recovered: the arm may move again")
    return 0
