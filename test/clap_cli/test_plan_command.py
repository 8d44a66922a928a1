"""``clap plan``: prints plans and errors, in a table and as JSON."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from clap_cli.__main__ import main
from clap_core.plan_schema import plan_from_dict


def test_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "put the red mug next to the plate"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert "next to" in lines[3]
    assert lines[5] == "planned by the grammar"


def test_prints_json_that_is_a_plan(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--json", "put", "the red mug", "on the plate"]) == 0
    plan = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert plan["instruction"] == "put the red mug on the plate"
    assert plan.pop("planned_by") == "the grammar"
    assert [subtask.action.value for subtask in plan_from_dict(plan)] == [
        "approach",
        "grasp",
        "move",
        "release",
    ]


@pytest.mark.parametrize(
    ("instruction", "code"),
    [("", "EMPTY_INSTRUCTION"), ("fnord", "NOT_UNDERSTOOD"), ("fly to the moon", "IMPOSSIBLE")],
)
def test_declines_with_the_reason(
    capsys: pytest.CaptureFixture[str], instruction: str, code: str
) -> None:
    assert main(["plan", "--json", instruction]) == 2
    output = capsys.readouterr()
    assert output.err.startswith(code)
    assert json.loads(output.out.splitlines()[-1])["error_code"] == code


def test_an_unknown_backend_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--backend", "oracle", "pick up the mug"]) == 2
    assert "oracle" in capsys.readouterr().err


def test_needs_no_ros() -> None:
    script = (
        "import sys; from clap_cli.__main__ import main; main(['plan', 'let go']); "
        "sys.exit('rclpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode == 0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (["speed=fast"], "setting 'speed' of 'llm'"),
        (["base_url=ftp://host"], "begins with http"),
        ([], "has no model"),
    ],
)
def test_settings_of_a_planner_are_given_by_name(
    capsys: pytest.CaptureFixture[str], settings: list[str], said: str
) -> None:
    given = [word for setting in settings for word in ("--set", setting)]
    assert main(["plan", "--backend", "llm", *given, "press the button"]) == 2
    assert said in capsys.readouterr().err
