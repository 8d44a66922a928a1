"""``./clap test``: what is left out, whose summary comes last."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clap_cli.commands import shell
from clap_cli.commands import test as command
from clap_core.errors import ClapError

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"


def run_pytest(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(folder)],
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A suite with one test and, in launch/, two that need launch_pytest."""
    shutil.copy(CONFTEST, tmp_path / "conftest.py")
    (tmp_path / "test_one.py").write_text("def test_one():\n    pass\n")
    (tmp_path / "launch").mkdir()
    (tmp_path / "launch/test_two.py").write_text(
        "import launch_pytest\n\ndef test_two():\n    pass\n\ndef test_three():\n    pass\n"
    )
    return tmp_path


def test_launch_tests_are_left_out_and_counted(suite: Path) -> None:
    result = run_pytest(suite, CLAP_CHECKS="ruff:passed mypy:FAILED")
    lines = result.stdout.splitlines()
    assert "2 tests in test/launch were left out: launch_pytest is not installed here" in (
        result.stdout
    )
    assert "mypy FAILED" in lines
    assert "1 passed" in lines[-1]


def test_launch_tests_run_where_launch_pytest_is(suite: Path) -> None:
    (suite / "modules").mkdir()
    (suite / "modules/launch_pytest.py").touch()
    result = run_pytest(suite, PYTHONPATH=f"{suite / 'modules'}:{os.environ['PYTHONPATH']}")
    assert "left out" not in result.stdout
    assert "3 passed" in result.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("failing", "only_pytest", "status"),
    [
        (None, False, 0),
        ("ruff", False, 1),
        ("mypy", False, 1),
        ("pytest", False, 4),
        ("ruff", True, 0),
    ],
)
def test_any_failure_is_the_status(
    monkeypatch: pytest.MonkeyPatch, failing: str | None, only_pytest: bool, status: int
) -> None:
    ran: list[list[str]] = []

    def run(arguments: list[str], **kwargs: object) -> subprocess.CompletedProcess[str]:
        ran.append(arguments[2:])
        code = 0 if arguments[2] != failing else 4
        return subprocess.CompletedProcess(arguments, code)

    monkeypatch.setattr(subprocess, "run", run)
    args = argparse.Namespace(only_pytest=only_pytest, rest=["-k", "planner"])
    assert command.run(args) == status
    assert ran[-1] == ["pytest", "-k", "planner"]


def test_shell_names_a_program_that_is_not_there() -> None:
    with pytest.raises(ClapError, match="no-such-tool"):
        shell.run(argparse.Namespace(command=["--", "no-such-tool"]))
