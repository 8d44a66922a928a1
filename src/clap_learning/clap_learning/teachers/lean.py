"""A teacher made ready for many images: folded, channels last, in the fastest number format that
leaves its features as they are."""

from __future__ import annotations

import copy
import time

import torch
from torch import Tensor
from torch.nn import functional

from clap_learning.teachers.teacher import FrozenTeacher, fitted

LEAST_COSINE = 0.999
"""Of every feature with that of 32-bit arithmetic. EfficientNet-Lite0 keeps it with 16-bit floats
(0.9993) and loses it with bfloat16 (0.94), whose 8 bits add up over 50 layers."""

_FORMATS = (torch.float16, torch.bfloat16)
_CPU_BATCH, _GPU_BATCH = 8, 64
"""Images that are computed together. On a CPU more would not stay in its cache; on a GPU 256 took
5 GiB of memory a process."""


class LeanTeacher:
    """Computes features of stored images, and nothing else.

    Args:
        teacher: is left as it is.
        dtype: of weights and features.
        device: to compute on.
    """

    def __init__(
        self,
        teacher: FrozenTeacher,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        self._device = torch.device(device)
        self._dtype = dtype
        self._teacher = copy.deepcopy(teacher)
        self._teacher.fold()
        self._mean = self._teacher.mean.float().to(self._device)
        self._deviation = self._teacher.deviation.float().to(self._device)
        self._teacher.to(self._device, dtype)
        self._teacher.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._batch = _CPU_BATCH if self._device.type == "cpu" else _GPU_BATCH

    @torch.inference_mode()
    def look(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Maps [N, C, h, w] and pooled features [N, D], float32 on the CPU.

        Args:
            images: [N, 3, H, W] uint8 RGB.
        """
        maps, pooled = zip(*(self._see(part) for part in images.split(self._batch)), strict=True)
        return torch.cat(maps), torch.cat(pooled)

    def _see(self, images: Tensor) -> tuple[Tensor, Tensor]:
        pixels = fitted(images.to(self._device).float().div_(255.0), self._teacher.stride)
        normalised = (pixels - self._mean) / self._deviation
        maps, pooled = self._teacher.see(
            normalised.to(self._dtype, memory_format=torch.channels_last)
        )
        return maps.float().contiguous().cpu(), pooled.float().cpu()


def fastest_format(
    teacher: FrozenTeacher, images: Tensor, device: torch.device | str = "cpu"
) -> torch.dtype:
    """The number format in which a teacher is fastest on this machine, among those that leave
    each of its features within ``LEAST_COSINE`` of the exact ones.

    Args:
        teacher: whose features are wanted.
        images: [N, 3, H, W] uint8 to try it with, such as those that are to be computed.
        device: to compute on.
    """
    best = torch.float32
    exact, least = _timed(LeanTeacher(teacher, best, device), images)
    for dtype in _FORMATS:
        try:
            features, seconds = _timed(LeanTeacher(teacher, dtype, device), images)
        except RuntimeError:  # An operation that this machine does not have in this format.
            continue
        pairs = zip(features, exact, strict=True)
        cosine = min(float(functional.cosine_similarity(a, b).min()) for a, b in pairs)
        if cosine >= LEAST_COSINE and seconds < least:
            best, least = dtype, seconds
    return best


def _timed(teacher: LeanTeacher, images: Tensor) -> tuple[tuple[Tensor, Tensor], float]:
    """Features, and the processor's seconds once everything is warm."""
    teacher.look(images)
    began = time.perf_counter()
    features = teacher.look(images)
    return features, time.perf_counter() - began
