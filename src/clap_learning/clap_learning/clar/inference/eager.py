"""The engine `torch`: the encoder as it is written."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_learning.clar.encoder import ClarEncoder


class TorchEngine:
    """Eager PyTorch; always there. Its threads are those of the process.

    Args:
        encoder: with its weights; it is moved to the device.
        device: such as ``"cpu"`` or ``"cuda:0"``.

    Raises:
        ClapError: INVALID_REQUEST when there is no such device.
    """

    name = "torch"
    version = str(torch.__version__)

    def __init__(self, encoder: ClarEncoder, device: str = "cpu") -> None:
        try:
            self._device = torch.device(device)
            self._encoder = encoder.eval().to(self._device)
        except (RuntimeError, AssertionError) as error:  # torch has no type for it
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"PyTorch cannot compute on '{device}': {str(error).splitlines()[0]}",
                "Use cpu, or install a PyTorch that was built for this machine's GPU",
            ) from None

    def encode(
        self, centers: NDArray[np.float32], points: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See `Engine`."""
        with torch.inference_mode():
            tokens = self._encoder.tokens(
                torch.from_numpy(centers).to(self._device),
                torch.from_numpy(points).to(self._device),
            )
            return np.asarray(tokens.float().cpu().numpy())
