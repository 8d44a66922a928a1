"""Engines agree with the encoder as it is written; those that are not there say so."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pytest
import torch

from clap_core.errors import ClapError, ErrorCode
from clap_learning.clar.config import EncoderConfig, encoder_config
from clap_learning.clar.encoder import POINT_CHANNELS, ClarEncoder
from clap_learning.clar.inference import DEFAULT_ENGINE, ENGINES, make_engine
from clap_learning.clar.inference.footprint import encoder_of, peak_rss_mb
from clap_learning.clar.inference.plain_patches import plain_patches
from clap_learning.clar.patches import make_patches

TOLERANCE = 1e-3
SMALL = EncoderConfig(
    name="test", points=128, patches=8, patch_points=16, width=48, depth=2, heads=3
)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Beside other tests, PyTorch's threads wait for each other longer than they compute."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def encoder() -> ClarEncoder:
    torch.manual_seed(3)
    made = ClarEncoder(encoder_config("clar-tiny")).eval()
    # As after training: with a start's small weights, the blocks would hardly matter.
    for parameter in made.blocks.parameters():
        torch.nn.init.normal_(parameter, std=0.08)
    return made


@pytest.mark.parametrize("name", ["torch", "onnxruntime"])
def test_engines_give_the_encoders_tokens(name: str, encoder: ClarEncoder) -> None:
    engine = make_engine(name, encoder)
    assert engine.name == name and engine.version
    rng = np.random.default_rng(0)
    config = encoder.config
    kept: list[tuple[np.ndarray, np.ndarray]] = []
    for batch in (1, 4, 1):
        centers = rng.uniform(-0.5, 0.5, (batch, config.patches, 3)).astype(np.float32)
        shape = (batch, config.patches, config.patch_points, POINT_CHANNELS)
        points = rng.normal(0.0, 0.6, shape).astype(np.float32)
        with torch.inference_mode():
            wanted = encoder.tokens(torch.from_numpy(centers), torch.from_numpy(points)).numpy()
        tokens = engine.encode(centers, points)
        assert tokens.dtype == np.float32 and tokens.shape == (batch, 64, 192)
        assert np.abs(tokens - wanted).max() < TOLERANCE
        kept.append((tokens, wanted))
    for tokens, wanted in kept:  # A later call must not write into what an earlier one gave.
        assert np.abs(tokens - wanted).max() < TOLERANCE


def test_the_default_is_an_engine() -> None:
    assert DEFAULT_ENGINE in ENGINES


def test_an_unknown_engine_is_refused_with_the_names_of_the_others() -> None:
    with pytest.raises(ClapError, match="warp") as raised:
        make_engine("warp", ClarEncoder(SMALL))
    assert raised.value.code == ErrorCode.INVALID_REQUEST
    assert all(name in raised.value.cure for name in ENGINES)


@pytest.mark.parametrize("package", ["onnxruntime", "onnx"])
def test_an_engine_that_is_not_installed(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    really = importlib.import_module

    def without(module: str) -> ModuleType:
        if module == package:
            raise ModuleNotFoundError(f"No module named '{package}'", name=package)
        return really(module)

    monkeypatch.setattr(importlib, "import_module", without)
    with pytest.raises(ClapError, match=f"'{package}', which is not installed") as raised:
        make_engine("onnxruntime", ClarEncoder(SMALL))
    assert raised.value.code == ErrorCode.INVALID_REQUEST
    assert f"pip install '{package}'" in raised.value.cure


def test_plain_patches_are_the_same_patches() -> None:
    rng = np.random.default_rng(1)
    xyz = rng.uniform(-0.2, 0.2, (SMALL.points, 3)).astype(np.float32)
    rgb = rng.integers(0, 256, xyz.shape, dtype=np.uint8)
    centers, points = make_patches(xyz, rgb, SMALL)
    theirs, their_points = plain_patches(torch.from_numpy(xyz), torch.from_numpy(rgb), SMALL)
    np.testing.assert_array_equal(theirs.numpy(), centers)
    for one, other in zip(points, their_points.numpy(), strict=True):
        ordered = (patch[np.lexsort(patch.T[::-1].round(3))] for patch in (one, other))
        np.testing.assert_allclose(*ordered, atol=1e-5)


def test_the_footprint_is_a_fresh_processs() -> None:
    ballast = np.ones(200_000_000, np.uint8)  # 200 MB that only this process has
    assert 50.0 < peak_rss_mb("clar-tiny", "torch") < 1000.0
    assert len(ballast) == 200_000_000


def test_an_encoder_at_random_is_always_the_same_one() -> None:
    one, other = encoder_of("clar-tiny"), encoder_of("clar-tiny")
    assert torch.equal(one.norm.weight, other.norm.weight)
    assert torch.equal(one.blocks[0].attended.weight, other.blocks[0].attended.weight)
