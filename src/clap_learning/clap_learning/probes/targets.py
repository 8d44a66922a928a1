"""The keypoints of a scene: for each thing the middle of what its cameras show of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clap_core.camera import back_project
from clap_core.camera.projection import depth_in_metres
from clap_data.scenes import SceneSample
from clap_learning.probes.classes import NONE, class_of, keypoint_class_of

TARGETS = 6
"""Most keypoints that are asked of one cloud."""

VISIBLE_POINTS = 8
"""Of a thing's points in a cloud (of 1024): fewer do not count as seeing it."""

INSIDE = 0.8
"""Share of a thing that a crop must hold for its middle to be asked for."""

_GRID_M = 0.005
_LABELS = 256


class Targets:
    """What can be asked for in a scene.

    Args:
        sample: exact, with all of its cameras.

    Attributes:
        classes: [256] uint8 class of each label, `NONE` for those that are not asked for.
    """

    def __init__(self, sample: SceneSample) -> None:
        self.classes = np.full(_LABELS, NONE, dtype=np.uint8)
        self._class: dict[int, int] = {}
        self._thing = np.zeros(_LABELS, dtype=np.uint8)
        first: dict[tuple[str, int], int] = {}
        for row in sample.record.labels:
            number = class_of(row)
            if number is not None:
                self.classes[row.label] = number
            keypoint = keypoint_class_of(row)
            if keypoint is not None:
                # A button and its cap are two labels, and one thing.
                thing = first.setdefault((row.object, keypoint), row.label)
                self._thing[row.label] = thing
                self._class[thing] = keypoint
        self._points = _surfaces(sample, self._thing)

    def within(self, box: NDArray[np.float64], labels: NDArray[np.uint8]) -> list[int]:
        """The things whose middle can be asked for in a crop, each by its first label.

        A thing is asked for by its class, so there must not be two of it.

        Args:
            box: [2, 3] corners of the crop.
            labels: [N] of the cloud's points.
        """
        counts = np.bincount(self._thing[labels], minlength=_LABELS)
        shown = [label for label in self._class if counts[label] > 0]
        classes = [self._class[label] for label in shown]
        return [
            label
            for label in shown
            if counts[label] >= VISIBLE_POINTS
            and classes.count(self._class[label]) == 1
            and label in self._points
            and np.mean(((self._points[label] > box[0]) & (self._points[label] < box[1])).all(1))
            >= INSIDE
        ]

    def table(self, things: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Classes [T] and places [T, 3] of things, filled up with -1 and zeros."""
        classes = np.full(TARGETS, -1, dtype=np.int64)
        places = np.zeros((TARGETS, 3), dtype=np.float32)
        for k, thing in enumerate(things[:TARGETS]):
            classes[k] = self._class[thing]
            places[k] = self._points[thing].mean(axis=0)
        return classes, places


def _surfaces(sample: SceneSample, thing: NDArray[np.uint8]) -> dict[int, NDArray[np.float64]]:
    """[N, 3] points of each thing's surface, evenly: one in a cell of a grid.

    Args:
        sample: exact.
        thing: [256] of each label; 0 for none.
    """
    found: dict[int, list[NDArray[np.float64]]] = {}
    for view, image in zip(sample.views, sample.labels, strict=True):
        if image is None:
            continue
        depth_m = depth_in_metres(view.depth)
        of_pixels = thing[image]
        rows, columns = np.nonzero((of_pixels > 0) & (depth_m > 0.0))
        pixels = np.stack([columns, rows], axis=1)
        pose = view.base_T_camera
        points = back_project(pixels, depth_m[rows, columns], view.intrinsics)
        points = points @ pose[:3, :3].T + pose[:3, 3]
        of = of_pixels[rows, columns]
        for number in np.unique(of):
            found.setdefault(int(number), []).append(points[of == number])
    return {number: _thinned(np.concatenate(parts)) for number, parts in found.items()}


def _thinned(points: NDArray[np.float64]) -> NDArray[np.float64]:
    cells = np.floor(points / _GRID_M).astype(np.int64)
    _, first = np.unique(cells, axis=0, return_index=True)
    return np.asarray(points[first])
