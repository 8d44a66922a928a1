"""``clap data check`` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clap_cli.__main__ import main

DEMO_BAG = Path(__file__).parents[1] / "data" / "demo_bag"


def test_what_is_unusable_is_told_and_makes_the_status_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The recorded run has images of three moments only."""
    assert main(["data", "check", str(DEMO_BAG), "--cameras", "front"]) == 1
    told = capsys.readouterr().out
    assert "0 of 1 can be taught with" in told
    line = next(line for line in told.splitlines() if line.startswith("no-image: "))
    assert str(DEMO_BAG) in line and "--image-gap" in line
    assert "/camera/left" not in told


def test_programs_read_it_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "check", str(DEMO_BAG), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    (shown,) = report["demonstrations"]
    assert not shown["usable"] and shown["robot"] == "fr3"
    assert shown["rates_hz"]["/joint_states"] == pytest.approx(30.0, abs=1.0)
    assert [pose["hand"] for pose in shown["key_poses"]] == [
        "open", "grasp", "keep", "keep", "open", "keep",
    ]  # fmt: skip
    unusable = [one for one in report["findings"] if one["unusable"]]
    assert [one["kind"] for one in unusable] == ["no-image"]
    assert all(one["cure"] for one in report["findings"])


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["absent"], "there is no absent"),
        ([str(DEMO_BAG.parent / "language")], "neither an episode"),
        ([str(DEMO_BAG), "--robot", "iiwa"], "no arm 'iiwa'"),
    ],
)
def test_wrong_words_are_told(
    arguments: list[str], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", "check", *arguments]) == 2
    assert part in capsys.readouterr().err
