"""What a step of pre-training is given: clouds in patches, and the views that they came from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor

from clap_core.errors import ClapError, ErrorCode
from clap_learning.clar.patch_batch import PatchBatch
from clap_learning.teachers.teacher import ViewFeatures


@dataclass(frozen=True)
class TrainingBatch:
    """A batch of B scenes, each fused to one cloud of G patches and seen by up to V views.

    A scene with fewer views is filled up with views that ``view_mask`` switches off; whatever
    stands there is never looked at, but has to be finite. What a teacher says of the views is
    given in ``views``, or ``images`` are for a teacher to look at; objectives without a teacher
    need neither.

    Attributes:
        patches: of the B clouds, in the robot's base frame.
        pixels: [B, V, G, 2] columns and rows of the patches' centres in the views; whole numbers
            are pixels' centres (`clar.projection.project`).
        depth_m: [B, V, G] their distances in m along the optical axes.
        seen: [B, V, G] bool, whether the view shows them (`clar.projection.seen`).
        base_T_camera: [B, V, 4, 4] poses of the optical frames in the base frame, m.
        view_mask: [B, V] bool, whether the view exists.
        captions: B descriptions of the scenes; empty where there is none.
        image_size: height and width of the views, pixels.
        images: [B, V, 3, H, W] float, RGB from 0 to 1. What a teacher wants its pixels to be
            normalised to is the teacher's business.
        views: of a teacher.
        text: [B, D] of a teacher of text, of length one.

    Raises:
        ClapError: INVALID_REQUEST when the shapes do not fit together.
    """

    patches: PatchBatch
    pixels: Tensor
    depth_m: Tensor
    seen: Tensor
    base_T_camera: Tensor
    view_mask: Tensor
    captions: list[str]
    image_size: tuple[int, int]
    images: Tensor | None = None
    views: ViewFeatures | None = None
    text: Tensor | None = None

    def __post_init__(self) -> None:
        scenes, views = self.view_mask.shape
        patches = self.patches.centers.shape[1]
        wanted: dict[str, tuple[Tensor | None, tuple[int, ...]]] = {
            "pixels": (self.pixels, (scenes, views, patches, 2)),
            "depth_m": (self.depth_m, (scenes, views, patches)),
            "seen": (self.seen, (scenes, views, patches)),
            "base_T_camera": (self.base_T_camera, (scenes, views, 4, 4)),
            "images": (self.images, (scenes, views, 3, *self.image_size)),
        }
        if self.views is not None:
            wanted["maps"] = (self.views.maps, (scenes, views, *self.views.maps.shape[2:]))
            wanted["pooled"] = (self.views.pooled, (scenes, views, *self.views.pooled.shape[2:]))
        if self.text is not None:
            wanted["text"] = (self.text, (scenes, *self.text.shape[1:]))
        for name, (tensor, shape) in wanted.items():
            if tensor is not None and tuple(tensor.shape) != shape:
                raise _invalid(f"{name} is {tuple(tensor.shape)}, but the rest asks for {shape}")
        for name in ("view_mask", "seen"):
            if getattr(self, name).dtype != torch.bool:
                raise _invalid(f"{name} is {getattr(self, name).dtype}, not bool")
        if len(self.captions) != scenes or len(self.patches.centers) != scenes:
            raise _invalid(
                f"{scenes} scenes with {len(self.patches.centers)} clouds and "
                f"{len(self.captions)} captions"
            )

    def __len__(self) -> int:
        """Number of scenes."""
        return len(self.view_mask)

    def each(self, change: Callable[[Tensor], Tensor]) -> TrainingBatch:
        """The same with every tensor changed."""

        def changed(value: Any) -> Any:
            if isinstance(value, Tensor):
                return change(value)
            if isinstance(value, PatchBatch):
                return PatchBatch(change(value.centers), change(value.points))
            if isinstance(value, ViewFeatures):
                return ViewFeatures(change(value.maps), change(value.pooled))
            return value

        return replace(
            self, **{field.name: changed(getattr(self, field.name)) for field in fields(self)}
        )

    def to(self, device: torch.device | str) -> TrainingBatch:
        """The same on another device."""
        return self.each(lambda tensor: tensor.to(device, non_blocking=True))


def _invalid(what: str) -> ClapError:
    return ClapError(
        ErrorCode.INVALID_REQUEST,
        f"the training batch does not fit together: {what}",
        "Give every view of a batch the same size, and fill up absent views (view_mask)",
    )
