"""``security:=true``: where it cannot be had nothing runs, and the reason is told with its cure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ament_index_python.packages import get_package_prefix

from clap_cli.__main__ import main
from clap_cli.security.check import require
from clap_core.errors import ClapError

BUILT_WITHOUT = "this installation's Fast DDS is built without DDS Security"


@pytest.fixture(scope="module")
def keystore(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys") / "keystore"
    assert main(["security", "create", "--keystore", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def without_security(keystore: Path) -> None:
    """Skips where this installation's DDS has it."""
    try:
        require({"security": "true", "keystore": str(keystore)})
    except ClapError as error:
        assert BUILT_WITHOUT in error.message
    else:
        pytest.skip("this installation's DDS has security: see test_dds_security.py")


def test_without_a_keystore_the_command_that_makes_one_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "none"
    assert main(["launch", "sim", "security:=true", f"keystore:={folder}"]) == 2
    told = capsys.readouterr().err
    assert f"there is no keystore in '{folder}'" in told
    assert f"./clap security create --keystore {folder}" in told


def test_the_environment_asks_as_the_argument_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require({})
    monkeypatch.setenv("ROS_SECURITY_ENABLE", "true")
    monkeypatch.setenv("ROS_SECURITY_KEYSTORE", str(tmp_path))
    with pytest.raises(ClapError, match="there is no keystore"):
        require({})
    require({"security": "false"})


@pytest.mark.usefixtures("without_security")
def test_a_dds_without_security_ends_the_launch_before_anything_runs(
    keystore: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["launch", "sim", "security:=true", f"keystore:={keystore}"]) == 2
    told = capsys.readouterr()
    assert BUILT_WITHOUT in told.err and "docs/security.md" in told.err
    assert not told.out, "nothing was started"


@pytest.mark.usefixtures("without_security")
@pytest.mark.parametrize(
    ("package", "node"),
    [
        ("clap_manipulation", "franka_executor"),
        ("clap_bringup", "lifecycle_manager"),
        ("clap_sim", "simulation"),
    ],
)
def test_a_node_never_runs_unprotected_in_silence(keystore: Path, package: str, node: str) -> None:
    """As under `ros2 launch`, which asks nobody before."""
    environment = os.environ | {
        "ROS_SECURITY_ENABLE": "true",
        "ROS_SECURITY_STRATEGY": "Enforce",
        "ROS_SECURITY_KEYSTORE": str(keystore),
    }
    program = Path(get_package_prefix(package), "lib", package, node)
    words = [str(program), "--ros-args", "--enclave", f"/{node}"]
    done = subprocess.run(
        words, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"INVALID_REQUEST: {BUILT_WITHOUT}")


@pytest.mark.usefixtures("without_security")
def test_say_tells_it_too(keystore: Path) -> None:
    environment = os.environ | {
        "ROS_SECURITY_ENABLE": "true", "ROS_SECURITY_KEYSTORE": str(keystore),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "clap_cli", "say", "pick up the red mug"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert BUILT_WITHOUT in " ".join(done.stdout.split())
