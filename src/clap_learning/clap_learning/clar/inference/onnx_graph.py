"""The encoder as an ONNX graph, for engines that read it."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from clap_learning.clar.encoder import POINT_CHANNELS, ClarEncoder
from clap_learning.clar.inference.engine import module_of

CENTERS, POINTS, TOKENS = "centers", "points", "tokens"

_OPSET = 17
"""The first one with LayerNormalization."""


class _Tokens(nn.Module):
    def __init__(self, encoder: ClarEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, centers: Tensor, points: Tensor) -> Tensor:
        return self.encoder.tokens(centers, points)


def onnx_graph(encoder: ClarEncoder, engine: str) -> bytes:
    """The encoder with its weights, serialised; the batch may have any size.

    Made when an engine is, in a second, so that no second file of weights can be out of date.

    Args:
        encoder: in float32 on the CPU.
        engine: which needs it, for the message.

    Raises:
        ClapError: INVALID_REQUEST when the package `onnx` is not installed.
    """
    module_of(engine, "onnx", "onnx")
    config = encoder.config
    # Two clouds: what is one in the example could be taken for a constant.
    example = (
        torch.zeros(2, config.patches, 3),
        torch.zeros(2, config.patches, config.patch_points, POINT_CHANNELS),
    )
    names = (CENTERS, POINTS, TOKENS)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        file = Path(folder) / "encoder.onnx"
        # The exporter by tracing, and not its successor, which needs the package onnxscript.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Tokens(encoder).eval(),
            example,
            file,
            input_names=[CENTERS, POINTS],
            output_names=[TOKENS],
            dynamic_axes={name: {0: "batch"} for name in names},
            opset_version=_OPSET,
            dynamo=False,
        )
        return file.read_bytes()
