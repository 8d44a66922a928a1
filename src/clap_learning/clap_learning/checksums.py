"""Checksums of a folder's files, as ``sha256sum -c`` reads them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from clap_core.errors import ClapError, ErrorCode

SUMS_FILE = "SHA256SUMS"


def write_sums(folder: Path, names: Iterable[str]) -> None:
    """Write the checksums of files in a folder, by their names."""
    lines = [f"{_sha256(folder / name)}  {name}\n" for name in sorted(names)]
    (folder / SUMS_FILE).write_text("".join(lines))


def verify_sums(folder: Path, cure: str) -> None:
    """Check a folder's files.

    Raises:
        ClapError: INVALID_REQUEST, naming the file that is missing or was changed, with `cure`.
    """
    try:
        lines = (folder / SUMS_FILE).read_text().splitlines()
        pairs = [line.split(maxsplit=1) for line in lines if line.strip()]
        for digest, name in pairs:
            if _sha256(folder / name.strip()) != digest:
                raise _refused(folder / name.strip(), f"is not what {SUMS_FILE} says", cure)
    except OSError as error:
        raise _refused(Path(error.filename or folder), "is not there", cure) from error
    except ValueError as error:
        raise _refused(folder / SUMS_FILE, "is no list of checksums and files", cure) from error


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _refused(path: Path, what: str, cure: str) -> ClapError:
    return ClapError(ErrorCode.INVALID_REQUEST, f"{path} {what}", cure)
