"""What a probe achieved."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

CM_PER_M = 100.0
NEAR_CM = 3.0
"""A keypoint so near is one that a gripper's fingers enclose."""


@dataclass(frozen=True)
class Score:
    """Of one probe on one set of clouds.

    Attributes:
        miou: mean over the classes that occur, 0 to 1.
        iou: of each class, in their order; NaN for one that does not occur.
        keypoint_cm: mean distance from where things are.
        keypoint_median_cm: median distance.
        keypoint_near: share of the keypoints within `NEAR_CM`.
        keypoints: how many were asked for.
    """

    miou: float
    iou: tuple[float, ...]
    keypoint_cm: float
    keypoint_median_cm: float
    keypoint_near: float
    keypoints: int

    @classmethod
    def of(cls, confusion: Tensor, errors_m: Tensor) -> Score:
        """From counts [C true, C guessed] and distances [M] in m."""
        iou = intersection_over_union(confusion)
        errors_cm = CM_PER_M * errors_m
        some = len(errors_cm) > 0
        return cls(
            miou=float(iou.nanmean()),
            iou=tuple(iou.tolist()),
            keypoint_cm=float(errors_cm.mean()) if some else float("nan"),
            keypoint_median_cm=float(errors_cm.median()) if some else float("nan"),
            keypoint_near=float((errors_cm <= NEAR_CM).float().mean()) if some else float("nan"),
            keypoints=len(errors_cm),
        )


def confusion_of(true: Tensor, guessed: Tensor, classes: int) -> Tensor:
    """Counts [C, C], rows true, of flat labels; those that are no class are left out."""
    asked = true < classes
    flat = true[asked].long() * classes + guessed[asked].long()
    return torch.bincount(flat, minlength=classes * classes).view(classes, classes)


def intersection_over_union(confusion: Tensor) -> Tensor:
    """[C]; NaN for a class that no point truly belongs to."""
    counts = confusion.double()
    hits = counts.diagonal()
    union = counts.sum(dim=0) + counts.sum(dim=1) - hits
    iou = hits / union.clamp(min=1.0)
    return torch.where(counts.sum(dim=1) > 0, iou, torch.nan)
