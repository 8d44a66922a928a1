"""The virtual environment with the pinned packages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import groups
import hashes
import stamps
import wheel_repairs
from commands import failure, run
from console import step
from layout import Layout, SetupError
from target import Target

_BATCH = 25
_TORCH = "torch"
_TORCH_WITHOUT_CUDA = "https://download.pytorch.org/whl/cpu"
"""PyPI's build of PyTorch needs gigabytes of CUDA libraries, also where there is no GPU."""
_NEEDED_BYTES = 5_000_000_000


def read_pins(layout: Layout) -> list[str]:
    """The lines of the pins file that name a package."""
    lines = (line.strip() for line in layout.pins.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def chosen_groups(layout: Layout) -> tuple[str, ...]:
    """The groups of packages that the environment was asked to hold; the default ones if nobody
    chose."""
    return tuple(stamps.read(_note(layout)).get("groups", groups.DEFAULT))


def is_ready(layout: Layout, target: Target, wanted_groups: Sequence[str] = groups.DEFAULT) -> bool:
    """Whether the virtual environment holds exactly the groups' pins, for this target."""
    note = stamps.read(_note(layout))
    return (
        note.get("identity") == target.identity(layout)
        and set(note.get("installed", ())) == set(_wanted(layout, target, wanted_groups))
        and not note.get("in_progress")
        and note.get("repairs") == _repairs(target)
        and layout.python.exists()
    )


def make(
    layout: Layout, target: Target, lock: int, wanted_groups: Sequence[str] = groups.DEFAULT
) -> None:
    """Makes the virtual environment, or brings an existing one to the groups' pins.

    Packages go in by batches that are noted when finished. After an interruption the unfinished
    batch is installed again, over whatever it left.

    Raises:
        SetupError: not enough space, or pip failed.
    """
    log = layout.logs / "pip.log"
    log.unlink(missing_ok=True)
    note = stamps.read(_note(layout))
    if note.get("identity") != target.identity(layout) or not layout.python.exists():
        _create(layout, target, log, lock)
        note = {"identity": target.identity(layout), "installed": [], "in_progress": []}
    # At once: after an interruption the next ./clap goes on with the same groups.
    note["groups"] = list(wanted_groups)
    stamps.write(_note(layout), note)

    wanted = _wanted(layout, target, wanted_groups)
    names = {_package_name(pin) for pin in wanted}
    dropped = [pin for pin in note["installed"] if _package_name(pin) not in names]
    unfinished = list(note["in_progress"])
    installed = [pin for pin in note["installed"] if pin in wanted]
    missing = [pin for pin in wanted if pin not in installed]

    with step("Python packages") as line:
        if dropped:
            _pip(layout, ["uninstall", "--yes", *map(_package_name, dropped)], log, lock)
            stamps.write(_note(layout), {**note, "installed": installed})
        for batch in _batches(missing):
            line.progress(f"{len(installed)} of {len(wanted)}")
            stamps.write(_note(layout), {**note, "installed": installed, "in_progress": batch})
            again = ["--force-reinstall"] if set(batch) & set(unfinished) else []
            _pip(layout, ["install", "--no-compile", *again, *_what(batch, layout)], log, lock)
            installed = installed + batch
        if target.on_wheels:
            wheel_repairs.repair(layout, log, lock)
        done = {"installed": installed, "in_progress": [], "repairs": _repairs(target)}
        stamps.write(_note(layout), {**note, **done})


def _wanted(layout: Layout, target: Target, wanted_groups: Sequence[str]) -> list[str]:
    return groups.of_groups(target.wanted(read_pins(layout)), wanted_groups)


def _repairs(target: Target) -> str | None:
    """Which repairs the packages need."""
    return wheel_repairs.digest() if target.on_wheels else None


def _batches(pins: list[str]) -> list[list[str]]:
    """What is installed together; PyTorch by itself, since it comes from elsewhere."""
    others = [pin for pin in pins if _package_name(pin) != _TORCH]
    torch = [[pin] for pin in pins if _package_name(pin) == _TORCH]
    return [others[start : start + _BATCH] for start in range(0, len(others), _BATCH)] + torch


def _what(batch: list[str], layout: Layout) -> list[str]:
    """What pip is asked to install: files with the known checksums, and PyTorch.

    Of PyTorch's builds without CUDA, which are not on PyPI, no checksum is known here.
    """
    if _package_name(batch[0]) != _TORCH:
        listed = layout.logs / "requirements.txt"
        listed.parent.mkdir(parents=True, exist_ok=True)
        listed.write_text(hashes.requirements(batch, hashes.read(layout)))
        return ["--no-deps", "--require-hashes", "-r", str(listed)]
    if shutil.which("nvidia-smi"):
        # Its own requirements name the CUDA libraries that it was built with.
        return ["--constraint", str(layout.pins), *batch]
    return ["--no-deps", "--retries", "1", "--extra-index-url", _TORCH_WITHOUT_CUDA, *batch]


def _note(layout: Layout) -> Path:
    return layout.venv / "clap-packages.json"


def _package_name(pin: str) -> str:
    """The name in a line like ``numpy==2.4.6; python_version >= "3.11"``."""
    return pin.split("==")[0].strip()


def _create(layout: Layout, target: Target, log: Path, lock: int) -> None:
    free = shutil.disk_usage(layout.root).free
    if free < _NEEDED_BYTES:
        raise SetupError(
            f"The environment needs {_NEEDED_BYTES / 1e9:.0f} GB; {layout.root} has "
            f"{free / 1e9:.1f} GB free.",
            "Make room, or move the checkout to a larger disk.",
        )
    options = [] if target.on_wheels else ["--system-site-packages"]
    with step(f"Virtual environment (Python {target.python_version})"):
        command = [target.interpreter, "-m", "venv", "--clear", *options, str(layout.venv)]
        if not run(command, log, _clean_environment(), keep=(lock,)):
            raise failure("Python could not make a virtual environment", log, ("Error",), "")


def _pip(layout: Layout, arguments: list[str], log: Path, lock: int) -> None:
    verb, *rest = arguments
    command = [str(layout.python), "-m", "pip", "--quiet", "--no-input", verb, *rest]
    if not run(command, log, _clean_environment(), keep=(lock,)):
        raise failure(
            f"pip could not {verb} the pinned packages",
            log,
            ("ERROR:",),
            "Check the network, then run the same command again: it goes on from here.",
        )


def _clean_environment() -> dict[str, str]:
    """This process's environment without what would lead pip astray."""
    dropped = ("PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    # The wheels' start-up hook runs Python a second time unless told that this was done.
    kept["_ROS_WHEELS_BOOTSTRAP_COMPLETE"] = "1"
    return {**kept, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_USER": "0"}
