"""Shards of a made-up tabletop, without a simulator."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from clap_core.camera import CameraIntrinsics, CameraView
from clap_core.camera.tabletop import BALLS, EYES, TARGET, look_at, render
from clap_data.episodes.records import CameraRecord, matrix
from clap_data.scenes import (
    LabelRecord,
    PackedScene,
    SceneRecord,
    SceneSample,
    SceneViewRecord,
    pack,
    write_shard,
)

SIZE_PX = 112
OPTICS = CameraIntrinsics.from_field_of_view(SIZE_PX, SIZE_PX, 0.85)


def scene(number: int, *, labelled: bool = True) -> PackedScene:
    """Three balls on a table, seen by three cameras; the balls are labelled 1, 2 and 3."""
    views, labels = [], []
    for name, eye in EYES.items():
        pose = look_at(eye, TARGET)
        depth_m, rgb = render(pose, OPTICS)
        labels.append(
            sum(
                (k + 1) * (rgb == ball.rgb).all(axis=2).astype(np.uint8)
                for k, ball in enumerate(BALLS)
            )
        )
        depth = np.rint(1000.0 * np.minimum(depth_m, 60.0)).astype(np.uint16)
        views.append(CameraView(name, depth, rgb, OPTICS, pose))
    record = SceneRecord(
        source="test",
        number=number,
        caption=f"scene {number}",
        exact_depth=True,
        labels=tuple(
            LabelRecord(label=k + 1, object=f"ball{k}", noun="ball", colour="any")
            for k in range(len(BALLS))
            if labelled
        ),
        views=tuple(
            SceneViewRecord(
                camera=CameraRecord.of(view.name, view.intrinsics),
                base_T_camera=matrix(view.base_T_camera),
                labelled=labelled,
            )
            for view in views
        ),
    )
    return pack(SceneSample(record, tuple(views), tuple(labels if labelled else [None] * 3)))


def fill(folder: Path, counts: list[int]) -> Path:
    """Shards with so many scenes, numbered through."""
    one = scene(0)
    number = 0
    for shard, count in enumerate(counts):
        scenes = []
        for _ in range(count):
            record = one.record.model_copy(update={"number": number, "caption": f"scene {number}"})
            scenes.append(PackedScene(record, one.images))
            number += 1
        write_shard(folder / f"s{shard}.scenes", scenes)
    return folder
