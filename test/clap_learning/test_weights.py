"""Folders of weights: what was written is what is read, or it is refused by name."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from clar_scene import TINY
from safetensors.torch import load_file

from clap_core.errors import ClapError, ErrorCode
from clap_learning.clar import weights
from clap_learning.clar.architecture import tensor_shapes
from clap_learning.clar.config import ENCODERS, EncoderConfig
from clap_learning.clar.encoder import ClarEncoder
from clap_learning.clar.stored_weights import read_weights
from clap_learning.clar.weights import load_encoder, save_encoder, weights_of, write_sums


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    folder = tmp_path / "encoder"
    save_encoder(folder, ClarEncoder(TINY), {"steps": 3}, card="# A card\n")
    return folder


def test_an_encoder_comes_back_as_it_was_up_to_half_precision(folder: Path) -> None:
    torch.manual_seed(0)
    encoder = ClarEncoder(TINY).eval()
    centers, points = torch.rand(2, 6, 3), torch.randn(2, 6, 8, 6)

    again = load_encoder(folder)

    assert again.config == TINY and not again.training
    assert {tensor.dtype for tensor in again.state_dict().values()} == {torch.float32}
    with torch.no_grad():
        assert torch.allclose(
            again.tokens(centers, points), encoder.tokens(centers, points), atol=0.02
        )


def test_checksums_are_those_of_sha256sum(folder: Path) -> None:
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True)

    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 4
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    assert read_weights(folder).sha256 == digest
    assert json.loads((folder / "metrics.json").read_text()) == {"steps": 3}


@pytest.mark.parametrize("config", [TINY, *ENCODERS.values()], ids=lambda config: config.name)
def test_the_shapes_are_those_of_the_encoder(config: EncoderConfig) -> None:
    state = ClarEncoder(config).state_dict()
    assert tensor_shapes(config) == {name: tuple(one.shape) for name, one in state.items()}


def test_weights_without_pytorch_are_those_of_the_encoder(folder: Path) -> None:
    stored, loaded = read_weights(folder), weights_of(load_encoder(folder))
    assert stored.config == loaded.config
    assert stored.tensors.keys() == loaded.tensors.keys()
    for name, tensor in stored.tensors.items():
        assert tensor.dtype == np.float32
        np.testing.assert_array_equal(tensor, loaded.tensors[name])


def test_weights_are_stored_in_half_precision(folder: Path) -> None:
    stored = load_file(folder / "model.safetensors")

    assert {tensor.dtype for tensor in stored.values()} == {torch.float16}


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "SHA256SUMS"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()

    with pytest.raises(ClapError, match=f"{name} is not there") as caught:
        load_encoder(folder)

    assert caught.value.code is ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_changed_file_is_named(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[-3] ^= 1
    (folder / name).write_bytes(content)

    with pytest.raises(ClapError, match=f"{name} is not what SHA256SUMS says"):
        load_encoder(folder)


def test_a_file_without_a_checksum_is_refused(folder: Path) -> None:
    sums = folder / "SHA256SUMS"
    lines = sums.read_text().splitlines(keepends=True)
    sums.write_text("".join(line for line in lines if "model" not in line))

    with pytest.raises(ClapError, match=r"model\.safetensors has no checksum"):
        load_encoder(folder)


def test_a_list_of_checksums_that_is_none_is_named(folder: Path) -> None:
    (folder / "SHA256SUMS").write_text("version https://git-lfs\ncut\n")

    with pytest.raises(ClapError, match="SHA256SUMS is no list of checksums"):
        load_encoder(folder)


def test_an_interruption_leaves_what_was_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def interrupted(_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(weights, "write_sums", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_encoder(folder, ClarEncoder(TINY), {"steps": 4})

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert list(folder.parent.glob(".*")) == []
    load_encoder(folder)


def test_a_config_of_another_size_is_named(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"width": 64}))
    write_sums(folder)

    with pytest.raises(ClapError, match=r"model\.safetensors does not hold an encoder"):
        load_encoder(folder)


def test_a_config_that_is_none_is_named(folder: Path) -> None:
    (folder / "config.json").write_text('{"name": "x", "width": 33, "depth": 1, "heads": 2}')
    write_sums(folder)

    with pytest.raises(ClapError, match=r"config\.json is no encoder's configuration: .*multiple"):
        load_encoder(folder)


def test_weights_cut_short_are_refused_even_with_their_checksum(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    write_sums(folder)

    with pytest.raises(ClapError, match="cannot be read"):
        load_encoder(folder)


def test_writing_again_keeps_the_card(folder: Path) -> None:
    save_encoder(folder, ClarEncoder(TINY), {})

    assert (folder / "README.md").read_text() == "# A card\n"
    load_encoder(folder)
