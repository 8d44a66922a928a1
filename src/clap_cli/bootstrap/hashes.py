"""The checksums of the pinned packages' files, and requirements that pip checks against them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from layout import Layout, SetupError

REFRESH = "Make it anew with uv, as CONTRIBUTING.md shows, and commit it together with pins.txt."


def read(layout: Layout) -> dict[str, str]:
    """By "name==version", pip's options with the checksum of every file on PyPI.

    The file is as `uv pip compile --generate-hashes` writes it.
    """
    lines = layout.hashes.read_text().replace("\\\n", " ").splitlines()
    found = {}
    for line in lines:
        pin, *options = line.split(" --hash=")
        if options:
            found[_key(pin)] = " ".join(f"--hash={option.strip()}" for option in options)
    return found


def requirements(pins: Sequence[str], hashes: dict[str, str]) -> str:
    """What a requirements file says of the pins, for ``pip install --require-hashes``.

    Raises:
        SetupError: a pin has no checksum.
    """
    missing = [pin for pin in pins if _key(pin) not in hashes]
    if missing:
        raise SetupError(f"hashes.txt has no checksum of {', '.join(missing)}.", REFRESH)
    return "".join(f"{pin} {hashes[_key(pin)]}\n" for pin in pins)


def _key(pin: str) -> str:
    """``Foo.Bar==1.0; python_version < "3.11"`` as PyPI writes names: ``foo-bar==1.0``."""
    name, _, version = pin.split(";")[0].strip().partition("==")
    return f"{re.sub(r'[-_.]+', '-', name).lower()}=={version}"
