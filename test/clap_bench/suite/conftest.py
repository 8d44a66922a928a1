"""The suite of simple tasks, under the name "simple"."""

from __future__ import annotations

import pytest

from clap_bench.suite.scoring.suites import SUITES


@pytest.fixture
def simple(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(SUITES, "simple", "simple_suite")
    return "simple"
