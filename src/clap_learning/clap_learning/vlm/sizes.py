"""Models of Qwen2.5-VL's class with random weights, at the sizes that are published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration


@dataclass(frozen=True)
class ModelSize:
    """What tells one size from another; the vision side is the same for all but `tiny`.

    Attributes:
        width: of the language side.
        inner: width inside its MLPs.
        layers, heads, key_heads: of it.
        vocabulary: tokens.
        ties: whether the output shares the embedding's weights.
        vision_layers: of the vision side.
    """

    width: int
    inner: int
    layers: int
    heads: int
    key_heads: int
    vocabulary: int = 151_936
    ties: bool = False
    vision_layers: int = 32


SIZES = {
    "3b": ModelSize(2048, 11_008, 36, 16, 2, ties=True),
    "7b": ModelSize(3584, 18_944, 28, 28, 4, vocabulary=152_064),
    "tiny": ModelSize(256, 512, 2, 2, 1, vocabulary=152_064, vision_layers=1),
}
"""3b and 7b as the config.json of Qwen2.5-VL-3B-Instruct and -7B-Instruct say."""

_MROPE_SECTION = [16, 24, 24]


def random_model(name: str, device: str, dtype: torch.dtype) -> Any:
    """A model of a size in `SIZES`, ready to answer; what it says means nothing."""
    size = SIZES[name]
    config = Qwen2_5_VLConfig(
        text_config={
            "vocab_size": size.vocabulary,
            "hidden_size": size.width,
            "intermediate_size": size.inner,
            "num_hidden_layers": size.layers,
            "num_attention_heads": size.heads,
            "num_key_value_heads": size.key_heads,
            "max_position_embeddings": 128_000,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 1e6,
                "mrope_section": _MROPE_SECTION,
            },
            "tie_word_embeddings": size.ties,
        },
        vision_config={
            "depth": size.vision_layers,
            "hidden_size": 1280,
            "intermediate_size": 3420,
            "num_heads": 16,
            "out_hidden_size": size.width,
        },
        tie_word_embeddings=size.ties,
    )
    torch.manual_seed(0)
    default = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            return Qwen2_5_VLForConditionalGeneration(config).eval()
    finally:
        torch.set_default_dtype(default)
