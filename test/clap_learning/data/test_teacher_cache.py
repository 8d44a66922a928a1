"""Features that are looked up: those of the teacher, of the right scene, or refused by name."""

from __future__ import annotations

import dataclasses
import os
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from tabletop_scenes import fill

from clap_core.errors import ClapError
from clap_data.scenes import PackedScene, SceneShard, write_shard
from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.training_sample import TrainingBatch
from clap_learning.data import cache_maker
from clap_learning.data.cache_maker import make_cache
from clap_learning.data.loader import LoaderConfig, SceneLoader
from clap_learning.data.scene_stream import SceneKey
from clap_learning.data.teacher_cache import FeatureFile, TeacherCache, cached_teachers, folder_of
from clap_learning.teachers.registry import TEACHERS, TEXT_TEACHERS
from clap_learning.teachers.teacher import FrozenTeacher

ENCODER = EncoderConfig(
    name="test", points=256, patches=16, patch_points=16, width=32, depth=1, heads=2
)
INLINE = LoaderConfig(batch=4, workers=0, buffer=4)


class Colours(FrozenTeacher):
    """Maps of cells of 16 pixels that are the mean colours."""

    name, dim, pooled_dim, stride = "colours", 3, 3, 16

    def __init__(self) -> None:
        super().__init__(((0.0,) * 3, (1.0,) * 3))

    def see(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.nn.functional.avg_pool2d(images, 16), images.mean(dim=(2, 3))


class Numbers:
    """A sentence's feature is the number in it."""

    name, dim = "numbers", 2

    def encode(self, texts: list[str]) -> torch.Tensor:
        return torch.tensor([[float(text.split()[-1]), 1.0] for text in texts])


@pytest.fixture(autouse=True)
def _teachers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TEACHERS, "colours", Colours)
    monkeypatch.setitem(TEXT_TEACHERS, "numbers", Numbers)
    # Whichever format is the fastest just now.
    monkeypatch.setattr(cache_maker, "fastest_format", lambda *_: torch.float32)


def made(folder: Path, cache: Path, text_teacher: str | None = "numbers") -> Path:
    return make_cache(folder, cache, "colours", text_teacher, show=False)


