"""The upstream packages are built only where no other prefix has them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

UPSTREAM = Path(__file__).resolve().parents[2] / "src/upstream"
PROJECT = """
cmake_minimum_required(VERSION 3.16)
project(franka_msgs NONE)
include({upstream}/defer_to_underlay.cmake)
defer_to_underlay(found)
message(STATUS "found=${{found}}")
"""


def prefix_with(folder: Path, package: str) -> Path:
    """An install prefix whose ament index lists one package."""
    index = folder / "share/ament_index/resource_index/packages"
    index.mkdir(parents=True)
    (index / package).touch()
    return folder


def cmake(*arguments: str, prefixes: list[Path]) -> str:
    environment = {**os.environ, "AMENT_PREFIX_PATH": ":".join(map(str, prefixes))}
    return subprocess.run(
        ["cmake", *arguments], env=environment, check=True, capture_output=True, text=True
    ).stdout


def configure(tmp_path: Path, source: Path, prefixes: list[Path]) -> str:
    return cmake(
        *("-S", str(source), "-B", str(tmp_path / "build")),
        f"-DCMAKE_INSTALL_PREFIX={tmp_path / 'install'}",
        prefixes=prefixes,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    source.mkdir()
    (source / "CMakeLists.txt").write_text(PROJECT.format(upstream=UPSTREAM))
    return source


def test_a_package_of_the_underlay_wins(tmp_path: Path, project: Path) -> None:
    underlay = prefix_with(tmp_path / "underlay", "franka_msgs")
    assert "found=TRUE" in configure(tmp_path, project, [tmp_path / "empty", underlay])


def test_another_package_in_the_underlay_does_not(tmp_path: Path, project: Path) -> None:
    underlay = prefix_with(tmp_path / "underlay", "control_msgs")
    assert "found=FALSE" in configure(tmp_path, project, [underlay])


def test_a_former_build_of_our_own_does_not(tmp_path: Path, project: Path) -> None:
    own = prefix_with(tmp_path / "install", "franka_msgs")
    link = tmp_path / "link"
    link.symlink_to(own)
    assert "found=FALSE" in configure(tmp_path, project, [own, link])


@pytest.mark.parametrize("package", ["franka_msgs", "control_msgs", "tf2_msgs"])
def test_nothing_is_built_over_an_underlay(tmp_path: Path, package: str) -> None:
    underlay = prefix_with(tmp_path / "underlay", package)
    configure(tmp_path, UPSTREAM / package, [underlay])
    cmake("--build", str(tmp_path / "build"), "--target", "install", prefixes=[underlay])
    assert not (tmp_path / "install").exists()
