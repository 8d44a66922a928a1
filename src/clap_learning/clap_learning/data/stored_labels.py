"""Labels that are decoded only where they are asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clap_data.scenes import PackedScene


class StoredLabels(Sequence[NDArray[np.uint8] | None]):
    """Labels of views that are decoded when they are asked for: few of them are.

    Args:
        scene: that they are of.
        numbers: of the views in the scene.
    """

    def __init__(self, scene: PackedScene, numbers: Sequence[int]) -> None:
        self._scene = scene
        self._numbers = numbers
        self._known: dict[int, NDArray[np.uint8] | None] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, place):  # type: ignore[no-untyped-def, override]
        if isinstance(place, slice):
            return tuple(self[k] for k in range(*place.indices(len(self))))
        number = self._numbers[place]
        if number not in self._known:
            self._known[number] = self._scene.labels(number)
        return self._known[number]