def opened(folder: Path, features: Path) -> TeacherCache:
    return TeacherCache(features, folder, sorted(folder.glob("*.scenes")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return fill(tmp_path / "scenes", [3, 2])


def test_features_are_those_of_the_teacher(folder: Path, tmp_path: Path) -> None:
    path = folder / "s1.scenes"
    with SceneShard(path) as shard:
        # A scene of other pictures than the one before.
        first, second = (shard.scene(number) for number in range(2))
    write_shard(path, [first, PackedScene(second.record, second.images[1:] + second.images[:1])])
    cache = opened(folder, made(folder, tmp_path / "cache"))
    assert (cache.header.teacher, cache.header.text_teacher) == ("colours", "numbers")
    with SceneShard(path) as shard:
        views = [shard.scene(1).view(number).rgb for number in (2, 0)]
    images = torch.from_numpy(np.stack(views)).permute(0, 3, 1, 2)[None] / 255.0
    expected = Colours().look(images)
    maps, pooled = cache.views(SceneKey(path, 1), [2, 0])
    assert maps.dtype == pooled.dtype == np.float16
    np.testing.assert_allclose(maps, expected.maps[0], atol=1e-3)
    np.testing.assert_allclose(pooled, expected.pooled[0], atol=1e-3)
    text = cache.text(SceneKey(path, 1))
    assert text is not None and text.tolist() == [4.0, 1.0]


def batches(folder: Path, features: Path | None, **options: object) -> list[TrainingBatch]:
    loader = SceneLoader(folder, ENCODER, INLINE, cache=features, **options)
    return list(islice(loader.batches(), 3))


def test_batches_have_the_features_of_what_they_show(folder: Path, tmp_path: Path) -> None:
    """Captions tell which scene it is, and the pictures differ from view to view."""
    looked_up = batches(folder, made(folder, tmp_path / "cache"))
    for found, seen in zip(looked_up, batches(folder, None), strict=True):
        assert found.images is None and found.views is not None and found.text is not None
        assert torch.equal(found.patches.points, seen.patches.points)
        assert found.text[:, 0].tolist() == [float(c.split()[-1]) for c in found.captions]
        assert found.views.maps.dtype == found.text.dtype == torch.float32
        # The cache's pictures are clean; those of the other loader have changed colours.
        assert seen.images is not None
        jittered = Colours().look(seen.images).maps
        mask = found.view_mask
        clean, changed = found.views.maps[mask].flatten(1), jittered[mask].flatten(1)
        cosine = torch.nn.functional.cosine_similarity(
            clean - clean.mean(dim=1, keepdim=True), changed - changed.mean(dim=1, keepdim=True)
        )
        assert cosine.min() > 0.8
        assert not found.views.maps[~mask].any()


def test_captions_are_left_out_without_a_teacher_of_text(folder: Path, tmp_path: Path) -> None:
    features = made(folder, tmp_path / "cache", None)
    assert all(batch.text is None for batch in batches(folder, features))
    teacher, text_teacher = cached_teachers(features)
    assert text_teacher is None
    assert (teacher.name, teacher.dim, teacher.pooled_dim, teacher.stride) == ("colours", 3, 3, 16)


def test_stand_ins_know_sizes_and_cannot_look(folder: Path, tmp_path: Path) -> None:
    teacher, text_teacher = cached_teachers(made(folder, tmp_path / "cache"))
    assert text_teacher is not None and (text_teacher.name, text_teacher.dim) == ("numbers", 2)
    for ask in (
        lambda: teacher.look(torch.zeros(1, 1, 3, 16, 16)),
        lambda: teacher.maps(torch.zeros(1, 1, 3, 16, 16)),
        lambda: teacher.pooled(torch.zeros(1, 1, 3, 16, 16)),
        lambda: text_teacher.encode(["a"]),
    ):
        with pytest.raises(ClapError, match="is not loaded"):
            ask()


def test_what_is_whole_is_kept_and_the_rest_made(folder: Path, tmp_path: Path) -> None:
    features = made(folder, tmp_path / "cache")
    first, second = sorted(features.iterdir())
    kept = first.stat().st_ino
    whole = second.read_bytes()
    second.write_bytes(whole[: len(whole) // 2])
    (features / ".s1.safetensors.999999999.partial").write_bytes(b"killed")
    with pytest.raises(ClapError, match=r"s1\.safetensors: the file cannot be used"):
        opened(folder, features)
    made(folder, tmp_path / "cache")
    assert sorted(features.iterdir()) == [first, second]
    assert first.stat().st_ino == kept and second.stat().st_size == len(whole)
    opened(folder, features)


def test_features_of_other_teachers_and_shards_are_replaced(folder: Path, tmp_path: Path) -> None:
    features = made(folder, tmp_path / "cache", None)
    made(folder, tmp_path / "cache")
    assert opened(folder, features).header.text_teacher == "numbers"
    fill(folder, [3, 4])
    with pytest.raises(ClapError, match=r"s1\.safetensors: the file is of another file than .*s1"):
        opened(folder, features)
    with pytest.raises(ClapError, match=r"s1\.safetensors"):
        SceneLoader(folder, ENCODER, INLINE, cache=features)
    made(folder, tmp_path / "cache")
    opened(folder, features)


def test_a_cache_of_two_teachers_is_refused(folder: Path, tmp_path: Path) -> None:
    features = made(folder, tmp_path / "cache")
    other = made(folder, tmp_path / "other", None)
    os.replace(other / "s1.safetensors", features / "s1.safetensors")
    with pytest.raises(ClapError, match="is of other teachers, or sizes, than"):
        opened(folder, features)


@pytest.mark.parametrize("content", [b"", b"no safetensors", None])
def test_what_is_no_file_of_features_is_named(
    folder: Path, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "s0.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ClapError, match=r"s0\.safetensors: the file (cannot be used|is not there)"):
        FeatureFile(path)
    with pytest.raises(ClapError, match="holds no features"):
        cached_teachers(folder)


def test_features_too_large_for_sixteen_bits_are_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Large(Colours):
        def see(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return tuple(1e6 * features for features in super().see(images))

    monkeypatch.setitem(TEACHERS, "colours", Large)
    with pytest.raises(ClapError, match="'colours' do not fit into 16-bit"):
        made(folder, tmp_path / "cache")


def test_a_full_disk_leaves_nothing_behind(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ClapError, match="No space left on device"):
        made(folder, tmp_path / "cache")
    assert not list(folder_of(tmp_path / "cache", "colours").iterdir())


def test_a_teachers_name_may_be_a_path(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "transformers:../some/model")
    assert folder.parent == tmp_path and "some-model" in folder.name


def test_sub_folders_are_kept_apart(tmp_path: Path) -> None:
    for name in "ab":
        fill(tmp_path / "scenes" / name, [1])
    features = made(tmp_path / "scenes", tmp_path / "cache")
    assert sorted(path.relative_to(features) for path in features.rglob("*.safetensors")) == [
        Path("a/s0.safetensors"),
        Path("b/s0.safetensors"),
    ]


def test_several_processes_make_the_same_and_tell_their_errors(
    folder: Path, tmp_path: Path
) -> None:
    """With a teacher that a new process knows, too."""
    alone = make_cache(folder, tmp_path / "alone", "random", None, show=False)
    damaged = folder / "s1.scenes"
    content = bytearray(damaged.read_bytes())
    content[3000:3060] = b"\0" * 60
    damaged.write_bytes(content)
    with pytest.raises(ClapError, match=r"s1\.scenes is damaged"):
        make_cache(folder, tmp_path / "two", "random", None, jobs=2, show=False)
    first, second = (FeatureFile(part / "s0.safetensors") for part in (
        alone, folder_of(tmp_path / "two", "random")
    ))  # fmt: skip
    assert first.header == second.header
    one, other = (file.views(0, [0, 1])[1].astype(np.float32) for file in (first, second))
    np.testing.assert_allclose(one, other, rtol=0.01, atol=0.01)


def test_a_cache_goes_with_the_scenes_that_are_used(folder: Path, tmp_path: Path) -> None:
    """With a limit, the features of the rest need not be there."""
    features = made(folder, tmp_path / "cache")
    (features / "s1.safetensors").unlink()
    with pytest.raises(ClapError, match=r"s1\.safetensors: the file is not there"):
        SceneLoader(folder, ENCODER, INLINE, cache=features)
    few = INLINE.model_copy(update={"limit": 3, "batch": 3})
    loader = SceneLoader(folder, ENCODER, few, cache=features)
    batch = next(loader.batches())
    assert batch.views is not None
    assert dataclasses.replace(batch, views=None).views is None
