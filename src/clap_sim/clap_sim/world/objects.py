"""What every kind of object offers to the world and to the referee."""

from __future__ import annotations

from typing import Protocol

import mujoco
import numpy as np
from numpy.typing import NDArray

COLOURS: dict[str, tuple[float, float, float, float]] = {
    "red": (0.80, 0.06, 0.05, 1.0),
    "green": (0.10, 0.55, 0.15, 1.0),
    "blue": (0.08, 0.22, 0.75, 1.0),
    "yellow": (0.95, 0.78, 0.05, 1.0),
    "orange": (0.95, 0.40, 0.03, 1.0),
    "purple": (0.45, 0.13, 0.60, 1.0),
    "white": (0.82, 0.82, 0.80, 1.0),
    "black": (0.06, 0.06, 0.07, 1.0),
    "silver": (0.75, 0.76, 0.78, 1.0),
    "wood": (0.62, 0.44, 0.27, 1.0),
    "maroon": (0.38, 0.02, 0.03, 1.0),
    "lime": (0.30, 0.90, 0.05, 1.0),
    "navy": (0.02, 0.04, 0.30, 1.0),
    "cyan": (0.05, 0.82, 0.88, 1.0),
    "magenta": (0.85, 0.05, 0.75, 1.0),
    "gray": (0.40, 0.40, 0.41, 1.0),
    "olive": (0.40, 0.38, 0.04, 1.0),
    "teal": (0.02, 0.42, 0.42, 1.0),
    "azure": (0.08, 0.48, 0.95, 1.0),
    "violet": (0.40, 0.10, 0.90, 1.0),
    "rose": (0.92, 0.05, 0.42, 1.0),
    "pink": (0.95, 0.55, 0.68, 1.0),
}
"""RGBA of the colours by name; those of RLBench's twenty that differ from each other only in
brightness are kept apart under the room's light."""


class ObjectModel(Protocol):
    """A kind of object with its dimensions.

    The object's frame has its origin in the middle of the bottom and z up, so that an upright
    object on the table has z = 0.

    Attributes:
        colour: a key of `COLOURS`.
        nouns: what people call it, the usual word first.
        movable: it has a free joint; otherwise it is fixed to the table.
    """

    @property
    def colour(self) -> str: ...
    @property
    def nouns(self) -> tuple[str, ...]: ...
    @property
    def movable(self) -> bool: ...

    @property
    def footprint_radius_m(self) -> float:
        """Radius of the circle about the origin that holds all of the object seen from above."""
        ...

    @property
    def body_radius_m(self) -> float:
        """Radius of its round or square body without handles; gaps are measured from it."""
        ...

    @property
    def height_m(self) -> float:
        """Height of its highest point when it stands upright."""
        ...

    @property
    def floor_m(self) -> float:
        """Height of the surface on which something put on it rests."""
        ...

    def contains(self, point_m: NDArray[np.float64], opening_m: float) -> bool:
        """Whether something lies in it whose lowest part is at this point.

        Args:
            point_m: [3] in the object's frame.
            opening_m: how far its inner joint is out; 0 where it has none.
        """
        ...

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        """Add geometry (and inner joints) to a new body; names start with the body's."""
        ...
