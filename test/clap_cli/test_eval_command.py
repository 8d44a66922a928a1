"""``clap eval``: figures, files and bad input."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from clap_cli.__main__ import main

PUSH = ["eval", "--variation", "push_button+0", "--variation", "push_button+3"]


@pytest.fixture(autouse=True)
def sample_agents(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(__file__).resolve().parents[1] / "clap_bench" / "suite"
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])


def test_the_file_is_the_same_from_one_process_and_from_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = [*PUSH, "--agent", "expert", "--episodes", "2", "--seed", "100"]
    for jobs in ("1", "2"):
        file = tmp_path / f"{jobs}.json"
        assert main([*common, "--jobs", jobs, "--json", str(file)]) == 0
    assert (tmp_path / "1.json").read_bytes() == (tmp_path / "2.json").read_bytes()
    data = json.loads((tmp_path / "1.json").read_text())
    assert data["suite"] == "GemBench ported to MuJoCo"
    assert (data["success"], data["seed"], data["mode"]) == (1.0, 100, "auto")
    assert list(data["variations"]) == ["push_button+0", "push_button+3"]
    assert data["variations"]["push_button+0"]["failed_seeds"] == []
    assert "success 100.0 %" in capsys.readouterr().out


def test_an_agents_exceptions_are_counted_and_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "result.json"
    command = ["eval", "--variation", "push_button+0", "--agent", "sample_agents:Raising"]
    assert main([*command, "--episodes", "2", "--json", str(file)]) == 0
    failed = json.loads(file.read_text())["variations"]["push_button+0"]
    assert (failed["success"], failed["failed_seeds"]) == (0.0, [0, 1])
    assert "ValueError" in failed["failures"][0]["trace"]
    assert "no idea what to do" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--suite", "rlbench", "--level", "L1"], ["'rlbench'", "gembench"]),
        (["--level", "L5"], ["'L5'", "L4"]),
        (["--variation", "push_button+99"], ["push_button+99", "push_button+3"]),
        (["--variation", "fly+0"], ["fly+0", "--list"]),
        (["--level", "L2", "--variation", "push_button+0"], ["push_button+0", "L1"]),
        (["--level", "L1", "--agent", "oracle"], ["'oracle'", "baseline", "expert"]),
        (["--level", "L1", "--agent", "nothing_here:Agent"], ["nothing_here", "module:attribute"]),
        (["--level", "L1", "--mode", "cheat"], ["'cheat'", "gt-plan"]),
        (["--level", "L1", "--jobs", "0"], ["--jobs is 0"]),
        (["--level", "L1", "--episodes", "-3"], ["--episodes is -3"]),
        (["--level", "L1", "--seed", "-1"], ["seed -1"]),
        (["--level", "L1", "--json", "/no/such/folder/x.json"], ["/no/such/folder", "folder"]),
        ([], ["--level", "--variation"]),
    ],
)
def test_bad_input_is_named_before_anything_is_played(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: list[str]
) -> None:
    assert main(["eval", *arguments]) == 2
    message = capsys.readouterr().err
    assert all(word in message for word in words), message
    assert len(message.splitlines()) == 1


def test_all_92_variations_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum("+" in line for line in lines) == 92
    assert main(["eval", "--list", "--level", "L3"]) == 0
    assert sum("+" in line for line in capsys.readouterr().out.splitlines()) == 21


def test_settings_are_of_installed_agents(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["eval", "--variation", "push_button+3", "--set", "skills=x", "--agent"]
    assert main([*command, "sample_agents:Silent"]) == 2
    assert "--set is for installed agents" in capsys.readouterr().err
    assert main([*command, "expert"]) == 2
    assert "'skills'" in capsys.readouterr().err
