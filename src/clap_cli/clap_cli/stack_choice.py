"""Which of the running stacks a command speaks to: with two arms, each has a namespace."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Collection, Iterable

from rclpy.node import Node

from clap_core.errors import ClapError, ErrorCode

EXECUTE_TASK = "task_executive/execute_task"
"""The action that a stack is known by, in the stack's namespace."""

STACK_TIMEOUT_S = 5.0
"""How long to look for a running stack."""

SETTLE_S = 1.0
"""How long to look for more stacks once one was seen: discovery tells of one after the other. On a
busy machine that is too short; a second one whose node is seen already is waited for."""

_POLL_S = 0.05
_EXECUTIVE = EXECUTE_TASK.split("/", maxsplit=1)[0]
_GOALS = "_action/send_goal"
_TYPE = "clap_msgs/action/ExecuteTask_SendGoal"


def add_namespace_argument(parser: argparse.ArgumentParser) -> None:
    """Declare ``--namespace`` for a command that speaks to a running stack."""
    parser.add_argument(
        "--namespace",
        metavar="NS",
        help="namespace of the stack, where several run, as /left; / for the one without",
    )


def find_stack(node: Node, namespace: str | None, interrupted: threading.Event) -> str:
    """The full name of the action of the one stack that is meant.

    Args:
        node: a spinning node.
        namespace: the one asked for, with or without its slashes; None if there is but one stack.
        interrupted: ends the search.

    Raises:
        ClapError: NODE_UNAVAILABLE where nothing is found in time; INVALID_REQUEST where there are
            several and none was named; CANCELED.
    """
    wanted = None if namespace is None else normal(namespace)
    return _join(choose(_look(node, wanted, interrupted), wanted))


def find_namespace(node: Node, namespace: str | None, interrupted: threading.Event) -> str:
    """What goes before the names of the stack that is meant: ``/`` or ``/left/``.

    Args and errors are those of `find_stack`.
    """
    return find_stack(node, namespace, interrupted).removesuffix(EXECUTE_TASK)


def find_stacks(node: Node, namespace: str | None, interrupted: threading.Event) -> list[str]:
    """The full names of the actions of all stacks, or of the one that is meant.

    Args and errors are those of `find_stack`, but that several are no error.
    """
    if namespace is not None:
        return [find_stack(node, namespace, interrupted)]
    found = _look(node, None, interrupted)
    return [_join(name) for name in sorted(found)] or [_join(choose(found, None))]


def _look(node: Node, wanted: str | None, interrupted: threading.Event) -> frozenset[str]:
    """Look for stacks until the wanted one is seen, or until no more come."""
    deadline = time.monotonic() + STACK_TIMEOUT_S
    found: frozenset[str] = frozenset()
    changed = time.monotonic()
    while time.monotonic() < deadline:
        now = running_stacks(node)
        if wanted in now:
            return now
        if now != found:
            found, changed = now, time.monotonic()
        is_settled = time.monotonic() - changed >= SETTLE_S and not half_seen(node, found)
        if wanted is None and found and is_settled:
            break
        if interrupted.wait(_POLL_S):
            raise ClapError(
                ErrorCode.CANCELED, "interrupted before anything was sent", "Say it again"
            )
    return found


def choose(found: Collection[str], wanted: str | None) -> str:
    """One of the namespaces that were found.

    Raises:
        ClapError: there is none, the wanted one is not among them, or nobody said which.
    """
    if not found:
        raise ClapError(
            ErrorCode.NODE_UNAVAILABLE,
            f"no stack is running: nothing serves {_join(wanted or '/')}",
            "Start one in another terminal with `./clap launch sim`; if one runs, check that both "
            "have the same ROS_DOMAIN_ID",
        )
    listed = ", ".join(sorted(found))
    if wanted is not None:
        if wanted in found:
            return wanted
        raise ClapError(
            ErrorCode.NODE_UNAVAILABLE,
            f"no stack is running in the namespace {wanted}; stacks run in: {listed}",
            "Name one of them with --namespace",
        )
    if len(found) > 1:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"several stacks are running, in the namespaces {listed}, and nobody said which one "
            "is meant",
            f"Name one of them: --namespace {min(found, key=_root_last)}",
        )
    return next(iter(found))


def running_stacks(node: Node) -> frozenset[str]:
    """The namespaces in which something serves a stack's action right now."""
    return frozenset(
        normal(name.removesuffix(f"{EXECUTE_TASK}/{_GOALS}"))
        for name in _names(node.get_service_names_and_types())
        # A client alone, as another `say` that waits, makes the name known as well.
        if node.count_services(name) > 0
    )


def half_seen(node: Node, found: Collection[str]) -> frozenset[str]:
    """The namespaces whose executive is seen, but not yet what it serves."""
    seen = {
        normal(namespace)
        for name, namespace in node.get_node_names_and_namespaces()
        if name == _EXECUTIVE
    }
    return frozenset(seen - set(found))


def _names(services: Iterable[tuple[str, list[str]]]) -> list[str]:
    ending = f"/{EXECUTE_TASK}/{_GOALS}"
    return [name for name, types in services if name.endswith(ending) and _TYPE in types]


def normal(namespace: str) -> str:
    """A namespace with its slash, as nodes have it."""
    return "/" + namespace.strip("/")


def _join(namespace: str) -> str:
    return f"{namespace.rstrip('/')}/{EXECUTE_TASK}"


def _root_last(namespace: str) -> tuple[bool, str]:
    return (namespace == "/", namespace)
