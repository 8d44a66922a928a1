"""The engines `onnxruntime`, the shipped default, and `onnxruntime-int8`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_learning.clar.inference.engine import THREADS, module_of
from clap_learning.clar.inference.int8_graph import int8_graph
from clap_learning.clar.inference.onnx_graph import CENTERS, POINTS, TOKENS, onnx_graph
from clap_learning.clar.stored_weights import EncoderWeights


class OnnxRuntimeEngine:
    """ONNX Runtime on the CPU.

    Args:
        weights: of the encoder.
        device: ``"cpu"``.
        threads: that one call uses.

    Raises:
        ClapError: INVALID_REQUEST when onnx or onnxruntime is not installed, or for another device.
    """

    name = "onnxruntime"

    def __init__(
        self, weights: EncoderWeights, device: str = "cpu", threads: int = THREADS
    ) -> None:
        if device != "cpu":
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the engine '{self.name}' computes on the CPU, not on '{device}'",
                "Use the engine torch for a GPU",
            )
        runtime = module_of(self.name, "onnxruntime", "onnxruntime")
        self.version: str = runtime.__version__
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Between calls its threads would wait busily, and take the cores from other nodes.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        self._session: Any = runtime.InferenceSession(
            self._graph(weights), options, providers=["CPUExecutionProvider"]
        )

    def encode(
        self, centers: NDArray[np.float32], points: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See `Engine`."""
        (tokens,) = self._session.run([TOKENS], {CENTERS: centers, POINTS: points})
        return np.asarray(tokens)

    def _graph(self, weights: EncoderWeights) -> bytes:
        return onnx_graph(weights, self.name)


class OnnxRuntimeInt8Engine(OnnxRuntimeEngine):
    """The same with the transformer's matrix products in eight bits.

    Tokens differ a little from those of the other engines; `./clap bench encoder` says how much.

    Raises:
        ClapError: also INTERNAL when the graph cannot be quantised.
    """

    name = "onnxruntime-int8"

    def encode(
        self, centers: NDArray[np.float32], points: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See `Engine`."""
        # One by one: a call has one range for all its numbers, and the tokens around a keypoint
        # must not depend on what is around the others.
        one = super().encode
        pairs = zip(centers[:, None], points[:, None], strict=True)
        return np.concatenate([one(*pair) for pair in pairs])

    def _graph(self, weights: EncoderWeights) -> bytes:
        return int8_graph(super()._graph(weights), self.name)
