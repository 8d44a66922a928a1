"""``./clap calibrate board``: a PDF of the calibration board."""

from __future__ import annotations

import argparse
from pathlib import Path

from clap_calibration.board import read_board
from clap_calibration.printing import mark_length_m, write_pdf

HELP = """Write the board that cameras are calibrated with as a PDF of exact size. Print it at
100 %, measure both marks, and glue it to something flat and stiff."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("--out", type=Path, required=True, help="the PDF")
    add_board_argument(parser)


def add_board_argument(parser: argparse.ArgumentParser) -> None:
    """Declare ``--board``."""
    parser.add_argument(
        "--board",
        type=Path,
        metavar="YAML",
        help="what the board is like: squares_x, squares_y, square_m, marker_m, dictionary "
        "(default: 7 x 5 squares of 35 mm on A4)",
    )


def run(args: argparse.Namespace) -> int:
    """Write it, and say how to print it."""
    board = read_board(args.board)
    sheet = write_pdf(board, args.out)
    print(
        f"{args.out}: {board.squares_x} x {board.squares_y} squares of "
        f"{board.square_m * 1e3:g} mm on {sheet}. Print it at 100 %; both marks must measure "
        f"{mark_length_m(board) * 1e3:.0f} mm."
    )
    return 0
