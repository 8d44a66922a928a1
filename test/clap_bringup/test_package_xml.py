"""Each package.xml declares what the package imports, by keys that rosdep knows."""

from __future__ import annotations

import ast
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = sorted(
    path.parent
    for path in (ROOT / "src").glob("clap_*/package.xml")
    if path.parent.name != "clap_msgs"
)
PINS = {
    line.split("==")[0]
    for line in (ROOT / "src/clap_cli/bootstrap/pins.txt").read_text().splitlines()
}

ROSDEP_KEYS = {
    "PIL": "python3-pil",
    "cv2": "python3-opencv",
    "jsonschema": "python3-jsonschema",
    "matplotlib": "python3-matplotlib",
    "mujoco": "python3-mujoco-pip",
    "numba": "python3-numba",
    "numpy": "python3-numpy",
    "open3d": "python3-open3d-pip",
    "pydantic": "python3-pydantic",
    "psutil": "python3-psutil",
    "rich": "python3-rich",
    "rosbags": "python3-rosbags-pip",
    "scipy": "python3-scipy",
    "toppra": "python3-toppra-pip",
    "tqdm": "python3-tqdm",
    "yaml": "python3-yaml",
}
# No rosdep key: installed from the pins (docker/Dockerfile shows how).
ONLY_PINNED = {
    "accelerate": "accelerate",
    "annotated_types": "annotated-types",
    "anyio": "anyio",
    "av": "av",
    "coal": "coal",
    "franky_sim": "franky-sim",
    "gymnasium": "gymnasium",
    "peft": "peft",
    "pinocchio": "pin",
    "pylibfranka": "pylibfranka",
    "pyrealsense2": "pyrealsense2",
    "rerun": "rerun-sdk",
    "safetensors": "safetensors",
    "starlette": "starlette",
    "torch": "torch",
    "transformers": "transformers",
    "uvicorn": "uvicorn",
}


IN_ITS_OWN_ENVIRONMENT = {"franka_sim"}
"""clap_cli.simulated_fci makes that; its program alone imports it."""


def imported(package: Path) -> set[str]:
    """Top-level modules that the package's code imports from outside itself."""
    names: set[str] = set()
    for path in (package / package.name).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module)
    tops = {name.split(".")[0] for name in names}
    return tops - set(sys.stdlib_module_names) - {package.name} - IN_ITS_OWN_ENVIRONMENT


def declared(package: Path) -> set[str]:
    tags = ("depend", "exec_depend", "build_depend")
    root = ElementTree.parse(package / "package.xml").getroot()
    return {element.text or "" for tag in tags for element in root.iter(tag)}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_imports_are_declared(package: Path) -> None:
    needed = {ROSDEP_KEYS.get(name, name) for name in imported(package) if name not in ONLY_PINNED}
    assert needed - declared(package) == set()


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_what_rosdep_lacks_is_pinned(package: Path) -> None:
    names = {ONLY_PINNED[name] for name in imported(package) if name in ONLY_PINNED}
    assert names <= PINS
