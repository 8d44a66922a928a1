"""Stacks that end with the module that started them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from running_stack import RunningStack

from clap_cli.stack import SimulatedStack


@pytest.fixture(scope="module")
def start_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., RunningStack]]:
    """Starts a simulated stack with the given launch arguments; ends the one before."""
    stacks: list[SimulatedStack] = []

    def stop() -> None:
        while stacks:
            stacks.pop().__exit__(None, None, None)

    def start(**arguments: object) -> RunningStack:
        stop()  # two would answer to the same names
        log = tmp_path_factory.mktemp("stack") / "stack.log"
        stack = SimulatedStack(arguments, log)
        stack.__enter__()
        stacks.append(stack)
        return RunningStack(stack)

    yield start
    stop()
