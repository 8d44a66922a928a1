"""A graph whose matrix products multiply eight-bit integers.

Post-training dynamic quantisation, as in Zafrir et al., "Q8BERT" (2019): weights are rounded once,
each output channel on a scale of its own; activations at every call, on one scale a tensor.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clap_core.errors import ClapError, ErrorCode
from clap_learning.clar.inference.engine import module_of

KEPT = ("embed.", "position.")
"""Layers that stay in float32: metres, colours and waves on one scale of 256 steps would make
most of the difference in the tokens, and save little time."""


def int8_graph(graph: bytes, engine: str) -> bytes:
    """The same graph with the transformer's weights in eight bits.

    Like the graph itself made when an engine is, in a second: nothing on the disk can be of other
    weights or another version.

    Args:
        graph: of `onnx_graph`, serialised.
        engine: which needs it, for the messages.

    Raises:
        ClapError: INVALID_REQUEST when a package is not installed; INTERNAL when ONNX Runtime
            cannot quantise the graph.
    """
    onnx = module_of(engine, "onnx", "onnx")
    version = module_of(engine, "onnxruntime", "onnxruntime").__version__
    quantization = module_of(engine, "onnxruntime.quantization", "onnxruntime")
    try:
        model = onnx.load_from_string(graph)
        # Else it advises to optimise first, which is of no use here.
        quantization.quant_utils.add_pre_process_metadata(model)
        with tempfile.TemporaryDirectory() as folder, _root_logger_as_it_is():
            file = Path(folder) / "encoder.onnx"
            quantization.quantize_dynamic(
                model,
                file,
                weight_type=quantization.QuantType.QInt8,
                per_channel=True,
                # Weights of seven bits: without VNNI, CPUs add pairs of products in sixteen bits.
                reduce_range=True,
                nodes_to_exclude=[n.name for n in model.graph.node if n.name.startswith(KEPT)],
                # It cannot tell what the runtime's own operators give.
                extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
            )
            return file.read_bytes()
    except Exception as error:  # of another library, whatever that raises
        raise ClapError(
            ErrorCode.INTERNAL,
            f"onnxruntime {version} could not quantise the encoder for the engine '{engine}': "
            f"{error!r}",
            "Use the engine onnxruntime, and please report it",
        ) from error


@contextmanager
def _root_logger_as_it_is() -> Iterator[None]:
    """A line through the root logger gives it a handler for good, if it has none."""
    nothing = logging.NullHandler()
    logging.getLogger().addHandler(nothing)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(nothing)
