"""What a policy that moves in small steps sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from clap_core.camera.view import CameraView
from clap_core.point_cloud import PointCloud


@dataclass(frozen=True, eq=False)
class StepObservation:
    """One look in the middle of a motion.

    Attributes:
        instruction: what the person said.
        cloud: in the robot's base frame (x forward, y left, z up), table and background cut away.
        state: [D] float32 proprioception; what its numbers are is the suite's to say.
        fetch_views: renders the pictures that the cloud is of; None where there are none.
    """

    instruction: str
    cloud: PointCloud
    state: NDArray[np.float32]
    fetch_views: Callable[[], tuple[CameraView, ...]] | None = field(default=None, repr=False)

    @cached_property
    def views(self) -> tuple[CameraView, ...]:
        """Colour, depth, intrinsics and pose of each camera, upright; none where there are none."""
        return () if self.fetch_views is None else self.fetch_views()
