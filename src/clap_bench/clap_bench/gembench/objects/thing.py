"""What the objects of the suite have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Thing(ABC):
    """An object; see `clap_sim.world.objects.ObjectModel`.

    Its frame has the origin in the middle of the bottom and z up. What a task needs to know of
    it (handles, slots) it offers as sites named ``<body>_<what>``; inner joints are named
    ``<body>_<what>`` too.
    """

    colour: str
    nouns: tuple[str, ...] = ("thing",)
    movable: bool = True

    @property
    @abstractmethod
    def footprint_radius_m(self) -> float:
        """Radius about the origin that holds all of it, seen from above."""

    @property
    @abstractmethod
    def height_m(self) -> float:
        """Height of its highest point when it stands upright."""

    @property
    def body_radius_m(self) -> float:
        """Radius of its body without handles."""
        return self.footprint_radius_m

    @property
    def floor_m(self) -> float:
        """Height on which something put on it rests."""
        return self.height_m

    def contains(self, point_m: NDArray[np.float64], opening_m: float) -> bool:
        """Whether something with its lowest part at the point [3] lies in it."""
        return False

    @abstractmethod
    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        """Add geometry, joints and sites to a new body."""
