"""System packages, child processes and the entry script."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import commands
import system_packages
from layout import Layout, SetupError
from target import Target

ROOT = Path(__file__).resolve().parents[2]
TARGET = Target(sys.executable, "3.11")
ABSENT = system_packages.Need("libfoo.so.1", ("libfoo1",), lambda: False)


def absent(target: Target) -> list[system_packages.Need]:
    return [ABSENT]


def test_this_machine_meets_every_need() -> None:
    assert [need.what for need in system_packages.missing(TARGET)] == []


@pytest.mark.parametrize(
    ("python", "package"), [("3.11", "python3.11-venv"), ("3.12", "python3.12-dev")]
)
def test_packages_follow_the_interpreter(python: str, package: str) -> None:
    needs = list(system_packages._needs(Target("python3", python)))
    assert package in {name for need in needs for name in need.packages}


def test_without_the_right_to_install_the_one_command_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_packages, "missing", absent)
    monkeypatch.setattr(system_packages, "_privilege", lambda: None)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    with pytest.raises(SetupError) as caught:
        system_packages.ensure(Layout(tmp_path), TARGET, 0, agreed=False)
    assert "libfoo.so.1" in caught.value.reason
    assert caught.value.cure == (
        "sudo apt-get update && sudo apt-get install --yes --no-install-recommends libfoo1"
    )


@pytest.mark.parametrize(
    ("agreed", "answer", "installs"),
    [(True, None, True), (False, "y", True), (False, "", False), (False, None, False)],
)
def test_sudo_is_used_only_when_the_user_agrees(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    agreed: bool,
    answer: str | None,
    installs: bool,
) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], *args: object, **kwargs: object) -> bool:
        asked.append(command)
        return True

    monkeypatch.setattr(system_packages, "missing", absent)
    monkeypatch.setattr(system_packages, "_privilege", lambda: ["sudo", "-n"])
    monkeypatch.setattr(system_packages, "run", run)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: answer is not None))
    monkeypatch.setattr("builtins.input", lambda _: answer)
    with pytest.raises(SetupError) as caught:
        system_packages.ensure(Layout(tmp_path), TARGET, 0, agreed)
    assert bool(asked) is installs
    if not installs:
        assert caught.value.cure.startswith("sudo apt-get update")


def test_where_apt_does_not_help_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], *args: object, **kwargs: object) -> bool:
        asked.append(command)
        return True

    monkeypatch.setattr(system_packages, "missing", absent)
    monkeypatch.setattr(system_packages, "_privilege", list)
    monkeypatch.setattr(system_packages, "run", run)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    with pytest.raises(SetupError, match="Still missing"):
        system_packages.ensure(Layout(tmp_path), TARGET, 0, agreed=False)
    assert [command[:2] for command in asked] == [["apt-get", "update"], ["apt-get", "install"]]


def test_ctrl_c_ends_the_child_and_its_children(tmp_path: Path) -> None:
    grandchildren: list[int] = []

    def interrupt(line: str) -> None:
        grandchildren.append(os.pidfd_open(int(line)))
        raise KeyboardInterrupt

    script = "sleep 1000 & echo $!; wait"
    with pytest.raises(KeyboardInterrupt):
        commands.run(["sh", "-c", script], tmp_path / "log", on_line=interrupt)
    ended, _, _ = select.select(grandchildren, [], [], 10)
    assert ended == grandchildren


def test_output_goes_to_the_log(tmp_path: Path) -> None:
    log = tmp_path / "logs/log"
    assert commands.run(["sh", "-c", "echo one; echo two >&2"], log)
    assert not commands.run(["sh", "-c", "echo three; exit 3"], log)
    assert [line for line in log.read_text().splitlines() if line[0] != "$"] == [
        "one",
        "two",
        "three",
    ]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The entry script with a bootstrap that tells what it was given."""
    shutil.copy(ROOT / "clap", tmp_path / "clap")
    bootstrap = tmp_path / "src/clap_cli/bootstrap"
    bootstrap.mkdir(parents=True)
    (bootstrap / "__main__.py").write_text("import sys; print(sys.argv[1:])")
    return tmp_path


def clap(checkout: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [str(checkout / "clap"), *arguments]
    path = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"
    return subprocess.run(
        command,
        env={"PATH": path, **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_arguments_arrive_whole(checkout: Path) -> None:
    result = clap(checkout, "demo", "put the mug away", "--seed", "3")
    assert result.stdout == "['demo', 'put the mug away', '--seed', '3']\n"


def test_it_works_through_a_link(checkout: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "clap").symlink_to(checkout / "clap")
    assert clap(folder, "plan").stdout == "['plan']\n"


@pytest.mark.parametrize("python", ["/nowhere/python3", "/bin/false"])
def test_a_wrong_clap_python_is_named(checkout: Path, python: str) -> None:
    result = clap(checkout, CLAP_PYTHON=python)
    assert result.returncode == 1
    assert python in result.stderr


def test_no_python_at_all_is_a_clear_error(checkout: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "dirname", "readlink"):
        (tools / name).symlink_to(shutil.which(name) or "")
    result = clap(checkout, PATH=str(tools))
    assert result.returncode == 1
    assert "no Python 3.10 to 3.13 found" in result.stderr


def test_ci_runs_the_suite_from_anywhere(checkout: Path, tmp_path: Path) -> None:
    (checkout / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/run", checkout / ".ci/run")
    (checkout / "src/clap_cli/bootstrap/__main__.py").write_text(
        "import sys; print(sys.argv[1:]); sys.exit(5)"
    )
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "apt-get").write_text("#!/bin/sh\necho the disk is full\nexit 100\n")
    (tools / "apt-get").chmod(0o755)
    result = subprocess.run(
        ["bash", str(checkout / ".ci/run")],
        cwd="/",
        env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout == "['test']\n"
    assert result.returncode == 5
