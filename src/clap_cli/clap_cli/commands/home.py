"""``./clap home``: the hand finds its ends."""

from __future__ import annotations

import argparse
import threading

from rclpy.action import ActionClient

from clap_cli.reach import client_of_the_stack
from clap_cli.stack_choice import add_namespace_argument, find_namespace
from clap_core.errors import ClapError, ErrorCode
from clap_ros.calls import run_action, succeeded
from franka_msgs.action import Homing

HELP = """Homes the hand: the fingers close and open fully, which takes some seconds. A Franka hand
needs it once after each switching on. Keep your own fingers out; Ctrl-C stops it."""

HOMING_TIMEOUT_S = 60.0
HOMING = "franka_gripper/homing"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add_namespace_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Home the hand.

    Raises:
        ClapError: nobody serves it; GRIPPER_FAILED where the hand did not do it.
    """
    never = threading.Event()
    with client_of_the_stack("clap_home", args.namespace, never) as client:
        space = find_namespace(client.node, args.namespace, never)
        homing = ActionClient(client.node, Homing, f"{space}{HOMING}")
        print("the fingers move ...", flush=True)
        try:
            status, result = run_action(homing, Homing.Goal(), HOMING_TIMEOUT_S)
        finally:
            homing.destroy()
    if not succeeded(status) or not result.success:
        raise ClapError(
            ErrorCode.GRIPPER_FAILED,
            f"the hand was not homed: {result.error or 'the driver does not say why'}",
            "Take out what is between the fingers and try again; then look at Desk",
        )
    print("the hand is homed")
    return 0
