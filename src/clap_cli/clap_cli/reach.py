"""How far a command looks for the stack that it speaks to.

A command sees the nodes of this computer alone, so that a sentence never moves somebody else's arm.
Where this computer runs the thinking half of a stack, its other half is on the robot's computer:
then, and only then, the command looks there as well.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from rclpy.node import Node

from clap_cli.stack import Client
from clap_cli.stack_choice import (
    SETTLE_S,
    STACK_TIMEOUT_S,
    choose,
    normal,
    running_stacks,
)
from clap_core.errors import ClapError, ErrorCode

THINKING_MANAGER = "thinking_manager"
"""The node that looks after the half of a stack that has no arm."""

RANGE_VARIABLE = "ROS_AUTOMATIC_DISCOVERY_RANGE"
PROFILE_VARIABLES = ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE")
_LOCAL_PROFILE, _PROFILE = "fastdds-localhost.xml", "fastdds.xml"
_HERE, _NEAR = "LOCALHOST", "SUBNET"
_POLL_S = 0.05


@contextmanager
def client_of_the_stack(
    name: str, namespace: str | None, interrupted: threading.Event
) -> Iterator[Client]:
    """A client that sees the stack that is meant, on this computer or on the robot's.

    For the latter the process begins again, so nothing may have been done or said before.

    Args:
        name: of its node.
        namespace: of the stack; None if there is but one.
        interrupted: ends the search.

    Raises:
        ClapError: NODE_UNAVAILABLE where no stack is seen in time; CANCELED.
    """
    client = Client(name)
    try:
        if os.environ.get(RANGE_VARIABLE) == _HERE and _is_elsewhere(
            client.node, namespace, interrupted
        ):
            client.close()
            start_again_on_the_network()
        yield client
    finally:
        client.close()


def start_again_on_the_network() -> NoReturn:
    """Become the same command once more, as one that sees the nodes of other computers, too.

    A new node would not do: Fast DDS reads its profile once a process.
    """
    environment = network_environment(os.environ)
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)


def network_environment(before: Mapping[str, str]) -> dict[str, str]:
    """The environment of a command that speaks to other computers, of one that does not."""
    environment = {**before, RANGE_VARIABLE: _NEAR}
    for variable in PROFILE_VARIABLES:
        profile = Path(before.get(variable, ""))
        if profile.name == _LOCAL_PROFILE:  # that one listens on no network
            environment[variable] = str(profile.with_name(_PROFILE))
    return environment


def _is_elsewhere(node: Node, namespace: str | None, interrupted: threading.Event) -> bool:
    """Whether the stack's other half has to be looked for on another computer.

    Raises:
        ClapError: NODE_UNAVAILABLE, CANCELED.
    """
    wanted = None if namespace is None else normal(namespace)
    began = time.monotonic()
    half_seen_at: float | None = None
    while True:
        now = time.monotonic()
        stacks = running_stacks(node)
        halves = _thinking_halves(node) - stacks
        if wanted is not None:
            halves &= {wanted}
        if halves:
            half_seen_at = half_seen_at or now
            if now - half_seen_at >= SETTLE_S:
                return True
        elif stacks:
            return False
        elif now - began >= STACK_TIMEOUT_S:
            choose(stacks, wanted)  # raises: there is none
        if interrupted.wait(_POLL_S):
            raise ClapError(
                ErrorCode.CANCELED, "interrupted before anything was sent", "Say it again"
            )


def _thinking_halves(node: Node) -> frozenset[str]:
    """The namespaces of the managers that look after a thinking half here."""
    return frozenset(
        normal(namespace)
        for name, namespace in node.get_node_names_and_namespaces()
        if name == THINKING_MANAGER
    )
