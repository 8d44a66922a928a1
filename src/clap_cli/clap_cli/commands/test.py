"""``./clap test``: style, types, tests."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from clap_core.errors import ClapError, ErrorCode

HELP = """Checks style (ruff) and types (mypy), then runs the tests (pytest).

Arguments that are not listed here go to pytest:

  ./clap test test/clap_core
  ./clap test -k planner -x"""

PASSES_ON = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument(
        "--only-pytest", action="store_true", help="leave out the checks of style and types"
    )


def run(args: argparse.Namespace) -> int:
    """Runs the checks, then pytest, so that pytest's summary closes the output.

    Returns:
        0 if all went well; else pytest's status, or 1 where only a check failed.
    """
    # A shell that runs this in the background lets it ignore Ctrl-C, and all that it starts too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    root = checkout()
    _check_tools()
    checks = {} if args.only_pytest else {name: _check(name, root) for name in ("ruff", "mypy")}
    # test/conftest.py repeats the outcome above pytest's summary.
    outcomes = " ".join(
        f"{name}:{'passed' if passed else 'FAILED'}" for name, passed in checks.items()
    )
    environment = {**os.environ, "CLAP_CHECKS": outcomes}
    command = [sys.executable, "-m", "pytest", *args.rest]
    status = subprocess.run(command, cwd=root, env=environment, check=False).returncode
    return status or int(not all(checks.values()))


def _check_tools() -> None:
    missing = [name for name in ("ruff", "mypy", "pytest_timeout") if find_spec(name) is None]
    if missing:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"The tests need {', '.join(missing)}; this environment was set up without",
            "Run ./clap setup: it installs all groups of packages",
        )


def checkout() -> Path:
    """The folder of the checkout.

    Raises:
        ClapError: the code was not started from a checkout.
    """
    for folder in (os.environ.get("CLAP_ROOT"), *Path(__file__).resolve().parents):
        if folder and (Path(folder) / "pyproject.toml").is_file():
            return Path(folder)
    raise ClapError(
        ErrorCode.INVALID_REQUEST,
        "There are no tests beside the installed code",
        "Run ./clap test in a checkout of the repository",
    )


def _check(name: str, root: Path) -> bool:
    arguments = {"ruff": ["check", "--quiet"], "mypy": ["--no-error-summary"]}[name]
    print(f"{name} ...", flush=True)
    command = [sys.executable, "-m", name, *arguments]
    passed = subprocess.run(command, cwd=root, check=False).returncode == 0
    print(f"{name} {'passed' if passed else 'FAILED'}", flush=True)
    return passed
