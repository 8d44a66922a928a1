"""What a vision-language model of a given size costs: memory and time, with random weights."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from clap_learning.vlm.sizes import random_model

GIB = 2**30
_DTYPES = {"cuda": torch.bfloat16, "cpu": torch.float32}


@dataclass(frozen=True)
class Cost:
    """Figures of one size.

    Attributes:
        size: in `SIZES`.
        device: that it computed on, by name.
        dtype: of the weights.
        parameters_b: billions.
        prompt_tokens: of the pictures and the question.
        weights_gib: of memory.
        peak_gib: the most memory; on a CPU of the whole process.
        first_token_ms: median from pictures and question to the first token.
        answer_ms: median of `answer_tokens` tokens, the first included.
        answer_tokens: that were made.
        pictures: views of one look.
        edge_px: of a view.
    """

    size: str
    device: str
    dtype: str
    parameters_b: float
    prompt_tokens: int
    weights_gib: float
    peak_gib: float
    first_token_ms: float
    answer_ms: float
    answer_tokens: int
    pictures: int
    edge_px: int


def measure(
    size: str, device: str, pictures: int, edge_px: int, words: int, answer_tokens: int, runs: int
) -> Cost:
    """Make a model with random weights and time it.

    Args:
        size: in `SIZES`.
        device: cpu or cuda.
        pictures: views of one look.
        edge_px: of a view, which is square.
        words: tokens of text beside the pictures.
        answer_tokens: of an answer.
        runs: that medians are of, after one that does not count.
    """
    kind = torch.device(device).type
    model = random_model(size, device, _DTYPES[kind])
    tokens = _prompt(model, pictures, edge_px, words)
    length = int(tokens["input_ids"].shape[1])
    weights = sum(each.numel() * each.element_size() for each in model.parameters())

    def seconds(count: int) -> float:
        return _median(lambda: _generate(model, tokens, count), runs, kind)

    first_s, answer_s = seconds(1), seconds(answer_tokens)
    return Cost(
        size=size,
        device=torch.cuda.get_device_name() if kind == "cuda" else "cpu",
        dtype=str(_DTYPES[kind]).removeprefix("torch."),
        parameters_b=round(sum(each.numel() for each in model.parameters()) / 1e9, 3),
        prompt_tokens=length,
        weights_gib=round(weights / GIB, 2),
        peak_gib=round(_peak_bytes(kind) / GIB, 2),
        first_token_ms=round(1e3 * first_s, 1),
        answer_ms=round(1e3 * answer_s, 1),
        answer_tokens=answer_tokens,
        pictures=pictures,
        edge_px=edge_px,
    )


def _prompt(model: Any, pictures: int, edge_px: int, words: int) -> dict[str, Tensor]:
    """Random pictures and random words, as the model is called with them."""
    chance = np.random.default_rng(0)
    images = [
        Image.fromarray(chance.integers(0, 256, (edge_px, edge_px, 3), dtype=np.uint8))
        for _ in range(pictures)
    ]
    seen = Qwen2VLImageProcessorPil()(images=images, return_tensors="pt")
    config = model.config
    merged = config.vision_config.spatial_merge_size**2
    ids = chance.integers(0, 1000, words).tolist()
    for grid in seen["image_grid_thw"]:
        pads = [config.image_token_id] * (int(grid.prod()) // merged)
        ids += [config.vision_start_token_id, *pads, config.vision_end_token_id]
    rows = torch.tensor([ids])
    made = {
        "input_ids": rows,
        "attention_mask": torch.ones_like(rows),
        "mm_token_type_ids": (rows == config.image_token_id).int(),
        "pixel_values": seen["pixel_values"],
        "image_grid_thw": seen["image_grid_thw"],
    }
    return {name: tensor.to(model.device) for name, tensor in made.items()}


@torch.inference_mode()
def _generate(model: Any, tokens: dict[str, Tensor], count: int) -> None:
    model.generate(
        **tokens, do_sample=False, min_new_tokens=count, max_new_tokens=count, pad_token_id=0
    )


def _median(work: Callable[[], None], runs: int, kind: str) -> float:
    taken = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        work()
        if kind == "cuda":
            torch.cuda.synchronize()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken[1:]))


def _peak_bytes(kind: str) -> float:
    if kind == "cuda":
        return float(torch.cuda.max_memory_allocated())
    return 1024.0 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
