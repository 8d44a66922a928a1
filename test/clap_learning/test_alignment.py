"""Local alignment: projection, visibility, deformable attention, and that it learns."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from clar_scene import SIZE, TINY, FakeTeacher, batch, encoder
from pydantic import ValidationError

from clap_core.camera.intrinsics import CameraIntrinsics
from clap_core.camera.projection import back_project
from clap_core.errors import ClapError
from clap_learning.clar.alignment import AlignmentConfig, LocalAlignment, locate
from clap_learning.clar.deformable import DeformableAttention, DeformableConfig, gather
from clap_learning.clar.projection import project, seen, to_cells
from clap_learning.clar.shared_pass import SharedPass
from clap_learning.clar.training_sample import TrainingBatch
from clap_learning.teachers.teacher import ViewFeatures


def pose(seed: int) -> np.ndarray:
    """A random rigid [4, 4]."""
    random = np.random.default_rng(seed)
    rotation, _ = np.linalg.qr(random.normal(size=(3, 3)))
    result = np.eye(4)
    result[:3, :3] = rotation * np.sign(np.linalg.det(rotation))
    result[:3, 3] = random.normal(size=3)
    return result


def test_projection_undoes_back_projection() -> None:
    camera = CameraIntrinsics(64, 48, 50.0, 55.0, 30.0, 25.0)
    base_T_camera = pose(0)
    pixels = np.array([[0.0, 0.0], [63.0, 47.0], [12.0, 30.0]])
    depth_m = np.array([0.5, 1.0, 2.0])
    points = back_project(pixels, depth_m, camera)
    points = points @ base_T_camera[:3, :3].T + base_T_camera[:3, 3]
    found, distances = project(
        torch.tensor(points, dtype=torch.float32)[None],
        torch.tensor(camera.matrix, dtype=torch.float32)[None, None],
        torch.tensor(base_T_camera, dtype=torch.float32)[None, None],
    )
    assert np.allclose(found[0, 0].numpy(), pixels, atol=1e-3)
    assert np.allclose(distances[0, 0].numpy(), depth_m, atol=1e-5)


def test_projection_stays_exact_in_mixed_precision() -> None:
    scenes = batch()
    exact, _ = project(scenes.patches.centers, scenes.intrinsics, scenes.base_T_camera)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed, _ = project(scenes.patches.centers, scenes.intrinsics, scenes.base_T_camera)
    assert torch.equal(exact, mixed)


def test_views_of_zeros_project_to_finite_places() -> None:
    pixels, depth_m = project(torch.rand(1, 4, 3), torch.zeros(1, 2, 3, 3), torch.zeros(1, 2, 4, 4))
    assert torch.isfinite(pixels).all() and torch.isfinite(depth_m).all()


@pytest.mark.parametrize(
    ("what", "column", "depth_m", "measured_m", "exists", "expected"),
    [
        ("on the surface", 3.0, 1.0, 1.0, True, True),
        ("a little behind", 3.0, 1.015, 1.0, True, True),
        ("hidden", 3.0, 1.03, 1.0, True, False),
        ("in front of what is behind its edge", 3.0, 0.7, 1.0, True, True),
        ("nothing measured", 3.0, 1.0, 0.0, True, False),
        ("not a number measured", 3.0, 1.0, math.nan, True, False),
        ("left of the image", -0.6, 1.0, 1.0, True, False),
        ("on the leftmost pixel", -0.4, 1.0, 1.0, True, True),
        ("right of the image", 7.6, 1.0, 1.0, True, False),
        ("behind the camera", 3.0, -1.0, 1.0, True, False),
        ("no such view", 3.0, 1.0, 1.0, False, False),
    ],
)
def test_what_is_seen(
    what: str, column: float, depth_m: float, measured_m: float, exists: bool, expected: bool
) -> None:
    result = seen(
        torch.tensor([[[[column, 2.0]]]]),
        torch.tensor([[[depth_m]]]),
        torch.full((1, 1, 8, 8), measured_m),
        torch.tensor([[exists]]),
        tolerance_m=0.02,
    )
    assert result.item() is expected, what


def test_pixels_to_cells() -> None:
    # Four cells of eight pixels: the first one's middle lies between pixels 3 and 4.
    pixels = torch.tensor([[3.5, 3.5], [-0.5, 31.5]])
    assert to_cells(pixels, (32, 32), (4, 4)).tolist() == [[0.0, 0.0], [-0.5, 3.5]]


def test_gather_is_bilinear_sampling() -> None:
    torch.manual_seed(0)
    maps = torch.rand(2, 3, 5, 4, 6)
    places = torch.rand(2, 3, 7, 8, 2) * torch.tensor([5.0, 3.0])
    weights = torch.rand(2, 3, 7, 8)
    grid = (places + 0.5) * 2.0 / torch.tensor([6.0, 4.0]) - 1.0
    samples = torch.nn.functional.grid_sample(
        maps.flatten(0, 1), grid.flatten(0, 1), align_corners=False
    ).unflatten(0, (2, 3))
    expected = (samples * weights[:, :, None]).sum(dim=-1).sum(dim=1).transpose(1, 2)
    assert torch.allclose(gather(maps, places, weights), expected, atol=1e-5)


def looking(scenes: TrainingBatch, config: DeformableConfig) -> tuple[torch.Tensor, torch.Tensor]:
    """Places and weights of a new attention on maps of 4 x 4 cells."""
    attention = DeformableAttention(TINY.width, config)
    attention.start()
    pixels, depth_m, visible = locate(scenes, 0.02)
    maps = torch.zeros(len(scenes), scenes.images.shape[1], 3, 4, 4)
    tokens = torch.randn(len(scenes), TINY.patches, TINY.width)
    return attention.look(
        tokens, maps, pixels, depth_m, visible, scenes.base_T_camera, (SIZE, SIZE)
    )


def test_starts_by_looking_around_the_projection() -> None:
    scenes = batch(scenes=1, views=1)
    middle = scenes.patches.centers.clone()
    middle[..., :2] = 0.0
    scenes = dataclasses.replace(
        scenes, patches=dataclasses.replace(scenes.patches, centers=middle)
    )
    config = DeformableConfig(heads=4, points=2, spread_cells=0.5, bound_cells=2.0)
    places, weights = looking(scenes, config)
    offsets = (places - 1.5)[0, 0, 0]
    expected = [[0.5, 0], [1, 0], [0, 0.5], [0, 1], [-0.5, 0], [-1, 0], [0, -0.5], [0, -1]]
    assert torch.allclose(offsets, torch.tensor(expected), atol=1e-4)
    assert torch.allclose(weights, torch.tensor(1.0 / 8.0))


def test_offsets_are_bounded_and_stay_on_the_map() -> None:
    attention = DeformableAttention(TINY.width, DeformableConfig())
    attention.start()
    with torch.no_grad():
        attention.offsets.bias.fill_(100.0)
    scenes = batch(scenes=1, views=1)
    pixels, depth_m, visible = locate(scenes, 0.02)
    for side in (4, 64):
        maps = torch.zeros(1, 1, 3, side, side)
        places, _ = attention.look(
            torch.randn(1, TINY.patches, TINY.width),
            maps, pixels, depth_m, visible, scenes.base_T_camera, (SIZE, SIZE),
        )  # fmt: skip
        cells = to_cells(pixels, (SIZE, SIZE), (side, side))[..., None, :]
        expected = (cells + attention.config.bound_cells).clamp(max=side - 1.0)
        assert torch.allclose(places, expected.expand_as(places), atol=1e-4)


def test_bound_must_hold_the_spread() -> None:
    with pytest.raises(ValidationError, match="bound_cells"):
        DeformableConfig(points=8, spread_cells=1.0, bound_cells=4.0)


def test_weights_are_shared_by_the_views_that_see() -> None:
    scenes = batch(scenes=2, views=3)
    depth_m = scenes.depth_m.clone()
    depth_m[0, 1] = 0.3  # Something stands before the second camera of the first scene.
    mask = scenes.view_mask.clone()
    mask[1, 2] = False
    _, weights = looking(
        dataclasses.replace(scenes, depth_m=depth_m, view_mask=mask), DeformableConfig()
    )
    assert torch.allclose(weights.sum(dim=(1, 3)), torch.tensor(1.0))
    assert (weights[0, 1] == 0.0).all() and (weights[0, 0] > 0.0).all()
    assert (weights[1, 2] == 0.0).all() and (weights[1, 1] > 0.0).all()


def gathered(objective: LocalAlignment, scenes: TrainingBatch) -> torch.Tensor:
    """[B, G, C] from a fixed encoder, with statistics that stay as they are."""
    shared = SharedPass.over(scenes, encoder(), FakeTeacher())
    return objective.eval().pairs(scenes, shared)[1]


def test_hidden_and_absent_views_are_not_gathered_from() -> None:
    scenes = batch(scenes=2, views=3)
    depth_m, mask, images = scenes.depth_m.clone(), scenes.view_mask.clone(), scenes.images.clone()
    depth_m[:, 1] = 0.3
    mask[:, 2] = False
    objective = LocalAlignment(TINY, FakeTeacher())
    scenes = dataclasses.replace(scenes, depth_m=depth_m, view_mask=mask)
    before = gathered(objective, scenes)
    images[:, 1:] = torch.rand_like(images[:, 1:])
    after = gathered(objective, dataclasses.replace(scenes, images=images))
    assert torch.equal(before, after)
    images[:, 0] = 0.0
    after = gathered(objective, dataclasses.replace(scenes, images=images))
    assert not torch.allclose(before, after)


def test_what_is_gathered_is_the_teachers_own() -> None:
    """A convex mixture of real features: it cannot leave their range, or collapse."""
    scenes = batch()
    objective = LocalAlignment(TINY, FakeTeacher())
    result = gathered(objective, scenes)
    maps = objective.standardise(FakeTeacher().maps(scenes.images).movedim(2, -1))
    assert (result <= maps.amax(dim=(1, 2, 3))[:, None] + 1e-4).all()
    assert (result >= maps.amin(dim=(1, 2, 3))[:, None] - 1e-4).all()


def test_unseen_patches_take_no_part() -> None:
    scenes = batch(scenes=2)
    centers = scenes.patches.centers.clone()
    centers[:, 0, 2] = 1.5  # Behind the wall.
    scenes = dataclasses.replace(
        scenes, patches=dataclasses.replace(scenes.patches, centers=centers)
    )
    objective, teacher = LocalAlignment(TINY, FakeTeacher()).eval(), FakeTeacher()
    shared = SharedPass.over(scenes, encoder(), teacher)
    assert objective.pairs(scenes, shared)[2].tolist() == [[False] + [True] * 5] * 2
    before = objective(scenes, encoder(), shared)
    tokens = shared.tokens.clone()
    tokens[:, 0] = torch.randn_like(tokens[:, 0])
    after = objective(scenes, encoder(), dataclasses.replace(shared, tokens=tokens))
    for name in before:
        assert before[name].item() == pytest.approx(after[name].item(), rel=1e-5)


def test_nothing_seen_is_zero_and_stays_connected() -> None:
    scenes = batch()
    scenes = dataclasses.replace(scenes, depth_m=torch.zeros_like(scenes.depth_m))
    model, objective = encoder(), LocalAlignment(TINY, FakeTeacher())
    losses = objective(scenes, model)
    assert {name: loss.item() for name, loss in losses.items()} == {
        "local": 0.0,
        "local_cosine": 0.0,
    }
    sum(losses.values()).backward()
    for name, parameter in [*objective.named_parameters(), *model.named_parameters()]:
        assert parameter.grad is not None and (parameter.grad == 0.0).all(), name


def test_no_view_at_all_is_zero_too() -> None:
    scenes = batch()
    scenes = dataclasses.replace(
        scenes,
        view_mask=torch.zeros_like(scenes.view_mask),
        base_T_camera=torch.zeros_like(scenes.base_T_camera),
        intrinsics=torch.zeros_like(scenes.intrinsics),
        images=torch.zeros_like(scenes.images),
    )
    losses = LocalAlignment(TINY, FakeTeacher())(scenes, encoder())
    assert [loss.item() for loss in losses.values()] == [0.0, 0.0]


def test_offsets_and_weights_get_gradients() -> None:
    model, objective = encoder(), LocalAlignment(TINY, FakeTeacher())
    with torch.no_grad():
        objective.attention.offsets.weight.normal_(std=0.02)
    sum(objective(batch(), model).values()).backward()
    for layer in (objective.attention.offsets, objective.attention.weights):
        assert layer.weight.grad is not None and layer.weight.grad.abs().max() > 0.0
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_draws_no_more_patches_than_allowed() -> None:
    objective = LocalAlignment(TINY, FakeTeacher(), AlignmentConfig(patches=3))
    taking_part = torch.tensor([[False, True, False], [True, False, True]])
    for _ in range(5):
        assert sorted(objective._draw(taking_part).tolist()) == [1, 3, 5]


class Marked(FakeTeacher):
    """Its images are noise to it, but for a mark: one cell of each map."""

    dim = 16

    def look(self, images: torch.Tensor) -> ViewFeatures:
        torch.manual_seed(5)
        maps = torch.randn(*images.shape[:2], self.dim, 4, 4)
        return ViewFeatures(maps, maps.mean(dim=(-2, -1)))


def test_learns_what_the_views_show() -> None:
    model, scenes = encoder(), batch(scenes=4)
    torch.manual_seed(0)
    objective = LocalAlignment(TINY, Marked())
    optimiser = torch.optim.AdamW([*model.parameters(), *objective.parameters()], lr=5e-3)
    first = None
    for _ in range(60):
        losses = objective(scenes, model)
        first = first or losses
        optimiser.zero_grad()
        sum(losses.values()).backward()
        optimiser.step()
    assert first is not None
    assert losses["local"] < 0.5 * first["local"]
    assert losses["local_cosine"] < 0.5 * first["local_cosine"]


@pytest.mark.parametrize(
    "change",
    [
        {"depth_m": torch.zeros(4, 2, 8, 8)},
        {"view_mask": torch.ones(4, 2)},
        {"captions": ["one"]},
        {"intrinsics": torch.zeros(4, 3, 3)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_batch_that_does_not_fit_together_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ClapError, match="does not fit together"):
        dataclasses.replace(batch(), **change)
