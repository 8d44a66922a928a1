"""The engines by name."""

from __future__ import annotations

from collections.abc import Callable

from clap_core.errors import ClapError, ErrorCode
from clap_learning.clar.encoder import ClarEncoder
from clap_learning.clar.inference.eager import TorchEngine
from clap_learning.clar.inference.engine import Engine
from clap_learning.clar.inference.onnx_runtime import OnnxRuntimeEngine, OnnxRuntimeInt8Engine

ENGINES: dict[str, Callable[[ClarEncoder, str], Engine]] = {
    TorchEngine.name: TorchEngine,
    OnnxRuntimeEngine.name: OnnxRuntimeEngine,
    OnnxRuntimeInt8Engine.name: OnnxRuntimeInt8Engine,
}

EAGER = TorchEngine.name
"""What the others are compared with."""

DEFAULT_ENGINE = OnnxRuntimeEngine.name
"""Chosen by measurement. OpenVINO 2026.4 was 5 % faster and is 200 MB more to install;
torch.compile was not faster, starts in a minute and needs a C++ compiler."""


def make_engine(name: str, encoder: ClarEncoder, device: str = "cpu") -> Engine:
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
    return ENGINES[name](encoder, device)
