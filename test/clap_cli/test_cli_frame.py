"""The command line's frame: finding commands, errors, what is imported."""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
from types import ModuleType

import pytest

from clap_cli import __main__ as cli
from clap_cli.command_table import COMMANDS, Command, find_command
from clap_core.errors import ClapError, ErrorCode


def install(
    monkeypatch: pytest.MonkeyPatch, run: object, passes_on: bool = False
) -> argparse.Namespace:
    """Puts a command "try" in place; returns a namespace that gets its arguments."""
    module = ModuleType("clap_try_command")
    seen = argparse.Namespace()

    def add_arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--seed", type=int)

    def note(args: argparse.Namespace) -> int:
        seen.__dict__.update(vars(args))
        return run(args) if callable(run) else 0

    module.HELP = "Tries."  # type: ignore[attr-defined]
    module.add_arguments = add_arguments  # type: ignore[attr-defined]
    module.run = note  # type: ignore[attr-defined]
    module.PASSES_ON = passes_on  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    command = Command(("try",), module.__name__, "tries")
    monkeypatch.setattr(
        cli, "find_command", lambda arguments: command if arguments[0] == "try" else None
    )
    return seen


def test_every_command_is_in_the_overview(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(" ".join(command.words) in text for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: "-".join(command.words))
def test_every_command_tells_its_arguments(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    module = importlib.import_module(command.module)
    with pytest.raises(SystemExit) as exit_info:
        cli.main([*command.words, "--help"])
    assert exit_info.value.code == 0
    assert module.HELP.split()[0] in capsys.readouterr().out


def test_the_overview_imports_no_command() -> None:
    script = (
        "import sys; from clap_cli.__main__ import main; main(['--help']);"
        "print([m for m in sys.modules if m in ('rclpy', 'numpy', 'clap_cli.commands.test')])"
    )
    output = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert output.splitlines()[-1] == "[]"


def test_two_words_are_one_command() -> None:
    command = find_command(["bench", "fusion", "--json"])
    assert command is not None
    assert command.module == "clap_cli.commands.bench_fusion"
    assert find_command(["bench"]) is None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["dmeo"], "Did you mean 'demo'?"), (["bench"], "what to bench: fusion")],
)
def test_an_unknown_command_gets_a_hint(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    assert told in capsys.readouterr().err


def test_the_commands_status_is_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = install(monkeypatch, lambda args: 3)
    assert cli.main(["try", "--seed", "7"]) == 3
    assert seen.seed == 7


def test_an_error_is_one_line_with_its_cure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(args: argparse.Namespace) -> int:
        raise ClapError(ErrorCode.NODE_UNAVAILABLE, "No stack is running", "Start ./clap launch")

    install(monkeypatch, fail)
    assert cli.main(["try"]) == 2
    assert capsys.readouterr().err == "clap: No stack is running. Start ./clap launch.\n"


def test_ctrl_c_is_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(args: argparse.Namespace) -> int:
        raise KeyboardInterrupt

    install(monkeypatch, interrupt)
    assert cli.main(["try"]) == 130


def test_a_wrong_argument_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, None)
    with pytest.raises(SystemExit) as exit_info:
        cli.main(["try", "--sead", "7"])
    assert exit_info.value.code == 2


def test_a_command_may_pass_arguments_on(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = install(monkeypatch, None, passes_on=True)
    assert cli.main(["try", "--seed", "7", "-k", "planner", "test/some"]) == 0
    assert seen.seed == 7
    assert seen.rest == ["-k", "planner", "test/some"]


def test_a_command_whose_packages_were_left_out_says_what_adds_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(args: argparse.Namespace) -> int:
        raise ModuleNotFoundError("No module named 'mujoco'", name="mujoco.viewer")

    install(monkeypatch, run)
    assert cli.main(["try"]) == 2
    said = capsys.readouterr().err
    assert "'./clap try' needs the package 'mujoco'" in said
    assert "./clap setup" in said


def test_a_module_of_our_own_that_is_missing_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(args: argparse.Namespace) -> int:
        raise ModuleNotFoundError("No module named 'clap_sim'", name="clap_sim.world")

    install(monkeypatch, run)
    with pytest.raises(ModuleNotFoundError):
        cli.main(["try"])
