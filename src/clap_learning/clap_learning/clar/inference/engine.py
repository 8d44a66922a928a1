"""What computes tokens from patches."""

from __future__ import annotations

from types import ModuleType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clap_learning import optional_packages

EAGER = "torch"
"""Name of the engine that the others are compared with."""

THREADS = 2
"""Of an engine, unless told otherwise: more gain little on so small a model, and the robot's
control needs the other cores."""


class Engine(Protocol):
    """Runs one encoder, in float32.

    Attributes:
        name: as in the configuration.
        version: of the library behind it.
    """

    name: str
    version: str

    def encode(
        self, centers: NDArray[np.float32], points: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Centres [B, G, 3] and points [B, G, K, 6], see `PatchBatch`, to [B, G, width]."""
        ...


def module_of(engine: str, module: str, distribution: str) -> ModuleType:
    """The library behind an engine, imported only for it.

    Raises:
        ClapError: INVALID_REQUEST when it is not installed.
    """
    other = EAGER if engine != EAGER else "onnxruntime"
    return optional_packages.module_of(
        f"engine '{engine}'", module, distribution, f", or choose the engine '{other}'"
    )
