"""Masked reconstruction: what it measures, what it hides, and that it learns."""

from __future__ import annotations

import pytest
import torch
from clar_scene import TINY, batch, encoder

from clap_learning.clar.masked import MaskedConfig, MaskedReconstruction, chamfer
from clap_learning.clar.patch_batch import PatchBatch


def coloured(*positions: tuple[float, float, float], grey: float = 0.0) -> torch.Tensor:
    """[1, K, 6] points, all of one grey."""
    points = torch.tensor([[*position, grey, grey, grey] for position in positions])
    return points[None]


def test_chamfer_by_hand() -> None:
    guessed = coloured((0, 0, 0), (1, 0, 0), grey=0.25)
    true = coloured((0, 0, 0), (0, 0, 2), grey=-0.25)
    shape, colour = chamfer(guessed, true)
    # To the truth: 0 and 1 (squared), mean 0.5. From the truth: 0 and 4, mean 2.
    assert shape.item() == pytest.approx(2.5, abs=1e-5)
    assert colour.item() == pytest.approx(0.5)


def test_colour_is_that_of_the_nearest_guess() -> None:
    guessed = torch.cat([coloured((0, 0, 0), grey=1.0), coloured((5, 0, 0), grey=-1.0)], dim=1)
    true = torch.cat([coloured((5, 0, 0), grey=-1.0), coloured((0, 0, 0), grey=1.0)], dim=1)
    shape, colour = chamfer(guessed, true)
    assert shape.item() == pytest.approx(0.0, abs=1e-6)
    assert colour.item() == 0.0


def test_a_perfect_guess_has_a_finite_gradient() -> None:
    true = torch.rand(2, 3, 32, 6)
    guessed = true.clone().requires_grad_()
    sum(chamfer(guessed, true)).backward()
    assert guessed.grad is not None and torch.isfinite(guessed.grad).all()


@pytest.mark.parametrize(("ratio", "hidden"), [(0.6, 4), (0.5, 3), (0.01, 1), (0.99, 5)])
def test_split_covers_every_patch_once(ratio: float, hidden: int) -> None:
    objective = MaskedReconstruction(TINY, MaskedConfig(ratio=ratio))
    visible, masked = objective.split(batch().patches)
    assert masked.shape == (4, hidden)
    both = torch.cat([visible, masked], dim=1).sort(dim=1).values
    assert (both == torch.arange(TINY.patches)).all()


def test_splits_differ_between_clouds() -> None:
    objective = MaskedReconstruction(TINY)
    _, masked = objective.split(batch(scenes=32).patches)
    assert len({tuple(sorted(row.tolist())) for row in masked}) > 1


def test_hidden_patches_do_not_reach_the_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    model = encoder()
    objective = MaskedReconstruction(TINY)
    patches = batch().patches
    visible, masked = objective.split(patches)
    monkeypatch.setattr(objective, "split", lambda _: (visible, masked))
    given = []
    monkeypatch.setattr(
        objective,
        "reconstruct",
        lambda tokens, seen, wanted: given.append(tokens) or patches.points[:, : masked.shape[1]],
    )
    rows = torch.arange(4)[:, None]
    points, centers = patches.points.clone(), patches.centers.clone()
    objective(patches, model)
    points[rows, masked] += 7.0
    centers[rows, masked] += 7.0
    objective(PatchBatch(centers, points), model)
    points[rows, visible] += 7.0
    objective(PatchBatch(centers, points), model)
    assert torch.equal(given[0], given[1])
    assert not torch.allclose(given[0], given[2])


def test_guesses_depend_on_where_the_hidden_patch_is() -> None:
    objective = MaskedReconstruction(TINY)
    tokens, seen = torch.rand(1, 3, TINY.width), torch.rand(1, 3, 3)
    here = objective.reconstruct(tokens, seen, torch.zeros(1, 2, 3))
    there = objective.reconstruct(tokens, seen, torch.tensor([[[0.0] * 3, [1.0] * 3]]))
    assert here.shape == (1, 2, TINY.patch_points, 6)
    assert torch.allclose(here[0, 0], here[0, 1])
    assert not torch.equal(there[0, 0], there[0, 1])


def test_losses_have_gradients_and_weights() -> None:
    model = encoder()
    torch.manual_seed(1)
    losses = MaskedReconstruction(TINY, MaskedConfig(colour_weight=0.0))(batch(), model)
    assert set(losses) == {"shape", "colour"}
    assert losses["colour"].item() == 0.0
    losses["shape"].backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_learns_a_shape_that_is_always_the_same() -> None:
    model = encoder()
    objective = MaskedReconstruction(TINY, MaskedConfig(decoder_depth=1))
    patches = batch(scenes=2).patches
    shape = patches.points[:1, :1].expand_as(patches.points)
    patches = PatchBatch(patches.centers, shape.contiguous())
    parameters = [*model.parameters(), *objective.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=5e-3)
    first = last = float("inf")
    for step in range(60):
        loss = sum(objective(patches, model).values())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        first, last = (loss.item() if step == 0 else first), loss.item()
    assert last < 0.4 * first
