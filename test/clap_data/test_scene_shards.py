"""Shards of scenes: what is written is read again, and what is broken is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from clap_core.camera.tabletop import views
from clap_core.errors import ClapError
from clap_data.archives import DamagedFileError
from clap_data.episodes.records import CameraRecord, matrix
from clap_data.scenes import (
    LabelRecord,
    PackedScene,
    SceneRecord,
    SceneSample,
    SceneShard,
    SceneViewRecord,
    pack,
    shard_paths,
    write_shard,
)


def packed(number: int) -> tuple[SceneSample, PackedScene]:
    seen = views(number, 40, 32)[: 2 + number % 2]
    labels = tuple((view.rgb[..., 0] > 180).astype(np.uint8) for view in seen[:-1])
    record = SceneRecord(
        source="test",
        number=number,
        caption=f"scene {number}",
        exact_depth=False,
        labels=(LabelRecord(label=1, object="ball", noun="ball", colour="red"),),
        views=tuple(
            SceneViewRecord(
                camera=CameraRecord.of(view.name, view.intrinsics),
                base_T_camera=matrix(view.base_T_camera),
                labelled=k < len(labels),
            )
            for k, view in enumerate(seen)
        ),
    )
    sample = SceneSample(record, tuple(seen), (*labels, None))
    return sample, pack(sample)


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    path = tmp_path / "a.scenes"
    assert write_shard(path, (packed(number)[1] for number in range(3))) == 3
    return path


def test_what_is_written_is_read_again(shard: Path) -> None:
    with SceneShard(shard) as found:
        assert len(found) == 3
        scenes = [scene.unpack() for scene in found]
    for number, scene in enumerate(scenes):
        true, _ = packed(number)
        assert scene.record == true.record
        assert len(scene.views) == len(true.views)
        for view, wanted in zip(scene.views, true.views, strict=True):
            assert np.array_equal(view.depth, wanted.depth)
            assert view.intrinsics == wanted.intrinsics
            assert np.array_equal(view.base_T_camera, wanted.base_T_camera)
            assert np.abs(view.rgb.astype(int) - wanted.rgb).mean() < 12.0  # JPEG, of noise
        for labels, wanted_labels in zip(scene.labels, true.labels, strict=True):
            assert (labels is None) == (wanted_labels is None)
            assert labels is None or np.array_equal(labels, wanted_labels)


def test_only_the_wanted_views_are_decoded() -> None:
    _, scene = packed(1)
    broken = replace(scene, images=(replace(scene.images[0], color=b""), *scene.images[1:]))
    found = broken.unpack([2, 1])
    assert [view.name for view in found.views] == [
        scene.record.views[k].camera.name for k in (2, 1)
    ]
    with pytest.raises(ValueError, match="decoded"):
        broken.unpack()


def test_equal_scenes_give_equal_bytes(shard: Path, tmp_path: Path) -> None:
    again = tmp_path / "b.scenes"
    write_shard(again, (packed(number)[1] for number in range(3)))
    assert again.read_bytes() == shard.read_bytes()


@pytest.mark.parametrize("where", [0.02, 0.5, 0.98])
def test_a_damaged_shard_is_named(shard: Path, where: float) -> None:
    content = bytearray(shard.read_bytes())
    place = int(where * len(content))
    content[place : place + 40] = b"\xff" * 40
    shard.write_bytes(content)
    with pytest.raises(DamagedFileError, match=r"a\.scenes is damaged"):  # noqa: SIM117
        with SceneShard(shard) as found:
            found.check()


def test_a_shard_cut_short_is_named(shard: Path) -> None:
    shard.write_bytes(shard.read_bytes()[:-30])
    with pytest.raises(DamagedFileError, match=r"a\.scenes is damaged or cut short"):
        SceneShard(shard)


def test_what_fails_on_the_way_leaves_nothing(tmp_path: Path) -> None:
    def failing():
        yield packed(0)[1]
        raise RuntimeError("out of scenes")

    with pytest.raises(RuntimeError, match="out of scenes"):
        write_shard(tmp_path / "c.scenes", failing())
    assert not list(tmp_path.iterdir())


def test_a_folder_without_shards_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClapError, match="holds no"):
        shard_paths(tmp_path)
    with pytest.raises(ClapError, match="there is no folder"):
        shard_paths(tmp_path / "nowhere")


def test_two_views_of_one_name_are_refused() -> None:
    record = packed(0)[0].record
    with pytest.raises(ValueError, match="one name"):
        SceneRecord.model_validate(
            {**record.model_dump(), "views": [record.views[0].model_dump()] * 2}
        )
