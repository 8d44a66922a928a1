"""What all tests share: a ROS domain for each module, launch tests only where launch_pytest is, a
summary that says so, and an end for a run that hangs."""

from __future__ import annotations

import ast
import faulthandler
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from clap_cli.domains import own_domain

LAUNCH_TESTS = Path(__file__).parent / "launch"

HANGS_AFTER_S = 900.0
"""Longer than any test's time limit, which does not end one that hangs outside Python."""

STDERR = pytest.StashKey[int]()

collect_ignore_glob = [] if importlib.util.find_spec("launch_pytest") else ["launch/*"]


def count_tests(folder: Path) -> int:
    """Counts the test functions below a folder without importing anything."""
    return sum(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
        for path in folder.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
    )


def pytest_configure(config: pytest.Config) -> None:
    """Keeps the real standard error, which is captured while a test runs."""
    config.stash[STDERR] = os.dup(2)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Ends the run, and says where each thread is, if a test holds the interpreter for ever."""
    faulthandler.dump_traceback_later(HANGS_AFTER_S, exit=True, file=item.config.stash[STDERR])
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


@pytest.fixture(scope="module", autouse=True)
def domain_of_the_module() -> Iterator[int]:
    """No module's tests hear another's nodes, nor those of another run on this computer.

    The nodes of a process that was killed stay in everybody's graph until their lease ends.
    """
    with own_domain() as domain:
        yield domain


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what pytest's own summary leaves out."""
    left_out = count_tests(LAUNCH_TESTS) if collect_ignore_glob else 0
    if left_out:
        terminalreporter.write_line(
            f"{left_out} tests in test/launch were left out: launch_pytest is not installed here "
            "(it comes with a ROS 2 install)."
        )
    for check in os.environ.get("CLAP_CHECKS", "").split():
        name, outcome = check.split(":")
        terminalreporter.write_line(f"{name} {outcome}", red=outcome == "FAILED")
