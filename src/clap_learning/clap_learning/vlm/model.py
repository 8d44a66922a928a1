"""A vision-language model of the Qwen2.5-VL class: pictures and turns to tokens, and an answer."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import BatchFeature

from clap_core.errors import ClapError, ErrorCode
from clap_learning.control_tokens import without_control_tokens
from clap_learning.vlm.prompts import PictureSlot, Turn

FAMILIES: Mapping[str, int | None] = {"qwen2_5_vl": None, "qwen3_vl": 1000}
"""Kinds of models, and the columns and rows that each counts in a picture; None for its pixels."""

IGNORED = -100
"""Label of a token that the loss leaves out."""

_BEGIN, _END, _PAD = "<|im_start|>", "<|im_end|>", "<|image_pad|>"
_PICTURE_BEGIN, _PICTURE_END = "<|vision_start|>", "<|vision_end|>"


@dataclass(frozen=True)
class SeenPictures:
    """Pictures as the model sees them.

    Attributes:
        pictures: their cameras and sizes.
        pixel_values: [patches, values] of all of them.
        grids: [pictures, 3] their sizes in patches (time, rows, columns).
    """

    pictures: tuple[PictureSlot, ...]
    pixel_values: Tensor
    grids: Tensor


@dataclass(frozen=True)
class Said:
    """An answer.

    Attributes:
        text: of it.
        probability: geometric mean over the tokens that decide: numbers, true, false and null.
    """

    text: str
    probability: float


class VisionLanguageModel:
    """Turns a conversation into tokens, one way for training and answering.

    Each turn's text is made of tokens apart from its surroundings, and holds no control tokens:
    what a person said cannot end a turn.

    Args:
        model: of transformers, of Qwen2.5-VL's class.
        tokenizer: its own.
        images: its image processor.

    Raises:
        ClapError: INVALID_REQUEST when the tokenizer is not the model's.
    """

    def __init__(self, model: Any, tokenizer: Any, images: Any) -> None:
        self.model = model
        self._tokenizer = tokenizer
        self._images = images
        config = model.config
        self._merge = int(config.vision_config.spatial_merge_size)
        if tokenizer.convert_tokens_to_ids(_PAD) != config.image_token_id:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the tokenizer does not know the model's token for pictures, {_PAD}",
                "Give the model's folder all its files, the tokenizer's included",
            )
        self._end = int(tokenizer.convert_tokens_to_ids(_END))

    def see(self, images: Mapping[str, NDArray[np.uint8]]) -> SeenPictures:
        """Cameras' images [H, W, 3] RGB as the model's input."""
        seen = self._images(
            images=[Image.fromarray(image) for image in images.values()], return_tensors="pt"
        )
        units = FAMILIES[self.model.config.model_type]
        patch = int(self._images.patch_size)
        pictures = tuple(
            PictureSlot(camera, units or int(columns) * patch, units or int(rows) * patch)
            for camera, (_, rows, columns) in zip(images, seen["image_grid_thw"], strict=True)
        )
        return SeenPictures(pictures, seen["pixel_values"], seen["image_grid_thw"])

    def encode(
        self, turns: Sequence[Turn], seen: SeenPictures, asks: bool
    ) -> tuple[list[int], list[int]]:
        """Tokens of a conversation, and their labels: what the assistant says; else `IGNORED`.

        Args:
            turns: with pictures in the order of `seen`.
            seen: the pictures.
            asks: whether the assistant's next turn is begun.
        """
        counts = iter((seen.grids.prod(dim=1) // self._merge**2).tolist())
        tokens: list[int] = []
        labels: list[int] = []
        for turn in turns:
            begin = self._tokens(f"{_BEGIN}{turn.role}\n")
            content = [token for part in turn.parts for token in self._part(part, counts)]
            content.append(self._end)
            tokens += [*begin, *content, *self._tokens("\n")]
            learnt = content if turn.role == "assistant" else [IGNORED] * len(content)
            labels += [*[IGNORED] * len(begin), *learnt]
            labels += [IGNORED] * (len(tokens) - len(labels))
        if asks:
            tokens += self._tokens(f"{_BEGIN}assistant\n")
            labels += [IGNORED] * (len(tokens) - len(labels))
        return tokens, labels

    @torch.inference_mode()
    def answer(
        self, turns: Sequence[Turn], seen: SeenPictures, until_s: float, max_tokens: int
    ) -> Said:
        """The assistant's next turn.

        Args:
            turns: the conversation so far.
            seen: the pictures in it.
            until_s: latest time to answer [s, `time.monotonic`].
            max_tokens: of the answer.

        Raises:
            ClapError: TIMEOUT; INVALID_REQUEST when the conversation is too long for the model.
        """
        tokens, _ = self.encode(turns, seen, asks=True)
        longest = self.model.config.get_text_config().max_position_embeddings
        if len(tokens) + max_tokens > longest:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the pictures and the step make {len(tokens)} tokens; the model takes {longest} "
                f"with {max_tokens} of an answer",
                "Use smaller images or fewer cameras",
            )
        made = self.model.generate(
            **self.batch([tokens], [seen]).to(self.model.device),
            do_sample=False,
            max_new_tokens=max_tokens,
            max_time=max(until_s - time.monotonic(), 0.001),
            eos_token_id=self._end,
            pad_token_id=self._end,
            return_dict_in_generate=True,
            output_logits=True,
        )
        if time.monotonic() >= until_s:
            raise ClapError(
                ErrorCode.TIMEOUT,
                "the vision-language model did not answer in time",
                "Raise qwen.deadline_s, use smaller images, or a smaller model or a GPU",
            )
        said = made.sequences[0, len(tokens) :]
        text = self._tokenizer.decode(said, skip_special_tokens=True)
        return Said(text, self._probability(said, made.logits))

    def batch(
        self,
        rows: Sequence[Sequence[int]],
        seen: Sequence[SeenPictures],
        labels: Sequence[Sequence[int]] | None = None,
    ) -> BatchFeature:
        """What the model is called with: rows of tokens, padded on the right, and pictures.

        Args:
            rows: tokens of each conversation.
            seen: its pictures.
            labels: of the tokens; None where nothing is learnt.
        """
        ids = _padded(rows, self._end)
        made = {
            "input_ids": ids,
            "attention_mask": _padded([[1] * len(row) for row in rows], 0),
            "mm_token_type_ids": (ids == self.model.config.image_token_id).int(),
            "pixel_values": torch.cat([each.pixel_values for each in seen]),
            "image_grid_thw": torch.cat([each.grids for each in seen]),
        }
        if labels is not None:
            made["labels"] = _padded(labels, IGNORED)
        return BatchFeature(made)

    def _part(self, part: str | PictureSlot, counts: Any) -> list[int]:
        if isinstance(part, PictureSlot):
            return self._tokens(_PICTURE_BEGIN + _PAD * next(counts) + _PICTURE_END)
        return self._tokens(without_control_tokens(part, self._tokenizer))

    def _tokens(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    def _probability(self, said: Tensor, logits: Sequence[Tensor]) -> float:
        chosen = [
            torch.log_softmax(scores[0].float(), dim=-1)[token].item()
            for token, scores in zip(said, logits, strict=True)
        ]
        deciding = [
            value
            for token, value in zip(said, chosen, strict=True)
            if _decides(self._tokenizer.decode([token]))
        ]
        return float(np.exp(np.mean(deciding or chosen or [-np.inf])))


def _padded(rows: Sequence[Sequence[int]], value: int) -> Tensor:
    return pad_sequence(
        [torch.tensor(row) for row in rows], batch_first=True, padding_value=float(value)
    )


def _decides(word: str) -> bool:
    return any(letter.isdigit() for letter in word) or word.strip() in ("true", "false", "null")
