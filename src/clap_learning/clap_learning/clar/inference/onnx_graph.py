"""The encoder as an ONNX graph for ONNX Runtime, whose fused attention it asks for."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from clap_learning.clar.encoder import POINT_CHANNELS, Block, ClarEncoder
from clap_learning.clar.inference.engine import module_of

CENTERS, POINTS, TOKENS = "centers", "points", "tokens"

_OPSET = 17
"""The first one with LayerNormalization."""


_RUNTIME = "com.microsoft"
"""Domain of ONNX Runtime's own operators."""


class _Attention(torch.autograd.Function):
    """Stands in the traced graph for ONNX Runtime's operator ``Attention``.

    Spelled out, splitting the heads and putting them together again costs it a fifth of its time.
    """

    @staticmethod
    def forward(ctx: Any, tokens: Tensor, weight: Tensor, bias: Tensor, heads: int) -> Tensor:
        return tokens.clone()  # Traced for its shape only.

    @staticmethod
    def symbolic(graph: Any, tokens: Any, weight: Any, bias: Any, heads: int) -> Any:
        mixed = graph.op(f"{_RUNTIME}::Attention", tokens, weight, bias, num_heads_i=heads)
        return mixed.setType(tokens.type())


class _Tokens(nn.Module):
    """`ClarEncoder.tokens` with its attention fused."""

    def __init__(self, encoder: ClarEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, centers: Tensor, points: Tensor) -> Tensor:
        encoder = self.encoder
        tokens = encoder.embed(points) + encoder.position(centers)
        for block in encoder.blocks:
            assert isinstance(block, Block)
            tokens = tokens + _attend(block, block.norm_attention(tokens))
            tokens = tokens + block.mlp(block.norm_mlp(tokens))
        normed: Tensor = encoder.norm(tokens)
        return normed


def _attend(block: Block, tokens: Tensor) -> Tensor:
    linear = block.queries_keys_values
    mixed = _Attention.apply(tokens, linear.weight.t(), linear.bias, block.heads)  # type: ignore[no-untyped-call]
    attended: Tensor = block.attended(mixed)
    return attended


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
            custom_opsets={_RUNTIME: 1},
            dynamo=False,
        )
        return file.read_bytes()
