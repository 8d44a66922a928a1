"""Global contrast: InfoNCE by hand, what takes part, several processes, and that it learns."""

from __future__ import annotations

import dataclasses
import math
import multiprocessing
from pathlib import Path

import pytest
import torch
from clar_scene import TINY, FakeTeacher, FakeTextTeacher, batch, encoder
from torch import distributed

from clap_learning.clar.contrast import ContrastConfig, GlobalContrast, pool
from clap_learning.clar.info_nce import COLDEST, SETTLED, Standardise, Temperature, info_nce
from clap_learning.clar.patch_batch import PatchBatch
from clap_learning.clar.shared_pass import SharedPass
from clap_learning.clar.training_sample import TrainingBatch


def test_info_nce_by_hand() -> None:
    first = torch.tensor([[2.0, 0.0], [0.0, 3.0]])
    assert info_nce(first, first, 1.0).item() == pytest.approx(math.log(1 + math.exp(-1)))
    assert info_nce(first, first.flip(0), 1.0).item() == pytest.approx(math.log(1 + math.e))


def test_rows_that_take_no_part_change_nothing() -> None:
    first, second = torch.randn(5, 8), torch.randn(5, 8)
    part = torch.tensor([True, True, False, True, False])
    alone = info_nce(first[part], second[part], 5.0)
    first = first.requires_grad_()
    among = info_nce(first, second, 5.0, part)
    assert among.item() == pytest.approx(alone.item(), rel=1e-5)
    among.backward()
    assert first.grad is not None and (first.grad[~part] == 0.0).all()


@pytest.mark.parametrize("part", [None, torch.tensor([False])])
def test_nothing_to_contrast_is_zero_with_a_gradient(part: torch.Tensor | None) -> None:
    first = torch.randn(1, 8, requires_grad=True)
    loss = info_nce(first, torch.randn(1, 8), 5.0, part)
    loss.backward()
    assert loss.item() == 0.0
    assert first.grad is not None and (first.grad == 0.0).all()


def test_rows_that_mean_the_same_are_no_negatives() -> None:
    first = torch.randn(3, 8)
    second = first.clone()
    same = torch.eye(3)
    apart = info_nce(first, second, 10.0, same=same)
    same[1] = same[0]
    assert info_nce(first[:2], second[:2], 10.0, same=same[:2]).item() == pytest.approx(0.0)
    assert info_nce(first, second, 10.0, same=same) < apart


def test_excluded_rows_are_no_negatives() -> None:
    first, second = torch.randn(4, 8), torch.randn(4, 8)
    excluded = torch.zeros(4, 4, dtype=torch.bool)
    excluded[0, 1] = excluded[1, 0] = True
    excluded[2, 2] = True  # Of itself: it stays what is looked for.
    logits = torch.nn.functional.normalize(first, dim=-1) @ (
        torch.nn.functional.normalize(second, dim=-1).T
    )
    kept = (3.0 * logits).exp() * ~(excluded & ~torch.eye(4, dtype=torch.bool))
    expected = 0.5 * (kept.sum(dim=0).log() + kept.sum(dim=1).log()) - 3.0 * logits.diag()
    assert info_nce(first, second, 3.0, excluded=excluded).item() == pytest.approx(
        expected.mean().item(), rel=1e-5
    )


def test_temperature_is_brought_back_and_still_learns() -> None:
    temperature = Temperature(0.5)
    assert temperature().item() == pytest.approx(2.0)
    with torch.no_grad():
        temperature.log_scale.fill_(100.0)
    scale = temperature()
    assert scale.item() == pytest.approx(1.0 / COLDEST)
    scale.backward()
    assert temperature.log_scale.grad is not None and temperature.log_scale.grad.item() > 0.0


def test_standardise_takes_away_what_is_common() -> None:
    module = Standardise(4)
    features = torch.randn(500, 4) * 3.0 + 10.0
    module.update(features)
    result = module(features)
    assert torch.allclose(result.mean(dim=0), torch.zeros(4), atol=1e-4)
    assert torch.allclose(result.std(dim=0), torch.ones(4), atol=1e-2)
    module.eval()
    module.update(features * 100.0)
    assert torch.equal(module(features), result)


def test_statistics_are_of_the_first_batches() -> None:
    module = Standardise(2)
    for value in (1.0, 3.0):
        module.update(torch.full((4, 2), value))
    assert module.mean.tolist() == [2.0, 2.0]
    module.batches.fill_(SETTLED)
    module.update(torch.full((4, 2), 100.0))
    assert module.mean.tolist() == [2.0, 2.0] and not module.is_learning


def test_losses_are_named_and_pass_is_shared() -> None:
    model, teacher, scenes = encoder(), FakeTeacher(), batch()
    objective = GlobalContrast(TINY, teacher, FakeTextTeacher())
    shared = SharedPass.over(scenes, model, teacher)
    losses = objective(scenes, model, shared)
    assert set(losses) == {"image", "text"} and teacher.looked == 1
    sum(losses.values()).backward()
    for name, parameter in [*objective.named_parameters(), *model.named_parameters()]:
        assert parameter.grad is not None and torch.isfinite(parameter.grad).all(), name


def test_captions_that_were_looked_up_are_not_encoded() -> None:
    model, scenes, text = encoder(), batch(), FakeTextTeacher()
    objective = GlobalContrast(TINY, FakeTeacher(), text).eval()
    expected = objective(scenes, model)["text"].item()
    features = text.encode(scenes.captions)
    looked_up = dataclasses.replace(scenes, captions=list("abcd"), text=features)
    assert objective(looked_up, model)["text"].item() == pytest.approx(expected)


