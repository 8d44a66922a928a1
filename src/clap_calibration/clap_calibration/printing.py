"""A board as a PDF of exact size: vector rectangles, and marks to check the printed scale with."""

from __future__ import annotations

from pathlib import Path

from clap_calibration.board import Board
from clap_core.errors import ClapError, ErrorCode
from clap_data.whole_files import whole_file

POINTS_PER_M = 72.0 / 0.0254
"""PDF's unit is 1/72 inch."""

MARGIN_M = 0.012
"""Around the board, for the marks; printers leave out about 5 mm."""

MARK_M = 0.1
"""Length of the marks; shorter where the board is."""

SHEETS_M = {
    "A4": (0.297, 0.210),
    "A3": (0.420, 0.297),
    "A2": (0.594, 0.420),
    "A1": (0.841, 0.594),
    "A0": (1.189, 0.841),
}

_LINE = 0.3
_TEXT_POINTS = 7


def sheet(board: Board) -> tuple[str, float, float]:
    """Name, width and height (metres) of the smallest sheet that takes the board.

    Raises:
        ClapError: INVALID_REQUEST where none does.
    """
    width, height = board.size_m
    needed = (width + 2 * MARGIN_M, height + 2 * MARGIN_M)
    for name, (long, short) in SHEETS_M.items():
        for across, down in ((long, short), (short, long)):
            if needed[0] <= across and needed[1] <= down:
                return name, across, down
    raise ClapError(
        ErrorCode.INVALID_REQUEST,
        f"a board of {width:.3f} x {height:.3f} m fits on no sheet up to A0",
        "Make fewer or smaller squares",
    )


def write_pdf(board: Board, path: Path) -> str:
    """Write the board as a PDF, whole or not at all.

    Args:
        board: to print.
        path: of the file.

    Returns:
        The name of its sheet.

    Raises:
        ClapError: INVALID_REQUEST where no sheet is large enough or the file cannot be written.
    """
    name, width, height = sheet(board)
    with whole_file(path, "the board") as stream:
        stream.write(_document(_page(board, width, height), width, height))
    return name


def mark_length_m(board: Board) -> float:
    """How long both marks are, metres: a whole number of centimetres."""
    return min(MARK_M, int(min(board.size_m) * 100) / 100)


def _page(board: Board, width: float, height: float) -> str:
    """The drawing, in points from the lower left corner."""
    left = (width - board.size_m[0]) / 2
    top = (height + board.size_m[1]) / 2
    lines = ["0 g"]
    for x0, y0, x1, y1 in board.black():
        box = (left + x0, top - y1, x1 - x0, y1 - y0)
        lines.append(" ".join(f"{value * POINTS_PER_M:.4f}" for value in box) + " re")
    lines.append("f")
    length, gap = mark_length_m(board), 0.006
    below, beside = top - board.size_m[1] - gap, left - gap
    lines += _mark(left, below, length, 0.0) + _mark(beside, top - length, 0.0, length)
    text = (
        f"{length * 1000:.0f} mm each mark: print at 100 %, then measure both. "
        f"{board.squares_x} x {board.squares_y} squares of {board.square_m * 1000:g} mm, markers "
        f"{board.marker_m * 1000:g} mm, {board.dictionary}"
    )
    x, y = (left + length + 0.004) * POINTS_PER_M, (below - 0.001) * POINTS_PER_M
    lines.append(f"BT /F1 {_TEXT_POINTS} Tf {x:.2f} {y:.2f} Td ({text}) Tj ET")
    return "\n".join(lines)


def _mark(x: float, y: float, across: float, up: float) -> list[str]:
    """A line with an end stop at either end; all in metres."""
    stop = 0.002
    ends = [(x, y), (x + across, y + up)]
    side = (0.0, stop) if across else (stop, 0.0)
    strokes = [(ends[0], ends[1])] + [
        ((ex - side[0], ey - side[1]), (ex + side[0], ey + side[1])) for ex, ey in ends
    ]
    drawn = [f"{_LINE} w"]
    for (ax, ay), (bx, by) in strokes:
        a, b, c, d = (value * POINTS_PER_M for value in (ax, ay, bx, by))
        drawn.append(f"{a:.4f} {b:.4f} m {c:.4f} {d:.4f} l S")
    return drawn


def _document(page: str, width: float, height: float) -> bytes:
    content = page.encode("latin-1")
    box = f"0 0 {width * POINTS_PER_M:.4f} {height * POINTS_PER_M:.4f}"
    objects = [
        # A viewer that obeys this offers to print at 100 %.
        b"<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /PrintScaling /None >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>".encode("latin-1"),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(out)
