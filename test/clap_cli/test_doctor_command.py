"""The command as a user runs it where nothing runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clap_cli.__main__ import main

pytestmark = pytest.mark.timeout(300)


def doctor(capsys: pytest.CaptureFixture[str]) -> tuple[int, list[dict[str, Any]]]:
    """Its exit status, and what it found."""
    capsys.readouterr()
    status = main(["doctor", "--json"])
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert report["ok"] == (status == 0)
    return status, report["findings"]


def of(findings: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(finding for finding in findings if finding["name"] == name)


def test_nothing_running_is_nothing_wrong(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "OFF")  # others' nodes may run here
    status, findings = doctor(capsys)
    assert status == 0
    assert of(findings, "stack")["level"] == "not looked at"
    assert "./clap launch sim" in of(findings, "stack")["cure"]
