"""The sliding suite, under the name "sliding"."""

from __future__ import annotations

import pytest

from clap_bench.suite.scoring.suites import STEP_SUITES


@pytest.fixture
def sliding(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(STEP_SUITES, "sliding", "sliding_suite")
    return "sliding"
