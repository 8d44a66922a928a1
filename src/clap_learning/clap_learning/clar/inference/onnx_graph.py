"""The encoder as an ONNX graph, written from its weights without PyTorch.

With two of ONNX Runtime's own operators: ``Attention``, which spares the splitting of heads and
their putting together, a fifth of the time, and ``Gelu``.
"""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clap_learning.clar.architecture import POINT_CHANNELS, WAVELENGTHS_M
from clap_learning.clar.inference.engine import module_of
from clap_learning.clar.stored_weights import EncoderWeights

CENTERS, POINTS, TOKENS = "centers", "points", "tokens"

_OPSET = 17
"""The first one with LayerNormalization."""

_IR_VERSION = 8
"""Of the same age as the opset: newer ones are refused by older runtimes."""

_RUNTIME = "com.microsoft"
"""Domain of ONNX Runtime's own operators."""

_EPSILON = 1e-5
"""Of PyTorch's LayerNorm."""


def onnx_graph(weights: EncoderWeights, engine: str) -> bytes:
    """The encoder with its weights, serialised; the batch may have any size.

    Made when an engine is, in a moment, so that no second file of weights can be out of date.
    Nodes have the names of the layers of `ClarEncoder`.

    Args:
        weights: of the encoder.
        engine: which needs it, for the message.

    Raises:
        ClapError: INVALID_REQUEST when the package `onnx` is not installed.
    """
    onnx = module_of(engine, "onnx", "onnx")
    helper, single = onnx.helper, onnx.TensorProto.FLOAT
    config = weights.config
    writer = _Writer(onnx, weights)
    tokens = writer.op(
        "embedded", "Add", writer.patch_embedding(POINTS), writer.position_embedding(CENTERS)
    )
    for number in range(config.depth):
        tokens = writer.block(f"blocks.{number}", tokens)
    writer.norm("norm", tokens, output=TOKENS)
    centers = ["batch", config.patches, 3]
    points = ["batch", config.patches, config.patch_points, POINT_CHANNELS]
    graph = helper.make_graph(
        writer.nodes,
        config.name,
        [
            helper.make_tensor_value_info(CENTERS, single, centers),
            helper.make_tensor_value_info(POINTS, single, points),
        ],
        [helper.make_tensor_value_info(TOKENS, single, ["batch", config.patches, config.width])],
        writer.constants,
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_RUNTIME, 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
    return bytes(model.SerializeToString())


class _Writer:
    """Writes layers in the order of `ClarEncoder`; a node's output has the node's name."""

    def __init__(self, onnx: ModuleType, weights: EncoderWeights) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._onnx = onnx
        self._weights = weights

    def patch_embedding(self, points: str) -> str:
        """See `PatchEmbedding`."""
        hidden = self.gelu("embed.first.1", self.linear("embed.first.0", points))
        each = self.op("embed.each", "Relu", self.linear("embed.first.2", hidden))
        whole = self.linear("embed.from_whole", self.maximum("embed.whole", each))
        most = self.maximum("embed.most", self.product("embed.from_each", each))
        joined = self.op("embed.second.0", "Relu", self.op("embed.joined", "Add", most, whole))
        return self.linear("embed.second.2", self.norm("embed.second.1", joined))

    def position_embedding(self, centers: str) -> str:
        """See `PositionEmbedding`."""
        turns = self.op(
            "position.turns",
            "Mul",
            self.op("position.apart", "Unsqueeze", centers, self.integers("position.last", [-1])),
            self.constant("position.full", np.array(2.0 * math.pi, np.float32)),
        )
        wavelengths = self.constant("position.wavelengths_m", np.array(WAVELENGTHS_M, np.float32))
        phases = self.op(
            "position.phases",
            "Reshape",
            self.op("position.waves", "Div", turns, wavelengths),
            self.integers("position.flat", [0, 0, 3 * len(WAVELENGTHS_M)]),  # 0: as it is
        )
        sines, cosines = (self.op(f"position.{f}", f, phases) for f in ("Sin", "Cos"))
        seen = self.op("position.seen", "Concat", centers, sines, cosines, axis=-1)
        hidden = self.gelu("position.layers.1", self.linear("position.layers.0", seen))
        return self.linear("position.layers.2", hidden)

    def block(self, name: str, tokens: str) -> str:
        """See `TransformerBlock`."""
        mixed = self.op(
            f"{name}.attention",
            "Attention",
            self.norm(f"{name}.norm_attention", tokens),
            self.transposed(f"{name}.queries_keys_values"),
            self.learned(f"{name}.queries_keys_values.bias"),
            domain=_RUNTIME,
            num_heads=self._weights.config.heads,
        )
        attended = self.linear(f"{name}.attended", mixed)
        tokens = self.op(f"{name}.middle", "Add", tokens, attended)
        normed = self.norm(f"{name}.norm_mlp", tokens)
        hidden = self.gelu(f"{name}.mlp.1", self.linear(f"{name}.mlp.0", normed))
        return self.op(f"{name}.end", "Add", tokens, self.linear(f"{name}.mlp.2", hidden))

    def linear(self, name: str, of: str) -> str:
        """A layer with a bias."""
        bias = self.learned(f"{name}.bias")
        return self.op(f"{name}.plus", "Add", self.product(name, of), bias)

    def product(self, name: str, of: str) -> str:
        """A layer without."""
        return self.op(name, "MatMul", of, self.transposed(name))

    def norm(self, name: str, of: str, output: str = "") -> str:
        """A LayerNorm over the features."""
        scale, bias = self.learned(f"{name}.weight"), self.learned(f"{name}.bias")
        return self.op(
            name, "LayerNormalization", of, scale, bias, output=output, axis=-1, epsilon=_EPSILON
        )

    def gelu(self, name: str, of: str) -> str:
        """The exact one."""
        return self.op(name, "Gelu", of, domain=_RUNTIME)

    def maximum(self, name: str, of: str) -> str:
        """[B, G, K, features] over the patch's points."""
        return self.op(name, "ReduceMax", of, axes=[2], keepdims=0)

    def op(
        self, name: str, kind: str, *inputs: str, output: str = "", domain: str = "", **how: Any
    ) -> str:
        """Any node."""
        output = output or name
        self.nodes.append(
            self._onnx.helper.make_node(kind, inputs, [output], name=name, domain=domain, **how)
        )
        return output

    def learned(self, name: str) -> str:
        """A tensor of the weights as it is."""
        return self.constant(name, self._weights.tensors[name])

    def transposed(self, name: str) -> str:
        """A layer's weight as [in, out]."""
        weight = f"{name}.weight"
        return self.constant(weight, np.ascontiguousarray(self._weights.tensors[weight].T))

    def integers(self, name: str, values: list[int]) -> str:
        """A small constant, such as a shape."""
        return self.constant(name, np.array(values, np.int64))

    def constant(self, name: str, array: NDArray[Any]) -> str:
        """Any array."""
        self.constants.append(self._onnx.numpy_helper.from_array(array, name))
        return name
