"""The clouds that probes are trained and scored on, made once for all models.

As in pre-training, but from other cameras: views as a D435 would give them, slightly wrong in
their poses, fused and cropped around a point of an object. What is asked for comes from the exact
scene: each point's label, and as keypoint of a thing the middle of what all cameras of the scene
show of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from clap_core.camera import CameraView
from clap_data.scenes import PackedScene, SceneSample
from clap_learning.data.augment import (
    Augmenter,
    CroppedScene,
    SceneAugmentConfig,
    point_of_interest,
)
from clap_learning.data.labelled import point_labels
from clap_learning.probes.targets import Targets

POINTS = 2048
"""Points that are kept of a cloud: as many as the encoders take."""

_EVERY = 2
LABELLED_POINTS = POINTS // _EVERY
"""Every second one is asked for."""

ROTATIONS_DEG = (0.0, 15.0, 30.0, 45.0)
"""By how much the rig of the probe's scenes is turned around the table."""

_STREAM = 0x70726F6265


class CloudsConfig(BaseModel, frozen=True, extra="forbid"):
    """How clouds are drawn."""

    crops: int = Field(2, description="Clouds of each scene for the ladder.", ge=1, le=16)
    views_min: int = Field(1, description="Fewest of the scene's own cameras.", ge=1)
    views_max: int = Field(4, description="Most of the scene's own cameras.", ge=1)
    half_min_m: float = Field(
        0.15, description="Smallest half edge of the crop in m; smaller ones show one thing only."
    )
    half_max_m: float = Field(0.30, description="Largest half edge of the crop in m.")
    off_centre: float = Field(
        0.4, description="How far from the middle the point is that it is around; see augment."
    )
    least_points: int = Field(256, description="Fewest points of a cloud.", ge=64)
    tries: int = Field(8, description="Crops that are tried.", ge=1)
    seed: int = Field(0, description="Of all that is drawn.")
    augment: SceneAugmentConfig = Field(
        SceneAugmentConfig(colour=0.0, dropout=0.0),
        description="Noise of depth and calibration; colours and points stay as they are.",
    )


@dataclass(frozen=True)
class ProbeClouds:
    """N clouds with what is asked for.

    Attributes:
        xyz: [N, 2048, 3] float32 m, base frame.
        rgb: [N, 2048, 3] uint8.
        labels: [N, 1024] uint8 classes of every second point; `NONE` where nothing is asked.
        target_class: [N, T] int64 classes of the keypoints asked for; -1 for none.
        target_m: [N, T, 3] float32 where they are, base frame.
        scene: [N] int64 number of the scene.
    """

    xyz: NDArray[np.float32]
    rgb: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    target_class: NDArray[np.int64]
    target_m: NDArray[np.float32]
    scene: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.xyz)

    @property
    def labelled_xyz(self) -> NDArray[np.float32]:
        """[N, 1024, 3] the points that are asked for."""
        return self.xyz[:, ::_EVERY]

    @property
    def labelled_rgb(self) -> NDArray[np.uint8]:
        """[N, 1024, 3] their colours."""
        return self.rgb[:, ::_EVERY]

    def of(self, scenes: frozenset[int]) -> NDArray[np.int64]:
        """Indices of the clouds of some scenes."""
        return np.flatnonzero(np.isin(self.scene, sorted(scenes)))

    def chosen(self, indices: NDArray[np.int64]) -> ProbeClouds:
        """The clouds at some indices, as a set of their own."""
        return ProbeClouds(*(getattr(self, field.name)[indices] for field in fields(self)))

    @classmethod
    def joined(cls, clouds: Sequence[ProbeClouds]) -> ProbeClouds:
        """Several sets joined into one."""
        return cls(
            *(np.concatenate([getattr(one, field.name) for one in clouds]) for field in fields(cls))
        )