def test_text_can_be_switched_off() -> None:
    for objective in (
        GlobalContrast(TINY, FakeTeacher()),
        GlobalContrast(TINY, FakeTeacher(), FakeTextTeacher(), ContrastConfig(text_weight=0.0)),
    ):
        assert objective.text is None
        assert set(objective(batch(), encoder())) == {"image"}


def test_teachers_are_not_stored_with_the_objective() -> None:
    class Heavy(FakeTeacher, torch.nn.Module):
        def __init__(self) -> None:
            torch.nn.Module.__init__(self)
            FakeTeacher.__init__(self)
            self.weight = torch.nn.Parameter(torch.zeros(1))

    objective = GlobalContrast(TINY, Heavy())
    own = GlobalContrast(TINY, FakeTeacher())
    assert set(objective.state_dict()) == set(own.state_dict())
    assert len(list(objective.parameters())) == len(list(own.parameters()))


def first_of(scenes: TrainingBatch, count: int) -> TrainingBatch:
    """The first scenes of a batch."""
    cut = scenes.captions[:count]
    assert scenes.images is not None
    return TrainingBatch(
        PatchBatch(scenes.patches.centers[:count], scenes.patches.points[:count]),
        scenes.pixels[:count],
        scenes.depth_m[:count],
        scenes.seen[:count],
        scenes.base_T_camera[:count],
        scenes.view_mask[:count],
        cut,
        scenes.image_size,
        scenes.images[:count],
    )


def test_absent_captions_and_views_take_no_part() -> None:
    model, scenes = encoder(), batch()
    view_mask = scenes.view_mask.clone()
    view_mask[3] = False
    partly = dataclasses.replace(scenes, captions=["a", "b", "", " "], view_mask=view_mask)
    objective = GlobalContrast(TINY, FakeTeacher(), FakeTextTeacher()).eval()
    losses = objective(partly, model)
    for name, count in (("image", 3), ("text", 2)):
        alone = objective(first_of(partly, count), model)[name]
        assert losses[name].item() == pytest.approx(alone.item(), rel=1e-4), name
    silent = objective(dataclasses.replace(scenes, captions=[""] * 4), model)
    assert silent["text"].item() == 0.0


def test_an_absent_view_changes_nothing() -> None:
    model, scenes = encoder(), batch()
    assert scenes.images is not None
    view_mask, images = scenes.view_mask.clone(), scenes.images.clone()
    view_mask[:, 1] = False
    objective = GlobalContrast(TINY, FakeTeacher()).eval()
    before = objective(dataclasses.replace(scenes, view_mask=view_mask), model)
    images[:, 1] = 0.0
    after = objective(dataclasses.replace(scenes, view_mask=view_mask, images=images), model)
    assert before["image"].item() == pytest.approx(after["image"].item())


def test_one_scene_alone_gives_zero() -> None:
    losses = GlobalContrast(TINY, FakeTeacher(), FakeTextTeacher())(batch(scenes=1), encoder())
    assert [loss.item() for loss in losses.values()] == [0.0, 0.0]
    sum(losses.values()).backward()


def test_learns_which_cloud_belongs_to_which_images() -> None:
    model, scenes, teacher = encoder(), batch(scenes=6), FakeTeacher()
    torch.manual_seed(0)
    objective = GlobalContrast(TINY, teacher)
    parameters = [*model.parameters(), *objective.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=3e-3)
    for _ in range(60):
        loss = objective(scenes, model)["image"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss.item() < 0.3 * math.log(6)


def test_pool_is_largest_and_mean() -> None:
    tokens = torch.tensor([[[1.0, 4.0], [3.0, 0.0]]])
    assert pool(tokens).tolist() == [[3.0, 4.0, 2.0, 2.0]]


def _worker(rank: int, folder: str) -> None:
    torch.set_num_threads(1)
    distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2
    )
    stored = torch.load(f"{folder}/rows.pt")
    half = slice(3 * rank, 3 * rank + 3)
    first, second = (rows[half].clone().requires_grad_() for rows in stored["rows"])
    excluded = stored["excluded"][half, half]
    loss = info_nce(first, second, 4.0, stored["part"][half], stored["same"][half], excluded)
    loss.backward()
    torch.save((loss.detach(), first.grad, second.grad), f"{folder}/{rank}.pt")
    distributed.destroy_process_group()


def test_two_processes_are_as_one(tmp_path: Path) -> None:
    """Losses, averaged as DDP averages, and gradients are those of one process with all rows."""
    torch.manual_seed(0)
    rows = [torch.randn(6, 8), torch.randn(6, 8)]
    # As many take part in each process: the mean of the means is then the mean of all.
    part = torch.tensor([True, True, False, False, True, True])
    same = torch.nn.functional.normalize(torch.randn(6, 8), dim=-1)
    same[4] = same[0]
    excluded = torch.zeros(6, 6, dtype=torch.bool)
    excluded[0, 1] = excluded[1, 0] = excluded[4, 5] = excluded[5, 4] = True
    stored = {"rows": rows, "part": part, "same": same, "excluded": excluded}
    torch.save(stored, tmp_path / "rows.pt")
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_worker, args=(k, str(tmp_path))) for k in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    results = [torch.load(tmp_path / f"{k}.pt") for k in range(2)]

    first, second = (whole.clone().requires_grad_() for whole in rows)
    loss = info_nce(first, second, 4.0, part, same, excluded)
    loss.backward()
    assert (results[0][0] + results[1][0]).item() / 2 == pytest.approx(loss.item(), rel=1e-5)
    for k, whole in ((1, first), (2, second)):
        both = torch.cat([results[0][k], results[1][k]]) / 2
        assert torch.allclose(both, whole.grad, atol=1e-6)
