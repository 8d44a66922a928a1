"""The board as it is described, printed and found again."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from clap_calibration.board import Board, read_board
from clap_calibration.printing import POINTS_PER_M, mark_length_m, sheet, write_pdf
from clap_core.errors import ClapError


def rasterised(path: Path, pixels_per_m: float) -> np.ndarray:
    """The page of a PDF as an image: its filled rectangles."""
    text = path.read_bytes().decode("latin-1")
    box = re.search(r"MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", text)
    assert box
    width, height = (float(n) / POINTS_PER_M for n in box.groups())
    image = np.full((round(height * pixels_per_m), round(width * pixels_per_m)), 255, np.uint8)
    for found in re.finditer(r"^([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re$", text, re.M):
        x, y, w, h = (float(n) / POINTS_PER_M * pixels_per_m for n in found.groups())
        top = image.shape[0] - y - h
        image[round(top) : round(top + h), round(x) : round(x + w)] = 0
    return image


@pytest.mark.parametrize(
    "board",
    [
        Board(),
        Board(squares_x=5, squares_y=8, square_m=0.03, marker_m=0.022, dictionary="DICT_5X5_100"),
    ],
)
def test_the_printed_board_is_found_at_its_exact_size(board: Board, tmp_path: Path) -> None:
    write_pdf(board, tmp_path / "board.pdf")
    pixels_per_m = 4000.0
    page = rasterised(tmp_path / "board.pdf", pixels_per_m)

    corners, ids, _, _ = cv2.aruco.CharucoDetector(board.pattern).detectBoard(page)

    assert len(ids) == len(board.corners)
    found = corners.reshape(-1, 2) / pixels_per_m
    wanted = board.corners[ids.ravel(), :2]
    assert np.abs((found - found[0]) - (wanted - wanted[0])).max() < 2e-4


def test_the_marks_of_the_page_are_as_long_as_its_text_says(tmp_path: Path) -> None:
    write_pdf(Board(), tmp_path / "board.pdf")
    text = (tmp_path / "board.pdf").read_bytes().decode("latin-1")

    lines = [
        tuple(map(float, found.groups()))
        for found in re.finditer(r"^([\d.]+) ([\d.]+) m ([\d.]+) ([\d.]+) l S$", text, re.M)
    ]
    lengths = sorted((np.hypot(c - a, d - b) / 72 * 25.4 for a, b, c, d in lines), reverse=True)
    assert lengths[:2] == pytest.approx([100.0, 100.0], abs=0.01)
    assert "100 mm each mark" in text
    assert mark_length_m(Board(square_m=0.01, marker_m=0.007)) == pytest.approx(0.05)


def test_the_pdf_has_a_table_of_contents_that_readers_follow(tmp_path: Path) -> None:
    write_pdf(Board(), tmp_path / "board.pdf")
    data = (tmp_path / "board.pdf").read_bytes()

    start = int(data.rsplit(b"startxref\n", 1)[1].split()[0])
    assert data[start : start + 4] == b"xref"
    offsets = [int(line[:10]) for line in data[start:].splitlines()[3:8]]
    for number, offset in enumerate(offsets, 1):
        assert data[offset:].startswith(b"%d 0 obj" % number)


def test_the_usual_board_fits_on_a4_and_a_huge_one_on_no_sheet() -> None:
    assert sheet(Board())[0] == "A4"
    with pytest.raises(ClapError, match="fits on no sheet"):
        sheet(
            Board(
                squares_x=20, squares_y=12, square_m=0.1, marker_m=0.07, dictionary="DICT_5X5_250"
            )
        )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("square_m: 0.03\nmarker_m: 0.04", "must be below square_m"),
        ("square_m: 35\nmarker_m: 26", "square_m"),
        ("dictionary: DICT_3X3", "no dictionary 'DICT_3X3'"),
        ("squares_x: 12\nsquares_y: 12", "needs 72 markers"),
        ("square_mm: 35", "square_mm"),
        ("[1, 2", "cannot be read"),
    ],
)
def test_a_wrong_file_of_a_board_is_refused_by_name(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "board.yaml"
    path.write_text(text)
    with pytest.raises(ClapError, match=re.escape(why)) as caught:
        read_board(path)
    assert str(path) in caught.value.message


def test_a_file_gives_the_board_that_it_describes(tmp_path: Path) -> None:
    path = tmp_path / "board.yaml"
    path.write_text("squares_x: 9\nsquares_y: 6\nsquare_m: 0.025\nmarker_m: 0.018\n")
    board = read_board(path)
    assert len(board.corners) == 8 * 5
    assert board.size_m == pytest.approx((0.225, 0.15))
    assert read_board(None) == Board()
