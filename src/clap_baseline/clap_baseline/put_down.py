"""Where the hand has let go of what: so "the other mug" is told from the one just put down."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clap_baseline.language.phrases import PUT_DOWN
from clap_baseline.segments.segmentation import Segment
from clap_core.backends import Scene
from clap_core.task_types import Action, SubTask

_FORGET_NS = 900 * 10**9
"""After a quarter of an hour somebody may have moved it."""
_NEAR_M = 0.03


class PutDown:
    """Remembers, by the plan's name for it, what was grasped and where it was let go.

    Attributes:
        held: name of what was grasped last and not let go since; "" for nothing.
    """

    def __init__(self) -> None:
        self.held = ""
        self._places: dict[str, tuple[NDArray[np.float64], int]] = {}

    def note(self, subtask: SubTask, scene: Scene) -> None:
        """Remember a grasp or a release that is about to happen."""
        name = base_name(subtask.object)
        if subtask.action is Action.GRASP:
            self.held = name
        elif subtask.action is Action.RELEASE and scene.base_T_tcp is not None:
            self.held = ""
            if name:
                self._places[name] = (scene.base_T_tcp[:2, 3].copy(), scene.cloud.stamp_ns)

    def knows(self, name: str, now_ns: int) -> bool:
        """Whether it is remembered where the object was put."""
        place = self._places.get(base_name(name))
        return place is not None and 0 <= now_ns - place[1] < _FORGET_NS

    def find(self, name: str, segments: list[Segment]) -> Segment | None:
        """The one of the objects that stands where `name` was put; None when none does."""
        place, _ = self._places[base_name(name)]
        gaps = [
            float(np.hypot(*(segment.shape.center - place))) - segment.shape.radius_m
            for segment in segments
        ]
        if not gaps or min(gaps) > _NEAR_M:
            return None
        return segments[int(np.argmin(gaps))]


def base_name(name: str) -> str:
    """A name without the words that say that it was put down."""
    return name.lower().removesuffix(PUT_DOWN)
