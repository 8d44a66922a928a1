"""Local alignment: projection, visibility, deformable attention, and that it learns."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from clar_scene import SIZE, TINY, FakeTeacher, batch, encoder, intrinsics
from pydantic import ValidationError

from clap_core.camera.intrinsics import CameraIntrinsics
from clap_core.camera.projection import back_project
from clap_core.errors import ClapError
from clap_learning.clar.alignment import AlignmentConfig, LocalAlignment
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
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed, _ = project(scenes.patches.centers, intrinsics(4, 2), scenes.base_T_camera)
    assert torch.equal(scenes.pixels, mixed)


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
    maps = torch.zeros(len(scenes), scenes.view_mask.shape[1], 3, 4, 4)
    tokens = torch.randn(len(scenes), TINY.patches, TINY.width)
    return look(attention, tokens, maps, scenes)


def look(
    attention: DeformableAttention, tokens: torch.Tensor, maps: torch.Tensor, scenes: TrainingBatch
) -> tuple[torch.Tensor, torch.Tensor]:
    """Places and weights."""
    return attention.look(
        tokens,
        maps,
        scenes.pixels,
        scenes.depth_m,
        scenes.seen,
        scenes.base_T_camera,
        scenes.image_size,
    )


def test_starts_by_looking_around_the_projection() -> None:
    middle = torch.tensor([0.0, 0.0, 1.0]).repeat(1, TINY.patches, 1)
    scenes = batch(scenes=1, views=1, centers=middle)
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
    for side in (4, 64):
        maps = torch.zeros(1, 1, 3, side, side)
        places, _ = look(attention, torch.randn(1, TINY.patches, TINY.width), maps, scenes)
        cells = to_cells(scenes.pixels, (SIZE, SIZE), (side, side))[..., None, :]
        expected = (cells + attention.config.bound_cells).clamp(max=side - 1.0)
        assert torch.allclose(places, expected.expand_as(places), atol=1e-4)


def test_bound_must_hold_the_spread() -> None:
    with pytest.raises(ValidationError, match="bound_cells"):
        DeformableConfig(points=8, spread_cells=1.0, bound_cells=4.0)


def test_weights_are_shared_by_the_views_that_see() -> None:
    measured_m, mask = torch.ones(2, 3), torch.ones(2, 3, dtype=torch.bool)
    measured_m[0, 1] = 0.3  # Something stands before the second camera of the first scene.
    mask[1, 2] = False
    scenes = batch(scenes=2, views=3, measured_m=measured_m, view_mask=mask)
    _, weights = looking(scenes, DeformableConfig())
    assert torch.allclose(weights.sum(dim=(1, 3)), torch.tensor(1.0))
    assert (weights[0, 1] == 0.0).all() and (weights[0, 0] > 0.0).all()
    assert (weights[1, 2] == 0.0).all() and (weights[1, 1] > 0.0).all()


def gathered(objective: LocalAlignment, scenes: TrainingBatch) -> torch.Tensor:
    """[B, G, C] from a fixed encoder, with statistics that stay as they are."""
    shared = SharedPass.over(scenes, encoder(), FakeTeacher())
    return objective.eval().pairs(scenes, shared)[1]


def test_hidden_and_absent_views_are_not_gathered_from() -> None:
    measured_m, mask = torch.ones(2, 3), torch.ones(2, 3, dtype=torch.bool)
    measured_m[:, 1] = 0.3
    mask[:, 2] = False
    objective = LocalAlignment(TINY, FakeTeacher())
    scenes = batch(scenes=2, views=3, measured_m=measured_m, view_mask=mask)
    assert scenes.images is not None
    images = scenes.images.clone()
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
    assert scenes.images is not None
    maps = objective.standardise(FakeTeacher().maps(scenes.images).movedim(2, -1))
    assert (result <= maps.amax(dim=(1, 2, 3))[:, None] + 1e-4).all()
    assert (result >= maps.amin(dim=(1, 2, 3))[:, None] - 1e-4).all()


def test_unseen_patches_take_no_part() -> None:
    centers = batch(scenes=2).patches.centers
    centers[:, 0, 2] = 1.5  # Behind the wall.
    scenes = batch(scenes=2, centers=centers)
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
    scenes = batch(measured_m=torch.zeros(4, 2))
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
    scenes = batch(view_mask=torch.zeros(4, 2, dtype=torch.bool))
    zeros = scenes.each(torch.zeros_like)
    scenes = dataclasses.replace(zeros, patches=scenes.patches)
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


def test_without_too_many_all_patches_are_compared() -> None:
    objective = LocalAlignment(TINY, FakeTeacher(), AlignmentConfig(patches=6))
    assert objective._draw(torch.zeros(2, 3, dtype=torch.bool)).tolist() == list(range(6))


@pytest.mark.parametrize("chosen", [[0, 1, 2, 3, 4, 5], [5, 1, 0, 3]])
def test_patches_of_one_place_are_of_one_scene_and_near(chosen: list[int]) -> None:
    objective = LocalAlignment(TINY, FakeTeacher(), AlignmentConfig(same_place_m=0.03))
    # Far from the origin: a distance of large numbers' differences, to the millimetre.
    row = torch.tensor([[0.0, 0, 9], [0.029, 0, 9], [0.060, 0, 9]])
    centers = torch.stack([row, row])
    # Of a scene's three the first and second are of one place; the second and third are not.
    expected = [[a // 3 == b // 3 and (a % 3 == b % 3 or 2 not in (a % 3, b % 3)) for b in chosen]
                for a in chosen]  # fmt: skip
    assert objective._same_place(centers, torch.tensor(chosen)).tolist() == expected


def test_patches_of_one_place_are_no_negatives() -> None:
    """Two patches at one place are not pushed apart; those of another scene there still are."""
    centers = torch.tensor([[0.1 * k, 0.0, 1.0] for k in (0, 0, 1, 2, -1, -2)]).repeat(4, 1, 1)
    scenes, model = batch(centers=centers), encoder()
    losses = {}
    for same_place_m in (0.0, 0.03, 10.0):
        config = AlignmentConfig(same_place_m=same_place_m)
        torch.manual_seed(0)
        objective = LocalAlignment(TINY, FakeTeacher(), config).eval()
        losses[same_place_m] = objective(scenes, model)["local"].item()
    assert losses[0.0] > losses[0.03] > losses[10.0] > 0.0


def test_features_that_were_looked_up_are_as_good_as_images() -> None:
    scenes, model, teacher = batch(), encoder(), FakeTeacher()
    objective = LocalAlignment(TINY, teacher).eval()
    assert scenes.images is not None
    looked_up = dataclasses.replace(scenes, images=None, views=teacher.look(scenes.images))
    looked = teacher.looked
    assert objective(looked_up, model)["local"].item() == pytest.approx(
        objective(scenes, model)["local"].item()
    )
    assert teacher.looked == looked + 1  # at the images, of course


def test_a_batch_with_nothing_to_look_at_is_refused() -> None:
    blind = dataclasses.replace(batch(), images=None)
    with pytest.raises(ClapError, match="nothing for the teacher 'fake' to look at"):
        SharedPass.over(blind, encoder(), FakeTeacher())


class Marked(FakeTeacher):
    """Its images are noise to it except for a mark: one cell of each map."""

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
        {"depth_m": torch.zeros(4, 2, 8)},
        {"view_mask": torch.ones(4, 2)},
        {"captions": ["one"]},
        {"pixels": torch.zeros(4, 3, 6, 2)},
        {"images": torch.zeros(4, 2, 3, 8, 8)},
        {"views": ViewFeatures(torch.zeros(4, 3, 3, 4, 4), torch.zeros(4, 2, 3))},
        {"text": torch.zeros(3, 16)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_batch_that_does_not_fit_together_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ClapError, match="does not fit together"):
        dataclasses.replace(batch(), **change)
