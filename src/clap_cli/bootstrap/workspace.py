"""The colcon workspace: built once, its environment kept, so that no start needs a shell."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import stamps
from commands import failure, run
from console import step
from layout import Layout
from target import Target

# The search paths that a ROS set-up file extends.
SEARCH_PATHS = (
    "AMENT_PREFIX_PATH",
    "CMAKE_PREFIX_PATH",
    "COLCON_PREFIX_PATH",
    "LD_LIBRARY_PATH",
    "PATH",
    "PKG_CONFIG_PATH",
    "PYTHONPATH",
)


def is_ready(layout: Layout, target: Target) -> bool:
    """Whether the workspace is built from today's package definitions, for this target."""
    note = stamps.read(_note(layout))
    return note.get("identity") == target.identity(layout) and note.get(
        "inputs"
    ) == stamps.digest_of_build_inputs(layout.sources)


def search_paths(layout: Layout) -> dict[str, list[str]]:
    """What the workspace puts in front of each search path."""
    return dict(stamps.read(_note(layout))["search_paths"])


def make(layout: Layout, target: Target, lock: int) -> None:
    """Builds what changed and notes the environment that the install prefix asks for.

    Raises:
        SetupError: colcon failed.
    """
    identity = target.identity(layout)
    _note(layout).unlink(missing_ok=True)
    # CMake's caches name the Python and the folders they were made with.
    built_for = layout.build / "clap-built-for.json"
    if stamps.read(built_for).get("identity") != identity:
        shutil.rmtree(layout.build, ignore_errors=True)
        shutil.rmtree(layout.install, ignore_errors=True)
        stamps.write(built_for, {"identity": identity})

    inputs = stamps.digest_of_build_inputs(layout.sources)
    environment = _base_environment(layout, target)
    _colcon(layout, environment, lock)
    note = {
        "identity": identity,
        "inputs": inputs,
        "search_paths": _ask_search_paths(layout, environment),
    }
    stamps.write(_note(layout), note)


def _note(layout: Layout) -> Path:
    return layout.install / "clap-environment.json"


def _colcon(layout: Layout, environment: dict[str, str], lock: int) -> None:
    log = layout.logs / "build.log"
    log.unlink(missing_ok=True)
    total = sum(1 for _ in layout.sources.rglob("package.xml"))
    finished = 0
    with step("ROS workspace") as line:

        def follow(text: str) -> None:
            nonlocal finished
            if text.startswith("Finished <<<"):
                finished += 1
                line.progress(f"{finished} of {total} packages")

        line.progress(f"0 of {total} packages")
        command = [
            *(str(layout.python), "-c", "import sys, colcon_core.command as c; sys.exit(c.main())"),
            *("build", "--merge-install", "--symlink-install", "--base-paths", "src"),
            *("--event-handlers", "console_cohesion+"),
            *("--cmake-args", f"-DPython3_EXECUTABLE={layout.python}", "-DBUILD_TESTING=OFF"),
        ]
        if not run(command, log, environment, layout.root, follow, keep=(lock,)):
            telling = ("CMake Error", "error:", "Error", "Failed", "gmake", "make:")
            cure = "Repair what it names, then run ./clap again."
            raise failure("The workspace did not build", log, telling, cure)


def _base_environment(layout: Layout, target: Target) -> dict[str, str]:
    """The environment to build in: what lies below the workspace, and nothing of a former one."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("COLCON_PREFIX_PATH", "VIRTUAL_ENV", "PYTHONHOME")
    }
    # Else colcon adds -l: make then waits, for an hour if need be, while others load the machine.
    environment.setdefault("MAKEFLAGS", f"-j{os.cpu_count() or 1}")
    for name in SEARCH_PATHS:
        parts = _split(environment.pop(name, None))
        kept = [part for part in parts if not _is_own(layout, part)]
        if kept:
            environment[name] = os.pathsep.join(kept)
    environment["PATH"] = f"{layout.venv / 'bin'}{os.pathsep}{environment.get('PATH', os.defpath)}"
    if target.on_wheels:
        environment.pop("PYTHONPATH", None)
        libraries = sorted(layout.venv.glob("lib/python3.*/site-packages/ros_*.libs"))
        environment["LD_LIBRARY_PATH"] = os.pathsep.join(
            map(str, [layout.venv / "lib", *libraries])
        )
        environment["AMENT_PREFIX_PATH"] = str(layout.venv)
        environment["CMAKE_PREFIX_PATH"] = str(layout.venv)
        environment["_ROS_WHEELS_BOOTSTRAP_COMPLETE"] = "1"
    else:
        venv_packages = next(layout.venv.glob("lib/python3.*/site-packages"))
        environment["PYTHONPATH"] = os.pathsep.join(
            [str(venv_packages), *_split(environment.get("PYTHONPATH"))]
        )
    return environment


def _ask_search_paths(layout: Layout, base: dict[str, str]) -> dict[str, list[str]]:
    """Sources the install prefix once and keeps what came in front of the user's own paths."""
    # As an argument: the folder's name may hold what a shell would interpret.
    command = ["/bin/sh", "-c", '. "$0" >/dev/null && env -0', f"{layout.install}/setup.sh"]
    output = subprocess.run(command, env=base, check=True, capture_output=True, text=True).stdout
    sourced = dict(item.split("=", 1) for item in output.split("\0") if "=" in item)
    added = {}
    for name in SEARCH_PATHS:
        users = {part for part in _split(os.environ.get(name)) if not _is_own(layout, part)}
        added[name] = [part for part in _split(sourced.get(name)) if part not in users]
    return added


def _is_own(layout: Layout, part: str) -> bool:
    """Whether a path is this checkout's: ./clap may be called inside ``./clap shell``."""
    return part.startswith(f"{layout.root}{os.sep}")


def _split(value: str | None) -> list[str]:
    return [part for part in (value or "").split(os.pathsep) if part]
