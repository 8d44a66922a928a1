"""What the operating system must provide, found by looking for the thing itself."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from commands import failure, run
from console import say, step
from layout import Layout, SetupError
from target import Target


@dataclass(frozen=True)
class Need:
    """Something of the system's.

    Attributes:
        what: what it is, for the reader.
        packages: the Debian and Ubuntu packages that have it.
        is_present: looks for it.
    """

    what: str
    packages: tuple[str, ...]
    is_present: Callable[[], bool]


def missing(target: Target) -> list[Need]:
    """The needs of the environment that this machine does not meet."""
    return [need for need in _needs(target) if not need.is_present()]


def ensure(layout: Layout, target: Target, lock: int, agreed: bool) -> None:
    """Installs what is missing; sudo is used only when the user has agreed.

    Args:
        layout: the checkout.
        target: what it is made on.
        lock: held by apt too.
        agreed: whether ``--yes`` was given; else the user is asked once, on a terminal.

    Raises:
        SetupError: with the one command to type, where this process may not install it.
    """
    needs = missing(target)
    if not needs:
        return
    packages = sorted({package for need in needs for package in need.packages})
    names = ", ".join(need.what for need in needs)
    install = f"apt-get install --yes --no-install-recommends {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        raise SetupError(
            f"Missing on this machine: {names}.",
            f"Install them with your package manager. On Debian and Ubuntu: sudo {install}",
        )
    typed = f"sudo apt-get update && sudo {install}"
    prefix = _privilege()
    if prefix is None or (prefix and not agreed and not _agrees(names, typed)):
        raise SetupError(f"Missing on this machine: {names}. Type this, then ./clap again:", typed)

    log = layout.logs / "apt.log"
    log.unlink(missing_ok=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with step(f"System packages ({names})"):
        run([*prefix, "apt-get", "update"], log, environment, keep=(lock,))
        if not run([*prefix, *install.split()], log, environment, keep=(lock,)):
            cure = f"Repair it by hand: {typed}"
            raise failure("apt could not install the system packages", log, ("E:",), cure)
    still = [need.what for need in missing(target)]
    if still:
        raise SetupError(
            f"Still missing after installing {' '.join(packages)}: {', '.join(still)}.",
            f"Install what provides it, then run ./clap again. What apt said: {log}",
        )


def _privilege() -> list[str] | None:
    """How to run apt: [] as root, sudo where it asks for no password, None where it would."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and os.system("sudo -n true >/dev/null 2>&1") == 0:
        return ["sudo", "-n", "DEBIAN_FRONTEND=noninteractive"]
    return None


def _agrees(names: str, typed: str) -> bool:
    """Asks whether sudo may be used; no where nobody can answer."""
    if not sys.stdin.isatty():
        return False
    say(f"Missing on this machine: {names}. This would be run:\n  {typed}")
    return input("Run it now? [y/N] ").strip().lower() in ("y", "yes")


def _needs(target: Target) -> Iterator[Need]:
    python = f"python{target.python_version}"
    yield Need("Python's venv module", (f"{python}-venv",), _has_venv)
    yield Need("Python's headers", (f"{python}-dev",), _has_headers)
    for program, package in (("gcc", "gcc"), ("g++", "g++"), ("cmake", "cmake"), ("make", "make")):
        yield Need(program, (package,), partial(_has_program, program))
    for library, package in (
        ("libusb-1.0.so.0", "libusb-1.0-0"),
        ("libudev.so.1", "libudev1"),
        ("libgomp.so.1", "libgomp1"),
        ("libX11.so.6", "libx11-6"),
        ("libGL.so.1", "libgl1"),
        ("libEGL.so.1", "libegl1"),
        ("libGLESv2.so.2", "libgles2"),
    ):
        yield Need(library, (package,), partial(_has_library, library))
    yield Need("an OpenGL driver", ("libgl1-mesa-dri", "libegl-mesa0"), _has_opengl_driver)


def _has_venv() -> bool:
    """Debian ships Python without what makes a venv; ensurepip is the part it leaves out."""
    return (Path(sysconfig.get_path("stdlib")) / "ensurepip").is_dir()


def _has_headers() -> bool:
    return (Path(sysconfig.get_path("include")) / "Python.h").is_file()


def _has_program(name: str) -> bool:
    return shutil.which(name) is not None


def _has_library(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _has_opengl_driver() -> bool:
    """An EGL vendor that glvnd can load: a GPU maker's, or Mesa with its software renderer."""
    folders = (Path("/usr/share/glvnd/egl_vendor.d"), Path("/etc/glvnd/egl_vendor.d"))
    vendors = [vendor.name for folder in folders for vendor in folder.glob("*.json")]
    if any("mesa" not in vendor for vendor in vendors):
        return True
    renderers = ("*/dri/swrast_dri.so", "*/libgallium-*.so")
    return bool(vendors) and any(any(Path("/usr/lib").glob(name)) for name in renderers)
