"""The engine `torch`: the encoder as it is written."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_learning.clar.inference.engine import EAGER
from clap_learning.clar.stored_weights import EncoderWeights
from clap_learning.clar.weights import encoder_from


class TorchEngine:
    """Eager PyTorch. Its threads are those of the process.

    Args:
        weights: of the encoder.
        device: such as ``"cpu"`` or ``"cuda:0"``.

    Raises:
        ClapError: INVALID_REQUEST when there is no such device.
    """

    name = EAGER
    version = str(torch.__version__)

    def __init__(self, weights: EncoderWeights, device: str = "cpu") -> None:
        try:
            self._device = torch.device(device)
            self._encoder = encoder_from(weights).to(self._device)
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
