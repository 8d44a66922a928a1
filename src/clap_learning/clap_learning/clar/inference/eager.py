"""The engine `torch`: the encoder as it is written."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from clap_learning.clar.encoder import ClarEncoder


class TorchEngine:
    """Eager PyTorch on the CPU; always there. Its threads are those of the process."""

    name = "torch"
    version = str(torch.__version__)

    def __init__(self, encoder: ClarEncoder) -> None:
        self._encoder = encoder.eval()

    def encode(
        self, centers: NDArray[np.float32], points: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See `Engine`."""
        with torch.inference_mode():
            tokens = self._encoder.tokens(torch.from_numpy(centers), torch.from_numpy(points))
            return np.asarray(tokens.float().numpy())