class CloudMaker:
    """Draws probe clouds of scenes.

    Args:
        config: how.
    """

    def __init__(self, config: CloudsConfig | None = None) -> None:
        self.config = config or CloudsConfig()
        self._augmenter = Augmenter(self.config.augment, self.config.least_points)

    def of_own_cameras(self, scene: PackedScene) -> ProbeClouds | None:
        """Clouds of random ones of the scene's own cameras, for the ladder.

        None if no crop has enough points. The same scene and seed give the same clouds.
        """
        config = self.config
        rng = self._rng(scene, 0)
        exact = scene.unpack()
        targets = Targets(exact)
        own = [k for k, view in enumerate(scene.record.views) if view.rotation_deg is None]
        found = []
        for _ in range(config.crops):
            most = min(config.views_max, len(own))
            count = int(rng.integers(min(config.views_min, most), most + 1))
            chosen = sorted(rng.permutation(own)[:count].tolist())
            found += self._crop(_part(exact, chosen), [range(count)], targets, rng)[0]
        return ProbeClouds.joined(found) if found else None

    def of_rig(self, scene: PackedScene, rotations: Sequence[float]) -> list[ProbeClouds]:
        """One crop of the scene as its rig sees it at each rotation.

        Returns:
            For each rotation the cloud of all three cameras, then for each that of the first
            camera alone; points and keypoints are asked for in the same box, and only keypoints
            that all rotations show, so that they can be compared. Empty if that fails.
        """
        rng = self._rng(scene, 1)
        views = scene.record.views
        rig = [[k for k, v in enumerate(views) if v.rotation_deg == r] for r in rotations]
        if not all(rig):
            return []
        exact = scene.unpack()
        targets = Targets(exact)
        part = _part(exact, [k for numbers in rig for k in numbers])
        ends = np.cumsum([len(numbers) for numbers in rig]).tolist()
        fused = [range(end - len(numbers), end) for numbers, end in zip(rig, ends, strict=True)]
        alone = [range(one.start, one.start + 1) for one in fused]
        made = self._crop(part, [*fused, *alone], targets, rng, families=2)
        return [one for family in made for one in family]

    def _crop(
        self,
        part: SceneSample,
        sets: Sequence[range],
        targets: Targets,
        rng: np.random.Generator,
        families: int = 1,
    ) -> list[list[ProbeClouds]]:
        """One crop of each of several sets of views; empty lists if no crop is good.

        Keypoints that one set of a family lacks are asked for in none of it.
        """
        config = self.config
        views = tuple(self._augmenter.as_seen(view, part.record, rng) for view in part.views)
        around = _part(part, list(sets[0]))
        for _ in range(config.tries):
            point = point_of_interest(around, rng)
            if point is None:
                break
            half = np.exp(rng.uniform(np.log(config.half_min_m), np.log(config.half_max_m)))
            middle = point + half * rng.uniform(-config.off_centre, config.off_centre, 3)
            box = np.stack([middle - half, middle + half])
            box[0, 2] = max(box[0, 2], config.augment.floor_m)
            if box[1, 2] <= box[0, 2] + config.augment.voxel_m:
                continue
            samples = [
                self._sample(part, [views[k] for k in numbers], numbers, point, box)
                for numbers in sets
            ]
            if min(len(sample.xyz) for sample in samples) < config.least_points:
                continue
            each = len(samples) // families
            return [
                list(_as_clouds(samples[k : k + each], targets))
                for k in range(0, len(samples), each)
            ]
        return [[] for _ in range(families)]

    def _sample(
        self,
        part: SceneSample,
        views: Sequence[CameraView],
        numbers: range,
        point: NDArray[np.float64],
        box: NDArray[np.float64],
    ) -> CroppedScene:
        xyz, rgb = self._augmenter.fuse(tuple(views), box)
        if len(xyz):
            # Evenly, as the encoders do; in a small cloud points are repeated.
            kept = np.linspace(0, len(xyz) - 1, POINTS).round().astype(np.int64)
            if len(xyz) >= self.config.least_points:
                xyz, rgb = xyz[kept], rgb[kept]
        labels = tuple(part.labels[k] for k in numbers)
        return CroppedScene(xyz, rgb, tuple(views), labels, point, box, part.record)

    def _rng(self, scene: PackedScene, stream: int) -> np.random.Generator:
        return np.random.default_rng([_STREAM, self.config.seed, scene.record.number, stream])


def _part(sample: SceneSample, numbers: Sequence[int]) -> SceneSample:
    """Some of the views; the record is still that of all."""
    return SceneSample(
        sample.record,
        tuple(sample.views[k] for k in numbers),
        tuple(sample.labels[k] for k in numbers),
    )


def _as_clouds(samples: Sequence[CroppedScene], targets: Targets) -> Iterator[ProbeClouds]:
    """Samples of one crop, with the keypoints that all of them show."""
    raw = [point_labels(sample, sample.xyz[::_EVERY]) for sample in samples]
    asked = [
        targets.within(sample.box_m, labels) for sample, labels in zip(samples, raw, strict=True)
    ]
    common = set(asked[0]).intersection(*asked[1:])
    classes, places = targets.table(sorted(common))
    for sample, labels in zip(samples, raw, strict=True):
        yield ProbeClouds(
            xyz=sample.xyz[None],
            rgb=sample.rgb[None],
            labels=targets.classes[labels][None],
            target_class=classes[None],
            target_m=places[None],
            scene=np.array([sample.record.number]),
        )
