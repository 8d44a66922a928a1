"""How far a command looks for the stack that it speaks to.

A command sees the nodes of this computer alone, so that a sentence never moves somebody else's arm.
Where this computer runs the thinking half of a stack, its other half is on the robot's computer:
then, and only then, the command looks there as well.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
            client = _client_of_the_network(name)
        yield client
    finally:
        client.close()


def _client_of_the_network(name: str) -> Client:
    """One that sees the nodes of other computers, too; the range is read when it is made."""
    before = dict(os.environ)
    os.environ[RANGE_VARIABLE] = _NEAR
    for variable in PROFILE_VARIABLES:
        profile = Path(os.environ.get(variable, ""))
        if profile.name == _LOCAL_PROFILE:  # that one listens on no network
            os.environ[variable] = str(profile.with_name(_PROFILE))
    try:
        return Client(name)
    finally:
        os.environ.update(before)


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
