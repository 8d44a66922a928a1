"""The encoder as a backend; its default engine needs no PyTorch."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from clar_scene import TINY

from clap_core.errors import ClapError, ErrorCode
from clap_learning.clar.backend import ClarBackend, ClarSettings
from clap_learning.clar.encoder import ClarEncoder
from clap_learning.clar.weights import save_encoder

ENCODES = """
import sys
import numpy as np
from clap_core.point_cloud import PointCloud
from clap_learning.clar.backend import ClarBackend, ClarSettings

backend = ClarBackend(ClarSettings(weights=sys.argv[1], engine=sys.argv[2]))
backend.warm_up()
xyz = np.random.default_rng(0).uniform(-0.1, 0.1, (500, 3)).astype(np.float32)
cloud = PointCloud(xyz, np.full(xyz.shape, 200, np.uint8), "base")
(tokens,) = backend.encode(cloud, np.zeros((1, 3)), 0.2)
assert tokens.engine == sys.argv[2] and tokens.features.std() > 0.1
assert "torch" not in sys.modules
"""


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    folder = tmp_path / "mini"
    save_encoder(folder, ClarEncoder(TINY), {})
    return folder


@pytest.mark.parametrize("engine", ["onnxruntime", "onnxruntime-int8"])
def test_it_encodes_without_pytorch(weights: Path, engine: str) -> None:
    pytest.importorskip("onnxruntime")
    told = subprocess.run(
        [sys.executable, "-c", ENCODES, str(weights), engine], capture_output=True, text=True
    )
    assert told.returncode == 0, told.stderr


def test_the_engine_torch_says_what_helps_where_pytorch_was_left_out(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = importlib.import_module

    def without(module: str) -> ModuleType:
        if module == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
        return really(module)

    monkeypatch.setattr(importlib, "import_module", without)
    with pytest.raises(ClapError, match="'torch', which is not installed") as raised:
        ClarBackend(ClarSettings(weights=str(weights), engine="torch")).warm_up()
    assert raised.value.code is ErrorCode.INVALID_REQUEST
    assert "or choose the engine 'onnxruntime'" in raised.value.cure
