"""``python -m clap_learning.vlm``: the same as ``./clap train qwen``, for launchers."""

from __future__ import annotations

import argparse
import sys

from clap_core.errors import ClapError
from clap_learning.vlm.command import add_arguments, run


def main() -> int:
    """Run the program; 1 with the reason when it cannot."""
    parser = argparse.ArgumentParser(prog="python -m clap_learning.vlm")
    add_arguments(parser)
    try:
        return run(parser.parse_args())
    except ClapError as error:
        print(f"error: {error.message}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
