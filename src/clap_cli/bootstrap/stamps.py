"""Notes of what was finished, so that it is not done again."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

# What decides how colcon builds; Python sources are linked and need no build.
_BUILD_NAMES = frozenset({"package.xml", "CMakeLists.txt", "setup.py", "setup.cfg"})
_BUILD_SUFFIXES = (".cmake", ".msg", ".srv", ".action")
_BUILD_FOLDERS = frozenset({"scripts", "resource"})
# Beside the sources: each of their files is linked by itself, so a new one needs a build.
_LINKED_FOLDERS = ("launch", "config")


def read(path: Path) -> dict[str, Any]:
    """A note's content; empty where there is none or it can not be read."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write(path: Path, content: dict[str, Any]) -> None:
    """Writes a note all at once, so that an interruption leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.write_text(json.dumps(content, indent=1) + "\n")
    os.replace(draft, path)


def digest_of_build_inputs(sources: Path) -> str:
    """SHA-256 over path and content of every file below ``sources`` that the build depends on,
    and over the names of the files that it links from beside ``sources``."""
    digest = hashlib.sha256()
    for folder, folders, files in os.walk(sources):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        is_input_folder = os.path.basename(folder) in _BUILD_FOLDERS
        for name in sorted(files):
            if is_input_folder or name in _BUILD_NAMES or name.endswith(_BUILD_SUFFIXES):
                path = Path(folder, name)
                digest.update(str(path.relative_to(sources)).encode() + b"\0")
                digest.update(path.read_bytes() + b"\0")
    for name in _LINKED_FOLDERS:
        for path in sorted((sources.parent / name).glob("*")):
            digest.update(f"{name}/{path.name}".encode() + b"\0")
    return digest.hexdigest()
