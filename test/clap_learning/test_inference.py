"""Engines agree with the encoder as it is written; those that are not there say so."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from clap_core.errors import ClapError, ErrorCode
from clap_learning.clar.architecture import POINT_CHANNELS
from clap_learning.clar.config import EncoderConfig, encoder_config
from clap_learning.clar.encoder import ClarEncoder
from clap_learning.clar.inference import DEFAULT_ENGINE, ENGINES, Engine, make_engine
from clap_learning.clar.inference.footprint import peak_rss_mb, weights_at
from clap_learning.clar.inference.int8_graph import int8_graph
from clap_learning.clar.inference.onnx_graph import onnx_graph
from clap_learning.clar.inference.onnx_runtime import OnnxRuntimeEngine
from clap_learning.clar.inference.plain_patches import plain_patches
from clap_learning.clar.inference.roofline import best_flops, flop_of
from clap_learning.clar.patches import make_patches
from clap_learning.clar.weights import save_encoder, weights_of

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
    engine = make_engine(name, weights_of(encoder))
    assert (engine.name, engine.version) == (name, metadata.version(name))
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


class Unfused(torch.nn.Module):
    """The encoder as PyTorch's exporter takes it."""

    def __init__(self, encoder: ClarEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, centers: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
        return self.encoder.tokens(centers, points)


def test_the_graph_is_the_one_that_pytorch_exports(encoder: ClarEncoder, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    clouds = random_clouds(encoder.config, 2)
    file = tmp_path / "exported.onnx"
    torch.onnx.export(
        Unfused(encoder),
        tuple(map(torch.from_numpy, clouds)),
        file,
        input_names=["centers", "points"],
        output_names=["tokens"],
        opset_version=17,
        dynamo=False,
    )
    ours = onnx_graph(weights_of(encoder), "test")
    exported, written = (
        runtime.InferenceSession(graph, providers=["CPUExecutionProvider"]).run(
            ["tokens"], dict(zip(("centers", "points"), clouds, strict=True))
        )[0]
        for graph in (str(file), ours)
    )
    np.testing.assert_allclose(written, exported, atol=1e-5, rtol=0)


@pytest.fixture(scope="module")
def int8(encoder: ClarEncoder) -> Engine:
    return make_engine("onnxruntime-int8", weights_of(encoder))


def random_clouds(config: EncoderConfig, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Centres [count, G, 3] and points [count, G, K, 6], one cloud wider than the other."""
    rng = np.random.default_rng(0)
    sizes = np.linspace(0.1, 1.0, count)
    centers = rng.uniform(-0.5, 0.5, (count, config.patches, 3)) * sizes[:, None, None]
    shape = (count, config.patches, config.patch_points, POINT_CHANNELS)
    points = rng.normal(0.0, 0.6, shape) * sizes[:, None, None, None]
    return centers.astype(np.float32), points.astype(np.float32)


def test_eight_bits_give_nearly_the_encoders_tokens(int8: Engine, encoder: ClarEncoder) -> None:
    assert (int8.name, int8.version) == ("onnxruntime-int8", metadata.version("onnxruntime"))
    clouds = random_clouds(encoder.config, 3)
    wanted = make_engine("torch", weights_of(encoder)).encode(*clouds)
    tokens = int8.encode(*clouds)
    assert tokens.dtype == np.float32 and tokens.shape == wanted.shape
    differences = np.abs(tokens - wanted)
    assert 1e-4 < differences.mean() / wanted.std() < 0.02
    assert differences.max() / wanted.std() < 0.2


def test_in_eight_bits_a_clouds_tokens_do_not_depend_on_the_others(
    int8: Engine, encoder: ClarEncoder
) -> None:
    centers, points = random_clouds(encoder.config, 3)
    together = int8.encode(centers, points)
    for place in range(3):
        alone = int8.encode(centers[place : place + 1], points[place : place + 1])
        np.testing.assert_array_equal(alone[0], together[place])


def test_only_the_transformer_is_in_eight_bits() -> None:
    onnx = pytest.importorskip("onnx")
    graph = onnx_graph(weights_of(ClarEncoder(SMALL)), "test")
    nodes = onnx.load_from_string(int8_graph(graph, "test")).graph.node
    made = [node.op_type for node in nodes]
    assert made.count("QAttention") == SMALL.depth
    assert made.count("MatMulInteger") == 3 * SMALL.depth
    assert "Attention" not in made
    assert all(n.name.startswith(("embed.", "position.")) for n in nodes if n.op_type == "MatMul")


def test_a_graph_that_cannot_be_quantised(monkeypatch: pytest.MonkeyPatch) -> None:
    quantization = pytest.importorskip("onnxruntime.quantization")

    def fail(*_: object, **__: object) -> None:
        raise ValueError("no such operator")

    monkeypatch.setattr(quantization, "quantize_dynamic", fail)
    with pytest.raises(ClapError, match=r"could not quantise .*no such operator") as raised:
        make_engine("onnxruntime-int8", weights_of(ClarEncoder(SMALL)))
    assert raised.value.code == ErrorCode.INTERNAL
    assert "engine onnxruntime" in raised.value.cure


def test_quantising_leaves_the_processs_log_alone() -> None:
    """The library's advice would come through the root logger, and give it a handler."""
    program = (
        "import logging\n"
        "from clap_learning.clar.inference import make_engine\n"
        "from clap_learning.clar.inference.footprint import weights_at\n"
        "make_engine('onnxruntime-int8', weights_at('clar-tiny'))\n"
        "assert not logging.getLogger().handlers\n"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert told.stderr == b""


def test_an_engine_has_as_many_threads_as_it_is_given() -> None:
    counts = []
    engines = []
    for threads in (1, 1, 4):  # The first of all may start some of the library's own.
        engines.append(OnnxRuntimeEngine(weights_of(ClarEncoder(SMALL)), threads=threads))
        counts.append(len(os.listdir("/proc/self/task")))
    assert counts[2] - counts[1] == 3


def test_the_default_is_an_engine() -> None:
    assert DEFAULT_ENGINE in ENGINES


def test_an_unknown_engine_is_refused_with_the_names_of_the_others() -> None:
    with pytest.raises(ClapError, match="warp") as raised:
        make_engine("warp", weights_of(ClarEncoder(SMALL)))
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
        make_engine("onnxruntime", weights_of(ClarEncoder(SMALL)))
    assert raised.value.code == ErrorCode.INVALID_REQUEST
    assert f"pip install '{package}', or choose the engine 'torch'" in raised.value.cure


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


def test_the_footprint_is_the_engines() -> None:
    with pytest.raises(subprocess.CalledProcessError) as raised:
        peak_rss_mb("clar-tiny", "warp")
    assert "no inference engine 'warp'" in raised.value.stderr


def test_the_peak_counts_what_was_freed_and_not_what_was_never_used() -> None:
    program = (
        "import numpy as np\n"
        "from clap_learning.clar.inference.footprint import own_peak_rss_mb as peak\n"
        "first = peak()\n"
        "np.empty(4_000_000_000, np.uint8)\n"
        "second = peak()\n"
        "np.ones(500_000_000, np.uint8)\n"
        "print(second - first, peak() - second)\n"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    unused, freed = map(float, told.stdout.split())
    assert unused < 20.0
    assert freed == pytest.approx(500.0, abs=10.0)


def test_the_footprint_may_be_that_of_shipped_weights(tmp_path: Path) -> None:
    made = ClarEncoder(SMALL)
    save_encoder(tmp_path, made, {})
    loaded = weights_at(str(tmp_path))
    assert loaded.config == SMALL
    for name, tensor in weights_of(made).tensors.items():
        np.testing.assert_array_equal(loaded.tensors[name], tensor.astype(np.float16))


def test_an_encoder_at_random_is_always_the_same_one() -> None:
    one, other = weights_at("clar-tiny"), weights_at("clar-tiny")
    assert one.tensors.keys() == other.tensors.keys()
    for name, tensor in one.tensors.items():
        np.testing.assert_array_equal(tensor, other.tensors[name])


def test_the_arithmetic_is_that_of_the_layers() -> None:
    """Counted by hand for a token's way through the blocks; the rest grows with the points."""
    encoder = ClarEncoder(SMALL)
    deeper = ClarEncoder(SMALL.model_copy(update={"depth": SMALL.depth + 1}))
    width, tokens = SMALL.width, SMALL.patches
    projections = 2 * tokens * width * width * (4 + 2 * SMALL.expansion)
    attention = 2 * 2 * tokens * tokens * width

    assert flop_of(deeper) - flop_of(encoder) == projections + attention
    assert best_flops() > 0.0
