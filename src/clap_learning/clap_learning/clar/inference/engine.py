"""What computes tokens from patches."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode

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
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise  # It is there, but something of its own is not.
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"engine '{engine}' needs the package '{distribution}', which is not installed",
            f"Run: pip install '{distribution}', or choose the engine 'torch'",
        ) from error
