"""Where skills are, on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_skills_argument(parser: argparse.ArgumentParser) -> None:
    """Declare ``--skills DIR``, with the default that the launch files have."""
    parser.add_argument(
        "--skills",
        type=Path,
        default=Path("skills"),
        metavar="DIR",
        help="folder of the skills (default: %(default)s)",
    )
