"""Probe scenes of a made-up tabletop, and clouds of nothing at all, without a simulator."""

from __future__ import annotations

import numpy as np

from clap_core.camera import CameraIntrinsics, CameraView
from clap_core.camera.tabletop import BALLS, EYES, TARGET, look_at, render
from clap_data.episodes.records import CameraRecord, matrix
from clap_data.scenes import LabelRecord, PackedScene, SceneRecord, SceneSample, SceneViewRecord
from clap_data.scenes import pack as packed
from clap_learning.probes.clouds import LABELLED_POINTS, POINTS, ProbeClouds
from clap_learning.probes.targets import TARGETS

SIZE_PX = 112
OPTICS = CameraIntrinsics.from_field_of_view(SIZE_PX, SIZE_PX, 0.85)
NOUNS = ("block", "cup", "moon")


def scene(
    number: int = 0, nouns: tuple[str, ...] = NOUNS, variation: str = "task+0"
) -> PackedScene:
    """Three balls that are called something, seen by three own cameras and a turned rig."""
    seen = [(f"view{k}", None, eye) for k, eye in enumerate(EYES.values())]
    for rotation in (0.0, 15.0, 30.0, 45.0):
        seen += [
            (f"rig{rotation:.0f}_{k}", rotation, _turned(eye, rotation))
            for k, eye in enumerate(EYES.values())
        ]
    views, labels = [], []
    for name, _, eye in seen:
        pose = look_at(eye, TARGET)
        depth_m, rgb = render(pose, OPTICS)
        image = np.full(rgb.shape[:2], len(BALLS) + 1, dtype=np.uint8)
        for k, ball in enumerate(BALLS):
            image[(rgb == ball.rgb).all(axis=2)] = k + 1
        depth = np.rint(1000.0 * np.minimum(depth_m, 60.0)).astype(np.uint16)
        views.append(CameraView(name, depth, rgb, OPTICS, pose))
        labels.append(image)
    table = [
        LabelRecord(label=k + 1, object=f"thing{k}", noun=noun, colour="any")
        for k, noun in enumerate(nouns)
    ]
    record = SceneRecord(
        source="test",
        split="probe",
        number=number,
        variation=variation,
        exact_depth=True,
        labels=(*table, LabelRecord(label=len(BALLS) + 1, object="table", noun="table")),
        views=tuple(
            SceneViewRecord(
                camera=CameraRecord.of(view.name, view.intrinsics),
                base_T_camera=matrix(view.base_T_camera),
                labelled=True,
                rotation_deg=rotation,
            )
            for view, (_, rotation, _) in zip(views, seen, strict=True)
        ),
    )
    return packed(SceneSample(record, tuple(views), tuple(labels)))


def _turned(eye: np.ndarray, rotation_deg: float) -> np.ndarray:
    angle = np.radians(rotation_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    away = np.asarray(eye, dtype=float) - TARGET
    away[:2] = turn @ away[:2]
    return np.asarray(TARGET) + away


def clouds(scenes: list[int], classes: int = 3, seed: int = 0) -> ProbeClouds:
    """Clouds of random points in a box of 40 cm. The box is cut along x into as many slabs as
    there are classes, and each class' keypoint is the middle of its slab."""
    rng = np.random.default_rng(seed)
    count = len(scenes)
    xyz = rng.uniform(-0.2, 0.2, (count, POINTS, 3)).astype(np.float32)
    # Another order of the classes in each cloud, so that the place alone does not tell.
    order = np.array([rng.permutation(classes) for _ in range(count)])
    slab = np.clip(((xyz[..., 0] + 0.2) / 0.4 * classes).astype(int), 0, classes - 1)
    label = np.take_along_axis(order, slab.reshape(count, -1), axis=1).astype(np.uint8)
    target_class = np.full((count, TARGETS), -1, dtype=np.int64)
    target_class[:, :classes] = order
    target_m = np.zeros((count, TARGETS, 3), dtype=np.float32)
    target_m[:, :classes, 0] = (np.arange(classes) + 0.5) * 0.4 / classes - 0.2
    return ProbeClouds(
        xyz,
        rng.integers(0, 255, (count, POINTS, 3), dtype=np.uint8),
        label[:, :: POINTS // LABELLED_POINTS],
        target_class,
        target_m,
        np.array(scenes),
    )
