"""What a teacher is: a frozen model that turns images, or sentences, into features."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn
from torch.nn import functional

Stats = tuple[tuple[float, float, float], tuple[float, float, float]]
"""Mean and standard deviation that a model wants its RGB channels (0 to 1) normalised by."""

IMAGENET: Stats = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


@dataclass(frozen=True)
class ViewFeatures:
    """What a teacher makes of the V views of B scenes.

    Attributes:
        maps: [B, V, C, h, w] a feature for each cell; the cells divide the image evenly, and the
            feature belongs to its cell's middle.
        pooled: [B, V, D] one feature a view.
    """

    maps: Tensor
    pooled: Tensor


@runtime_checkable
class Teacher(Protocol):
    """A frozen model of images. The same image gives the same features, so they can be cached.

    Attributes:
        name: what caches and model cards call it.
        dim: channels C of a map.
        pooled_dim: length D of the feature of a whole image.
        stride: width of a cell in pixels (images are resized a little where they are no multiple).
    """

    name: str
    dim: int
    pooled_dim: int
    stride: int

    def look(self, images: Tensor) -> ViewFeatures:
        """Features of images [B, V, 3, H, W], RGB from 0 to 1, in one pass."""
        ...

    def maps(self, images: Tensor) -> Tensor:
        """The maps alone, [B, V, C, h, w]."""
        ...

    def pooled(self, images: Tensor, view_mask: Tensor | None = None) -> Tensor:
        """[B, D], the mean over the views that there are (``view_mask`` [B, V])."""
        ...


@runtime_checkable
class TextTeacher(Protocol):
    """A frozen model of sentences.

    Attributes:
        name: what caches and model cards call it.
        dim: length D of a sentence's feature.
    """

    name: str
    dim: int

    def encode(self, texts: list[str]) -> Tensor:
        """[B, D] of length one, on the CPU."""
        ...


class FrozenTeacher(nn.Module, ABC):
    """What teachers of images have in common: frozen, in evaluation mode whatever is asked.

    A subclass sets ``name``, ``dim``, ``pooled_dim`` and ``stride``, ends its constructor with
    ``freeze()``, and implements ``see``. The model follows the images to their device.

    Args:
        stats: what the pixels are normalised by.
    """

    name: str
    dim: int
    pooled_dim: int
    stride: int
    mean: Tensor
    deviation: Tensor

    def __init__(self, stats: Stats) -> None:
        super().__init__()
        mean, deviation = (torch.tensor(values).view(3, 1, 1) for values in stats)
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("deviation", deviation, persistent=False)

    def freeze(self) -> None:
        """No gradients, no dropout, no running statistics."""
        self.requires_grad_(False)
        self.train(False)

    def train(self, mode: bool = True) -> FrozenTeacher:
        """Does nothing: a teacher stays in evaluation mode."""
        super().train(False)
        return self

    @abstractmethod
    def see(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Maps [N, C, h, w] and pooled features [N, D] of normalised images [N, 3, H, W].

        H and W are multiples of the stride.
        """

    def fold(self) -> None:
        """Merge layers whose product is the same, for speed; nothing where there are none."""

    @torch.no_grad()
    def look(self, images: Tensor) -> ViewFeatures:
        """See `Teacher.look`. Not an inference-mode tensor: losses differentiate around it."""
        scenes, views = images.shape[:2]
        if self.mean.device != images.device:
            self.to(images.device)
        flat = fitted(images.flatten(0, 1).float(), self.stride)
        maps, pooled = self.see((flat - self.mean) / self.deviation)
        return ViewFeatures(
            maps.float().view(scenes, views, *maps.shape[1:]),
            pooled.float().view(scenes, views, -1),
        )

    def maps(self, images: Tensor) -> Tensor:
        """See `Teacher.maps`."""
        return self.look(images).maps

    def pooled(self, images: Tensor, view_mask: Tensor | None = None) -> Tensor:
        """See `Teacher.pooled`."""
        return mean_over_views(self.look(images).pooled, view_mask)


def fitted(images: Tensor, stride: int) -> Tensor:
    """Images [N, 3, H, W] resized to the nearest multiples of the stride, at least one cell."""
    height, width = images.shape[-2:]
    wanted = [max(round(size / stride), 1) * stride for size in (height, width)]
    if wanted == [height, width]:
        return images
    return functional.interpolate(images, size=wanted, mode="bilinear", antialias=True)


def mean_over_views(pooled: Tensor, view_mask: Tensor | None) -> Tensor:
    """[B, V, D] to [B, D], the mean over the views that there are; zeros where there is none."""
    if view_mask is None:
        return pooled.mean(dim=1)
    weights = view_mask.to(pooled.dtype)[..., None]
    total = torch.where(view_mask[..., None], pooled, 0.0).sum(dim=1)
    return total / weights.sum(dim=1).clamp(min=1.0)
