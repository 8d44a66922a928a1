"""Groups of packages: each holds what its code imports; a choice lasts."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import groups
import virtual_environment
from layout import Layout, SetupError

ROOT = Path(__file__).resolve().parents[2]
PINS = virtual_environment.read_pins(Layout(ROOT))

# What a package's code may need beside the runtime.
CODE = {
    "clap_core": "runtime",
    "clap_ros": "runtime",
    "clap_baseline": "runtime",
    "clap_data": "runtime",
    "clap_perception": "runtime",
    "clap_manipulation": "runtime",
    "clap_bringup": "runtime",
    "clap_console": "console",
    "clap_launch": "runtime",
    "clap_franka": "fci",
    "clap_realsense": "realsense",
    "clap_sim": "sim",
    "clap_bench": "sim",
    "clap_learning": "train",
}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names_of(*chosen: str) -> set[str]:
    return {canonical(pin.split("==")[0]) for pin in groups.of_groups(PINS, chosen)}


def imported(folder: Path) -> set[str]:
    """Top-level modules that code imports, at its beginning or later."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names)


def missing_imports(folder: Path, group: str) -> dict[str, list[str]]:
    """Modules whose package is pinned, and not in the runtime or the group."""
    there, pinned = names_of("runtime", group), names_of(*groups.ALL)
    providers = metadata.packages_distributions()
    missing = {}
    for module in imported(folder):
        packages = sorted({canonical(name) for name in providers.get(module, ())} & pinned)
        if packages and not set(packages) & there:
            missing[module] = packages
    return missing


@pytest.mark.parametrize(("package", "group"), CODE.items())
def test_a_group_holds_what_its_code_imports(package: str, group: str) -> None:
    assert missing_imports(ROOT / "src" / package / package, group) == {}


def test_a_node_that_imports_torch_is_found(tmp_path: Path) -> None:
    (tmp_path / "node.py").write_text("def warm_up():\n    import torch\n")
    assert missing_imports(tmp_path, "sim") == {"torch": ["torch"]}
    assert missing_imports(tmp_path, "train") == {}


UNUSED = {("tokenizers", "huggingface-hub")}
"""It fetches tokenizers by name; ours is read from a file, as the runtime's `./clap plan` shows."""


@pytest.mark.parametrize("group", groups.ALL)
def test_a_group_holds_what_its_packages_declare(group: str) -> None:
    there = names_of("runtime", group, *groups.NEEDS.get(group, ()))
    pinned = names_of(*groups.ALL)
    missing = set()
    for name in names_of(group):
        try:
            declared = [Requirement(line) for line in metadata.requires(name) or ()]
        except metadata.PackageNotFoundError:  # of another Python's pins
            continue
        for need in declared:
            applies = need.marker is None or need.marker.evaluate({"extra": ""})
            if applies and canonical(need.name) in pinned - there:
                missing.add((name, canonical(need.name)))
    assert missing - UNUSED == set()


def test_a_robots_computer_needs_no_simulator_and_no_torch() -> None:
    heavy = {"torch", "transformers", "mujoco", "open3d", "rerun-sdk", "mypy"}
    assert heavy & names_of("runtime") == set()
    assert heavy <= names_of(*groups.ALL)


def test_optional_packages_are_installed_only_where_they_are_asked_for() -> None:
    for group, package in (
        ("realsense", "pyrealsense2"),
        ("fci", "pylibfranka"),
        ("browser", "playwright"),
        ("metaworld", "metaworld"),
    ):
        assert package in names_of(group)
        assert package not in names_of(*groups.DEFAULT)


def test_tokens_need_the_runtime_alone() -> None:
    program = (
        "import sys, onnx, onnxruntime.quantization, clap_learning.clar.tokenizer\n"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    providers = metadata.packages_distributions()
    used = {canonical(one) for name in told.stdout.split() for one in providers.get(name, ())}
    assert {"onnxruntime", "safetensors"} <= used
    assert used & names_of(*groups.ALL) <= names_of("runtime")


def test_every_named_package_is_pinned() -> None:
    pinned = {pin.split("==")[0] for pin in PINS}
    named = {**groups._NAMED, **groups._OPTIONAL}
    assert set().union(*named.values()) <= pinned
    counts = Counter(name for names in named.values() for name in names)
    assert {name for name, count in counts.items() if count > 1} == IN_TWO_GROUPS


IN_TWO_GROUPS = {"anyio", "click", "h11", "idna"}
"""What web clients (train) and the page's server (console) are both made of."""


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("demo", None),
        ("test --only runtime", None),
        ("setup --help", None),
        ("setup", groups.DEFAULT),
        ("setup --yes", groups.DEFAULT),
        ("setup --with realsense,fci,browser,metaworld", groups.ALL),
        ("setup --only dev --with=realsense", ("runtime", "dev", "realsense")),
        ("setup --only runtime", ("runtime",)),
        ("setup --only runtime --with metaworld", ("runtime", "sim", "metaworld")),
        ("setup --only=dev,sim --yes", ("runtime", "sim", "dev")),
    ],
)
def test_what_a_command_line_asks_for(typed: str, asked: tuple[str, ...] | None) -> None:
    assert groups.asked_for(typed.split()) == asked


@pytest.mark.parametrize(
    "typed", ["setup --only robot", "setup --only", "setup --only=runtime,", "setup --with sun"]
)
def test_a_group_that_does_not_exist(typed: str) -> None:
    with pytest.raises(SetupError, match="no group") as caught:
        groups.asked_for(typed.split())
    assert "console, realsense, fci, browser, metaworld" in caught.value.cure
