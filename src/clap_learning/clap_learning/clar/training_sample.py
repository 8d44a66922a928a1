"""What a step of pre-training is given: clouds in patches, and the views that they came from."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from clap_core.errors import ClapError, ErrorCode
from clap_learning.clar.patches import PatchBatch


@dataclass(frozen=True)
class TrainingBatch:
    """A batch of B scenes, each fused to one cloud and seen by up to V views of H x W pixels.

    A scene with fewer views is filled up with views that ``view_mask`` switches off; whatever
    stands there is never looked at, but has to be finite.

    Attributes:
        patches: of the B clouds, in the robot's base frame.
        images: [B, V, 3, H, W] float, RGB from 0 to 1. What a teacher wants its pixels to be
            normalised to is the teacher's business.
        depth_m: [B, V, H, W] float distance in m along the optical axis, registered to the
            images; 0 where nothing was measured.
        intrinsics: [B, V, 3, 3] float camera matrices of the images, in pixels; a pixel's centre
            has whole-numbered coordinates (as in `clap_core.camera.CameraIntrinsics`).
        base_T_camera: [B, V, 4, 4] float poses of the optical frames in the base frame, m.
        view_mask: [B, V] bool, whether the view exists.
        captions: B descriptions of the scenes; empty where there is none.

    Raises:
        ClapError: INVALID_REQUEST when the shapes do not fit together.
    """

    patches: PatchBatch
    images: Tensor
    depth_m: Tensor
    intrinsics: Tensor
    base_T_camera: Tensor
    view_mask: Tensor
    captions: list[str]

    def __post_init__(self) -> None:
        scenes, views, _, height, width = self.images.shape
        wanted = {
            "images": (scenes, views, 3, height, width),
            "depth_m": (scenes, views, height, width),
            "intrinsics": (scenes, views, 3, 3),
            "base_T_camera": (scenes, views, 4, 4),
            "view_mask": (scenes, views),
        }
        for name, shape in wanted.items():
            given = tuple(getattr(self, name).shape)
            if given != shape:
                raise _invalid(f"{name} is {given}, but the images ask for {shape}")
        if self.view_mask.dtype != torch.bool:
            raise _invalid(f"view_mask is {self.view_mask.dtype}, not bool")
        if len(self.captions) != scenes or len(self.patches.centers) != scenes:
            raise _invalid(
                f"{scenes} scenes with {len(self.patches.centers)} clouds and "
                f"{len(self.captions)} captions"
            )

    def __len__(self) -> int:
        """Number of scenes."""
        return len(self.images)

    def to(self, device: torch.device | str) -> TrainingBatch:
        """The same on another device."""
        return TrainingBatch(
            patches=self.patches.to(device),
            images=self.images.to(device, non_blocking=True),
            depth_m=self.depth_m.to(device, non_blocking=True),
            intrinsics=self.intrinsics.to(device, non_blocking=True),
            base_T_camera=self.base_T_camera.to(device, non_blocking=True),
            view_mask=self.view_mask.to(device, non_blocking=True),
            captions=self.captions,
        )


def _invalid(what: str) -> ClapError:
    return ClapError(
        ErrorCode.INVALID_REQUEST,
        f"the training batch does not fit together: {what}",
        "Give every view of a batch the same size, and fill up absent views (view_mask)",
    )
