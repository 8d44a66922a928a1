"""The engine `openvino`, for those who have it; not installed by the stack."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clap_learning.clar.encoder import ClarEncoder
from clap_learning.clar.inference.engine import THREADS, module_of
from clap_learning.clar.inference.onnx_graph import CENTERS, POINTS, TOKENS, onnx_graph


class OpenVinoEngine:
    """OpenVINO on the CPU.

    Args:
        encoder: with its weights.
        threads: that one call uses.

    Raises:
        ClapError: INVALID_REQUEST when onnx or openvino is not installed.
    """

    name = "openvino"

    def __init__(self, encoder: ClarEncoder, threads: int = THREADS) -> None:
        openvino = module_of(self.name, "openvino", "openvino")
        self.version: str = openvino.__version__
        core = openvino.Core()
        self._model = core.compile_model(
            core.read_model(onnx_graph(encoder, self.name)),
            "CPU",
            {
                "INFERENCE_NUM_THREADS": threads,
                "PERFORMANCE_HINT": "LATENCY",
                # By itself it takes bfloat16 where the CPU can, and is wrong by some per cent.
                "INFERENCE_PRECISION_HINT": "f32",
            },
        )

    def encode(
        self, centers: NDArray[np.float32], points: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See `Engine`."""
        return np.array(self._model({CENTERS: centers, POINTS: points})[TOKENS])
