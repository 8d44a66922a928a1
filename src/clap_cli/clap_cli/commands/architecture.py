"""``./clap architecture``: draws the packages and their imports."""

from __future__ import annotations

import argparse
from pathlib import Path

from clap_cli.commands.test import checkout
from clap_cli.rooms import imports_of, picture

HELP = "Draws docs/architecture.svg: each package above those that it imports."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("--out", type=Path, help="file to write (docs/architecture.svg)")


def run(args: argparse.Namespace) -> int:
    """Reads the sources and writes the picture."""
    root = checkout()
    path = args.out or root / "docs/architecture.svg"
    path.write_text(picture(imports_of(root / "src")))
    print(f"written to {path}")
    return 0
