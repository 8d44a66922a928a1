"""The page to look at."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import simple_suite

from clap_bench.suite.contact_sheet import (
    HEIGHT_PX,
    MAX_BYTES,
    WIDTH_PX,
    Tile,
    compressed,
    contact_sheet,
    make_page,
)
from clap_core.errors import ClapError


def test_the_page_has_every_variation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    levels = {"L1": ("lower+0",), "L2": ("done+0",)}
    monkeypatch.setattr(simple_suite, "variations", levels.__getitem__)
    told: list[str] = []
    files = make_page(simple_suite, tmp_path / "suite.md", told.append)  # type: ignore[arg-type]
    assert told == ["lower+0", "done+0"]
    assert {path.relative_to(tmp_path).as_posix() for path in files} == {
        "suite.md",
        "suite/L1.jpg",
        "suite/L2.jpg",
    }
    text = (tmp_path / "suite.md").read_text()
    assert "# simple tasks" in text
    assert "| `lower+0` | lower the hand | 0 |" in text
    assert "](suite/L2.jpg)" in text
    sheet = cv2.imread(str(tmp_path / "suite/L1.jpg"))
    assert sheet[:HEIGHT_PX, :WIDTH_PX].std() > 10  # a picture
    assert (sheet[HEIGHT_PX + 20, WIDTH_PX + 20 :] > 250).all()  # and empty places


def test_a_sheet_of_any_pictures_is_small_enough() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT_PX, WIDTH_PX, 3), dtype=np.uint8)
    calm = cv2.GaussianBlur(noise, (0, 0), 3.0)
    sheet = contact_sheet([Tile(f"task+{n}", n, "words " * 40, calm) for n in range(31)])
    assert sheet.shape[1] == 5 * (WIDTH_PX + 6)
    assert len(compressed(sheet)) <= MAX_BYTES


def test_a_page_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "suite").write_text("in the way")
    with pytest.raises(ClapError, match="could not be written"):
        make_page(simple_suite, tmp_path / "suite.md")  # type: ignore[arg-type]
