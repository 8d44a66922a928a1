"""What the encoder is made of, whatever runs it: constants, and the shape of every tensor."""

from __future__ import annotations

from clap_learning.clar.config import EncoderConfig

POINT_CHANNELS = 6
"""Relative position and colour."""

WAVELENGTHS_M = (0.1, 0.2, 0.4, 0.8, 1.6)
"""From a few patches apart to the width of a table."""

POSITION_CHANNELS = 3 * (1 + 2 * len(WAVELENGTHS_M))
"""Of a centre: coordinates, and sine and cosine of each wave along each axis."""

EACH_HIDDEN, EACH, WHOLE = 64, 128, 256
"""Features of the patch embedding: hidden and final of a point, then of the patch."""

POSITION_HIDDEN = 128


def tensor_shapes(config: EncoderConfig) -> dict[str, tuple[int, ...]]:
    """Shapes by the names of `ClarEncoder.state_dict`; weights of a layer are [out, in]."""
    width, hidden = config.width, mlp_hidden(config)
    shapes = {
        **_linear("embed.first.0", POINT_CHANNELS, EACH_HIDDEN),
        **_linear("embed.first.2", EACH_HIDDEN, EACH),
        "embed.from_each.weight": (WHOLE, EACH),
        **_linear("embed.from_whole", EACH, WHOLE),
        **_norm("embed.second.1", WHOLE),
        **_linear("embed.second.2", WHOLE, width),
        **_linear("position.layers.0", POSITION_CHANNELS, POSITION_HIDDEN),
        **_linear("position.layers.2", POSITION_HIDDEN, width),
        **_norm("norm", width),
    }
    for number in range(config.depth):
        block = f"blocks.{number}"
        shapes |= {
            **_norm(f"{block}.norm_attention", width),
            **_linear(f"{block}.queries_keys_values", width, 3 * width),
            **_linear(f"{block}.attended", width, width),
            **_norm(f"{block}.norm_mlp", width),
            **_linear(f"{block}.mlp.0", width, hidden),
            **_linear(f"{block}.mlp.2", hidden, width),
        }
    return shapes


def mlp_hidden(config: EncoderConfig) -> int:
    """Hidden features of a block's MLP."""
    return int(config.width * config.expansion)


def _linear(name: str, inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _norm(name: str, width: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}
