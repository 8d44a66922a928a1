"""CLIP, SigLIP and DINOv2 from transformers, for users who have their weights.

The models come from the user's own cache, a folder, or the hub where it can be reached; nothing
here downloads at run time unless transformers is allowed to (HF_HUB_OFFLINE).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from clap_core.errors import ClapError, ErrorCode
from clap_learning.teachers.installed import module_of
from clap_learning.teachers.teacher import IMAGENET, FrozenTeacher, Stats


@dataclass(frozen=True)
class Family:
    """How one kind of model is loaded and read.

    Attributes:
        vision: class of transformers that holds the image side.
        stats: what its pixels are normalised by.
        has_class_token: whether one stands before the patches' tokens.
        text: class that holds the text side, where there is one.
    """

    vision: str
    stats: Stats
    has_class_token: bool
    text: str | None = None


CLIP_STATS: Stats = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
HALF_STATS: Stats = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))

FAMILIES = {
    "clip": Family("CLIPVisionModel", CLIP_STATS, True, "CLIPTextModelWithProjection"),
    "siglip": Family("SiglipVisionModel", HALF_STATS, False, "SiglipTextModel"),
    "dinov2": Family("Dinov2Model", IMAGENET, True),
    "dinov2_with_registers": Family("Dinov2WithRegistersModel", IMAGENET, True),
}


class TransformersTeacher(FrozenTeacher):
    """The image side of CLIP, SigLIP or DINOv2: a map of the last layer's patch tokens.

    Args:
        model: a ``CLIPVisionModel``, ``SiglipVisionModel``, ``Dinov2Model`` or
            ``Dinov2WithRegistersModel``.
        name: what caches and model cards call it.

    Raises:
        ClapError: INVALID_REQUEST for a model of another kind.
    """

    def __init__(self, model: Any, name: str) -> None:
        family = _family(model.config.model_type, name)
        super().__init__(family.stats)
        self.name = name
        self.dim = self.pooled_dim = int(model.config.hidden_size)
        self.stride = int(model.config.patch_size)
        self.skipped = int(family.has_class_token)
        self.skipped += int(getattr(model.config, "num_register_tokens", 0) or 0)
        self.model = model
        self.freeze()

    @classmethod
    def from_name(cls, name: str) -> TransformersTeacher:
        """The pretrained model of that name, or in that folder.

        Raises:
            ClapError: INVALID_REQUEST when transformers is not installed, the weights are not
                there, or the model is of another kind.
        """
        transformers = module_of(name, "transformers", "transformers")
        family = _family(_model_type(transformers, name), name)
        return cls(_pretrained(getattr(transformers, family.vision), name), name)

    def see(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """See `FrozenTeacher.see`; positions are interpolated to the images' size."""
        rows, columns = (size // self.stride for size in images.shape[-2:])
        arguments = {} if "dinov2" in self.model.config.model_type else INTERPOLATE
        output = self.model(pixel_values=images.to(self.model.dtype), **arguments)
        tokens = output.last_hidden_state[:, self.skipped :]
        return tokens.transpose(1, 2).unflatten(2, (rows, columns)), output.pooler_output


INTERPOLATE = {"interpolate_pos_encoding": True}
"""DINOv2 does so unasked."""


class TransformersTextTeacher:
    """The text side of CLIP or SigLIP.

    Args:
        model: a ``CLIPTextModelWithProjection`` or ``SiglipTextModel``.
        tokenizer: turns a list of sentences into the model's input.
        name: what caches and model cards call it.
    """

    def __init__(self, model: Any, tokenizer: Any, name: str) -> None:
        self.name = name
        self._model = model.requires_grad_(False).eval()
        self._tokenizer = tokenizer
        self._projects = model.config.model_type.startswith("clip")
        config = model.config
        self.dim = int(config.projection_dim if self._projects else config.hidden_size)

    @classmethod
    def from_name(cls, name: str) -> TransformersTextTeacher:
        """See `TransformersTeacher.from_name`."""
        transformers = module_of(name, "transformers", "transformers")
        family = _family(_model_type(transformers, name), name)
        if family.text is None:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the teacher '{name}' has no text side",
                "Choose a CLIP or SigLIP model, or minilm, for text",
            )
        tokenizer = _pretrained(transformers.AutoTokenizer, name)
        return cls(_pretrained(getattr(transformers, family.text), name), tokenizer, name)

    @torch.no_grad()
    def encode(self, texts: list[str]) -> Tensor:
        """See `TextTeacher.encode`."""
        if not texts:
            return torch.zeros(0, self.dim)
        # SigLIP was trained with sentences padded to the full length.
        padding = True if self._projects else "max_length"
        tokens = self._tokenizer(texts, padding=padding, truncation=True, return_tensors="pt")
        output = self._model(**tokens)
        features = output.text_embeds if self._projects else output.pooler_output
        return functional.normalize(features.float(), dim=-1)


def _family(model_type: str, name: str) -> Family:
    kind = model_type.removesuffix("_vision_model").removesuffix("_text_model")
    if kind not in FAMILIES:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the teacher '{name}' is a model of type '{model_type}'",
            f"Choose a model of type {', '.join(FAMILIES)}",
        )
    return FAMILIES[kind]


def _model_type(transformers: Any, name: str) -> str:
    return str(_pretrained(transformers.AutoConfig, name).model_type)


def _pretrained(kind: Any, name: str) -> Any:
    try:
        return kind.from_pretrained(name)
    except (OSError, ValueError) as error:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the teacher '{name}' cannot be loaded: {str(error).splitlines()[0]}",
            f"Give a folder with its files, or run where there is a network: hf download {name}",
        ) from error
