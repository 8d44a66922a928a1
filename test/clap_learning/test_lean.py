"""Teachers made lean: folded, of another number format, and their features still the same."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from clap_learning.teachers import lean
from clap_learning.teachers.lean import LeanTeacher, fastest_format
from clap_learning.teachers.random_teacher import RandomTeacher
from clap_learning.teachers.teacher import FrozenTeacher


def images(count: int, size: int = 64) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    coarse = torch.randint(0, 256, (count, 3, 8, 8), generator=generator, dtype=torch.uint8)
    return torch.nn.functional.interpolate(coarse, size=size)


@pytest.mark.parametrize("size", [64, 70])
def test_a_lean_teacher_says_what_the_teacher_says(size: int) -> None:
    """Folded and in several parts; and the teacher itself stays as it was."""
    teacher = RandomTeacher()
    for module in teacher.modules():  # Norms that do something.
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(std=0.1)
            module.running_var.uniform_(0.5, 2.0)
    seen = images(11, size)
    before = teacher.look(seen[None] / 255.0)
    maps, pooled = LeanTeacher(teacher).look(seen)
    assert maps.shape == (11, 112, 4, 4) and pooled.shape == (11, 1280)
    assert torch.allclose(maps, before.maps[0], rtol=1e-3, atol=1e-3)
    assert torch.allclose(pooled, before.pooled[0], rtol=1e-3, atol=1e-3)
    after = teacher.look(seen[None] / 255.0)
    assert torch.equal(after.maps, before.maps)


class Sensitive(FrozenTeacher):
    """Subtracts nearly all of what it was given, as much as a number format lets it."""

    name, dim, pooled_dim, stride = "sensitive", 3, 3, 8

    def __init__(self, offset: float) -> None:
        super().__init__(((0.0,) * 3, (1.0,) * 3))
        self.register_buffer("offset", torch.tensor(offset))

    def see(self, images: Tensor) -> tuple[Tensor, Tensor]:
        cells = torch.nn.functional.avg_pool2d(images, 8)
        cells = (cells + self.offset) - self.offset
        return cells, cells.mean(dim=(2, 3))


@pytest.mark.parametrize(
    ("offset", "expected"),
    [(0.0, torch.bfloat16), (8.0, torch.float16), (2000.0, torch.float32)],
    ids=["any will do", "bfloat16 is too coarse", "only 32 bits will do"],
)
def test_the_fastest_format_that_keeps_the_features(
    monkeypatch: pytest.MonkeyPatch, offset: float, expected: torch.dtype
) -> None:
    """As if formats were the faster the shorter they are."""
    seconds = {torch.float32: 3.0, torch.float16: 2.0, torch.bfloat16: 1.0}
    monkeypatch.setattr(lean, "_timed", lambda t, seen: (t.look(seen), seconds[t._dtype]))
    assert fastest_format(Sensitive(offset), images(4)) is expected


def test_a_format_that_is_slower_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = {torch.float32: 1.0, torch.float16: 2.0, torch.bfloat16: 3.0}
    monkeypatch.setattr(lean, "_timed", lambda t, seen: (t.look(seen), seconds[t._dtype]))
    assert fastest_format(Sensitive(0.0), images(4)) is torch.float32


def test_a_format_that_the_machine_lacks_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    class Picky(Sensitive):
        def see(self, images: Tensor) -> tuple[Tensor, Tensor]:
            if images.dtype != torch.float32:
                raise RuntimeError("not implemented for 'Half'")
            return super().see(images)

    assert fastest_format(Picky(0.0), images(4)) is torch.float32
