"""A small batch whose geometry is known by heart, and teachers that do what a test says."""

from __future__ import annotations

import torch
from torch import Tensor

from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.encoder import ClarEncoder
from clap_learning.clar.patch_batch import PatchBatch
from clap_learning.clar.projection import project, seen
from clap_learning.clar.training_sample import TrainingBatch
from clap_learning.teachers.teacher import ViewFeatures

TINY = EncoderConfig(
    name="test",
    points=64,
    patches=6,
    patch_points=8,
    width=32,
    depth=2,
    heads=2,
    drop_path=0.0,
)
SIZE = 32
"""Pixels of a side of an image."""


class FakeTeacher:
    """Maps that are the images' own colours, averaged over cells of 8 pixels."""

    name, dim, pooled_dim, stride = "fake", 3, 3, 8

    def __init__(self) -> None:
        self.looked = 0

    def look(self, images: Tensor) -> ViewFeatures:
        self.looked += 1
        flat = torch.nn.functional.avg_pool2d(images.flatten(0, 1), self.stride)
        maps = flat.unflatten(0, images.shape[:2])
        return ViewFeatures(maps, maps.mean(dim=(-2, -1)))

    def maps(self, images: Tensor) -> Tensor:
        return self.look(images).maps

    def pooled(self, images: Tensor, view_mask: Tensor | None = None) -> Tensor:
        return self.look(images).pooled.mean(dim=1)


class FakeTextTeacher:
    """A sentence is a random direction, the same for the same sentence."""

    name, dim = "fake text", 16

    def encode(self, texts: list[str]) -> Tensor:
        rows = []
        for text in texts:
            seed = sum(ord(letter) * 31**k for k, letter in enumerate(text)) % 2**31
            rows.append(torch.randn(self.dim, generator=torch.Generator().manual_seed(seed)))
        return torch.nn.functional.normalize(torch.stack(rows), dim=-1)


def encoder() -> ClarEncoder:
    """A tiny one, the same every time."""
    torch.manual_seed(0)
    return ClarEncoder(TINY)


def intrinsics(scenes: int, views: int) -> Tensor:
    """[scenes, views, 3, 3] of all cameras."""
    half = 0.5 * (SIZE - 1)
    matrix = torch.tensor([[32.0, 0.0, half], [0.0, 32.0, half], [0.0, 0.0, 1.0]])
    return matrix.repeat(scenes, views, 1, 1)


def batch(
    scenes: int = 4,
    views: int = 2,
    seed: int = 0,
    *,
    centers: Tensor | None = None,
    measured_m: Tensor | None = None,
    view_mask: Tensor | None = None,
) -> TrainingBatch:
    """Cameras at the origin and beside it, all looking along +z at a wall 1 m away, on which the
    patches' centres lie.

    Args:
        centers: [scenes, patches, 3] m, elsewhere.
        measured_m: [scenes, views] what the cameras measured everywhere.
        view_mask: [scenes, views] which views exist.
    """
    random = torch.Generator().manual_seed(seed)

    def rand(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=random)

    on_wall = torch.cat(
        [rand(scenes, TINY.patches, 2) * 0.6 - 0.3, torch.ones(scenes, TINY.patches, 1)], dim=-1
    )
    points = rand(scenes, TINY.patches, TINY.patch_points, 6) * 2.0 - 1.0
    centers = on_wall if centers is None else centers
    poses = torch.eye(4).repeat(scenes, views, 1, 1)
    poses[..., 0, 3] = torch.arange(views) * 0.05
    measured_m = torch.ones(scenes, views) if measured_m is None else measured_m
    if view_mask is None:
        view_mask = torch.ones(scenes, views, dtype=torch.bool)
    pixels, depth_m = project(centers, intrinsics(scenes, views), poses)
    depth_images = measured_m[..., None, None].expand(scenes, views, SIZE, SIZE)
    return TrainingBatch(
        patches=PatchBatch(centers, points),
        pixels=pixels,
        depth_m=depth_m,
        seen=seen(pixels, depth_m, depth_images, view_mask, tolerance_m=0.02),
        base_T_camera=poses,
        view_mask=view_mask,
        captions=[f"scene {seed} {k}" for k in range(scenes)],
        image_size=(SIZE, SIZE),
        images=rand(scenes, views, 3, SIZE, SIZE),
    )
