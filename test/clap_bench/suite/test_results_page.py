"""The page of results: levels, causes, variations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clap_bench.gembench import suite
from clap_bench.suite.scoring.results_page import NOT_DONE, cause, page
from clap_cli.__main__ import main


def figures(level: str, success: float, **others: Any) -> dict[str, Any]:
    failure = {"seed": 0, "key_poses": 3, "reason": others.pop("reason", "it ended")}
    variation = {
        "success": success,
        "episodes": others.pop("episodes", 2),
        "failures": [] if success == 1.0 else [failure],
    }
    return {
        "suite": suite.TITLE,
        "agent": "learned",
        "level": level,
        "episodes": 2,
        "seed": 70,
        "mode": "auto",
        "conditions": "gembench",
        "variations": dict.fromkeys(suite.variations(level), variation),
        **others,
    }


def row(text: str, beginning: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith(f"| {beginning}"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_levels_have_their_mean_interval_and_episodes() -> None:
    text = page(
        [figures("L1", 1.0), figures("L3", 0.5)], suite, {"RVT-2": (89.1, 51.0, 36.0, None)}
    )
    assert row(text, "`learned`") == [
        "`learned`", "100 (100 .. 100; 62)", "-", "50 (50 .. 50; 42)", "-", "-",
    ]  # fmt: skip
    assert row(text, "*RVT-2*")[1:] == ["*89.1*", "*51.0*", "*36.0*", "*-*", "*-*"]


def test_all_levels_have_an_average() -> None:
    text = page([figures(level, 0.5) for level in suite.LEVELS], suite, {})
    assert row(text, "`learned`")[-1] == "50.0"


def test_a_level_of_which_variations_are_missing_is_not_told() -> None:
    some = figures("L1", 1.0)
    some["variations"] = dict(list(some["variations"].items())[:3])
    assert row(page([some], suite, {}), "`learned`")[1] == "-"


def test_modes_and_conditions_are_rows_of_their_own() -> None:
    text = page(
        [figures("L1", 1.0), figures("L1", 0.5, mode="gt-all"),
         figures("L1", 0.0, conditions="lab")],
        suite, {},
    )  # fmt: skip
    assert row(text, "`learned`, true plan and keypoints")[1].startswith("50 ")
    assert row(text, "`learned`, conditions lab")[1].startswith("0 ")


@pytest.mark.parametrize(
    ("others", "command"),
    [
        ({}, "--level L1 --episodes 2 --seed 70"),
        (
            {"mode": "gt-all", "conditions": "lab"},
            "--level L1 --episodes 2 --seed 70 --mode gt-all --conditions lab",
        ),
        ({"instruction": "close it"}, "--level L1 --episodes 2 --seed 70 --instruction 'close it'"),
    ],
)
def test_the_commands_that_made_it_are_told(others: dict[str, Any], command: str) -> None:
    text = page([figures("L1", 1.0, **others)], suite, {})
    assert text.splitlines()[-1] == f"    ./clap eval --agent learned {command}"


def test_the_command_of_single_variations_names_them() -> None:
    one = {**figures("L1", 1.0), "level": None}
    one["variations"] = dict(list(one["variations"].items())[:2])
    text = page([one], suite, {})
    assert "--variation push_button+0 --variation push_button+3 --episodes 2" in text


def test_of_two_scorings_the_larger_counts() -> None:
    text = page([figures("L1", 1.0, episodes=1), figures("L1", 0.5, episodes=20)], suite, {})
    assert row(text, "`learned`")[1].startswith("50 ")


def test_causes_are_counted() -> None:
    text = page([figures("L4", 0.5, reason="OBJECT_NOT_FOUND: nothing looks like it")], suite, {})
    assert f"| `learned` | L4 | 12 of 24 | OBJECT_NOT_FOUND {12} |" in text


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("UNREACHABLE: out of reach", "UNREACHABLE"),
        ("the agent ended, and the task was not done", NOT_DONE),
        ("not done after 25 key poses", NOT_DONE),
        ("gave up on 'grasp the mug' after 3 attempts: GRASP_FAILED: nothing held", "GRASP_FAILED"),
    ],
)
def test_a_cause_is_the_code_of_the_error(reason: str, code: str) -> None:
    assert cause(reason) == code


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    file, out = tmp_path / "l1.json", tmp_path / "results.md"
    file.write_text(json.dumps(figures("L1", 1.0)))
    assert main(["report", str(file), "--out", str(out)]) == 0
    assert "`learned`" in out.read_text()


@pytest.mark.parametrize("text", ["{}", "[]", "no json", '{"suite": "another"}'])
def test_a_file_that_is_something_else_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    file = tmp_path / "odd.json"
    file.write_text(text)
    assert main(["report", str(file), "--out", str(tmp_path / "results.md")]) != 0
    assert "odd.json" in capsys.readouterr().err
    assert not (tmp_path / "results.md").exists()
