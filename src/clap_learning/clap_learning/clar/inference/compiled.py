"""The engine `torch-compile`: the encoder compiled by Inductor, with its weights frozen."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_learning.clar.encoder import POINT_CHANNELS, ClarEncoder


class CompiledEngine:
    """Needs a C++ compiler on the machine that it runs on, and about a minute at the first start.

    Its threads are those of the process, as in the engine `torch`.

    Raises:
        ClapError: INVALID_REQUEST when compiling fails, as without a compiler.
    """

    name = "torch-compile"
    version = str(torch.__version__)

    def __init__(self, encoder: ClarEncoder) -> None:
        # Without a gradient Inductor may store the weights as its kernels want them.
        encoder = encoder.eval().requires_grad_(False)
        self._tokens = torch.compile(encoder.tokens, options={"freezing": True})
        config = encoder.config
        try:
            self.encode(
                np.zeros((1, config.patches, 3), np.float32),
                np.zeros((1, config.patches, config.patch_points, POINT_CHANNELS), np.float32),
            )
        except Exception as error:  # Inductor's own, of many kinds
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"engine '{self.name}' cannot compile the encoder: {error}",
                "Install a C++ compiler (g++), or choose the engine 'onnxruntime'",
            ) from error

    def encode(
        self, centers: NDArray[np.float32], points: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See `Engine`; the first batch of another size compiles again."""
        with torch.inference_mode():
            tokens = self._tokens(torch.from_numpy(centers), torch.from_numpy(points))
            return np.asarray(tokens.numpy())
