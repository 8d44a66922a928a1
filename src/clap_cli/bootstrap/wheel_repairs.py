"""Repairs of the pinned ROS wheels, which were built on another system."""

from __future__ import annotations

import hashlib
import re
import sysconfig
from pathlib import Path

from commands import failure, run
from layout import Layout

_ENDLESS_WAITS = Path(__file__).with_name("endless_waits.c")
_BUILDERS_INCLUDE = re.compile(r"/opt/python/cp\d+-cp\d+/include/python3\.\d+")
_BUILDERS_SITE_PACKAGES = re.compile(r"/opt/python/cp\d+-cp\d+/lib/python3\.\d+/site-packages")


def digest() -> str:
    """Changes whenever the repairs do."""
    content = Path(__file__).read_bytes() + _ENDLESS_WAITS.read_bytes()
    return hashlib.sha256(content).hexdigest()


def repair(layout: Layout, log: Path, lock: int) -> None:
    """Makes the installed wheels fit this machine; may be done again.

    Raises:
        SetupError: the compiler failed.
    """
    site_packages = next(layout.venv.glob("lib/python3.*/site-packages"))
    _repair_cmake_exports(layout.venv / "share", site_packages)
    _compile(_ENDLESS_WAITS, layout.endless_waits, log, lock)


def _repair_cmake_exports(folder: Path, site_packages: Path) -> None:
    """Puts this machine's include folders where the wheels' CMake exports name their builder's.

    CMake stops at an include folder that does not exist.
    """
    for path in sorted(folder.rglob("*.cmake")):
        text = path.read_text()
        repaired = with_own_folders(text, sysconfig.get_path("include"), str(site_packages))
        if repaired != text:
            path.write_text(repaired)


def with_own_folders(text: str, include: str, site_packages: str) -> str:
    """A CMake file's text with the wheel builder's Python folders replaced.

    Args:
        text: names folders like ``/opt/python/cp311-cp311/include/python3.11``.
        include: folder of this interpreter's ``Python.h``.
        site_packages: folder that numpy is installed in.
    """
    text = _BUILDERS_INCLUDE.sub(lambda _: include, text)
    return _BUILDERS_SITE_PACKAGES.sub(lambda _: site_packages, text)


def _compile(source: Path, library: Path, log: Path, lock: int) -> None:
    """Compiles a shared library and puts it in its place at once: processes may have it loaded."""
    library.parent.mkdir(parents=True, exist_ok=True)
    draft = library.with_name(library.name + ".new")
    command = ["gcc", "-shared", "-fPIC", "-O2", "-Wall", "-o", str(draft), str(source)]
    if not run(command, log, keep=(lock,)):
        cure = "Repair the compiler, then run ./clap again."
        raise failure(f"gcc could not compile {source.name}", log, ("error",), cure)
    draft.replace(library)
