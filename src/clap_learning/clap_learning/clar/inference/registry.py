"""The engines by name."""

from __future__ import annotations

from collections.abc import Callable

from clap_core.errors import ClapError, ErrorCode
from clap_learning.clar.encoder import ClarEncoder
from clap_learning.clar.inference.compiled import CompiledEngine
from clap_learning.clar.inference.eager import TorchEngine
from clap_learning.clar.inference.engine import Engine
from clap_learning.clar.inference.onnx_runtime import OnnxRuntimeEngine
from clap_learning.clar.inference.open_vino import OpenVinoEngine

ENGINES: dict[str, Callable[[ClarEncoder], Engine]] = {
    TorchEngine.name: TorchEngine,
    OnnxRuntimeEngine.name: OnnxRuntimeEngine,
    OpenVinoEngine.name: OpenVinoEngine,
    CompiledEngine.name: CompiledEngine,
}

DEFAULT_ENGINE = OnnxRuntimeEngine.name
"""What ships; `./clap bench encoder --all` compares it with the others."""


def make_engine(name: str, encoder: ClarEncoder) -> Engine:
    """The engine of that name.

    Raises:
        ClapError: INVALID_REQUEST if there is none, or its package is not installed.
    """
    if name not in ENGINES:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"there is no inference engine '{name}'",
            f"Choose one of: {', '.join(ENGINES)}",
        )
    return ENGINES[name](encoder)
