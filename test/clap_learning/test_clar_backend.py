"""The encoder as a backend, where PyTorch was left out."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest

from clap_core.errors import ClapError
from clap_learning.clar.backend import ClarBackend, ClarSettings


def test_without_torch_the_encoder_says_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    really = importlib.import_module

    def without(module: str) -> ModuleType:
        if module == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
        return really(module)

    monkeypatch.setattr(importlib, "import_module", without)
    with pytest.raises(ClapError, match="'torch', which is not installed") as raised:
        ClarBackend(ClarSettings(weights="models/clar-tiny")).warm_up()
    assert "./clap setup" in raised.value.cure
    assert "encoder_backend:=''" in raised.value.cure
