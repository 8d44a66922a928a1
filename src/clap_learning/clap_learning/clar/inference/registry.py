"""The engines by name."""

from __future__ import annotations

from collections.abc import Callable

from clap_core.errors import ClapError, ErrorCode
from clap_learning.clar.inference.engine import EAGER, Engine, module_of
from clap_learning.clar.inference.onnx_runtime import OnnxRuntimeEngine, OnnxRuntimeInt8Engine
from clap_learning.clar.stored_weights import EncoderWeights


def _torch_engine(weights: EncoderWeights, device: str) -> Engine:
    """PyTorch is imported for this engine alone: it takes seconds, memory and 700 MB of disk."""
    module_of(EAGER, "torch", "torch")
    from clap_learning.clar.inference.eager import TorchEngine

    return TorchEngine(weights, device)


ENGINES: dict[str, Callable[[EncoderWeights, str], Engine]] = {
    EAGER: _torch_engine,
    OnnxRuntimeEngine.name: OnnxRuntimeEngine,
    OnnxRuntimeInt8Engine.name: OnnxRuntimeInt8Engine,
}

DEFAULT_ENGINE = OnnxRuntimeEngine.name
"""Chosen by measurement. OpenVINO 2026.4 was 5 % faster and is 200 MB more to install;
torch.compile was not faster, starts in a minute and needs a C++ compiler."""


def make_engine(name: str, weights: EncoderWeights, device: str = "cpu") -> Engine:
    """The engine of that name.

    Raises:
        ClapError: INVALID_REQUEST if there is none, its package is not installed, or it cannot
            compute on the device.
    """
    if name not in ENGINES:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"there is no inference engine '{name}'",
            f"Choose one of: {', '.join(ENGINES)}",
        )
    return ENGINES[name](weights, device)
