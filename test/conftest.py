"""What all tests share: launch tests only where launch_pytest is, and a summary that says so."""

from __future__ import annotations

import ast
import importlib.util
import os
from pathlib import Path

import pytest

LAUNCH_TESTS = Path(__file__).parent / "launch"

collect_ignore_glob = [] if importlib.util.find_spec("launch_pytest") else ["launch/*"]


def count_tests(folder: Path) -> int:
    """Counts the test functions below a folder without importing anything."""
    return sum(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
        for path in folder.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
    )


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
