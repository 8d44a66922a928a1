"""What is mended in the ROS wheels: their CMake exports, and Fast DDS's waits without end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import wheel_repairs
from layout import Layout, SetupError

# Waits with the deadline that Fast DDS computes, then with one in the past, and prints what the
# waits returned. Another thread signals once the first wait has let go of the lock.
WAITS = """
import ctypes, errno, threading

c = ctypes.CDLL(None)
lock, condition = ctypes.create_string_buffer(64), ctypes.create_string_buffer(64)

class Deadline(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]

def signal():
    c.pthread_mutex_lock(lock)
    c.pthread_cond_signal(condition)
    c.pthread_mutex_unlock(lock)

c.pthread_mutex_lock(lock)
threading.Thread(target=signal, daemon=True).start()
for deadline in (Deadline(-7428042075, -786596724), Deadline(1, 0)):
    answer = c.pthread_cond_timedwait(condition, lock, ctypes.byref(deadline))
    print(errno.errorcode.get(answer, "signalled"))
"""


def waits(preload: str) -> list[str]:
    environment = {**os.environ, "LD_PRELOAD": preload}
    command = [sys.executable, "-c", WAITS]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.split()


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path)
    (layout.venv / "lib/python3.11/site-packages").mkdir(parents=True)
    (layout.venv / "share").mkdir()
    return layout


@pytest.fixture
def lock(tmp_path: Path) -> int:
    return os.open(tmp_path, os.O_RDONLY)


def test_a_wait_until_before_1970_is_one_without_end(layout: Layout, lock: int) -> None:
    assert waits("") == ["EINVAL", "ETIMEDOUT"]
    wheel_repairs.repair(layout, layout.root / "log", lock)
    assert waits(str(layout.endless_waits)) == ["signalled", "ETIMEDOUT"]


def test_a_compiler_that_fails_is_quoted(
    layout: Layout, lock: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = layout.root / "broken.c"
    source.write_text("int f(void) { return x; }\n")
    monkeypatch.setattr(wheel_repairs, "_ENDLESS_WAITS", source)
    with pytest.raises(SetupError, match="undeclared") as caught:
        wheel_repairs.repair(layout, layout.root / "log", lock)
    assert "compiler" in caught.value.cure
    assert not layout.endless_waits.exists()


def test_cmake_exports_name_this_machine(layout: Layout, lock: int) -> None:
    export = layout.venv / "share/export.cmake"
    export.write_text('dirs "/opt/python/cp311-cp311/include/python3.11;/usr/include"\n')
    wheel_repairs.repair(layout, layout.root / "log", lock)
    assert "/opt/python" not in export.read_text()
    assert export.read_text().endswith(';/usr/include"\n')


def test_numpy_include_folder_is_found_in_the_environment() -> None:
    text = 'INCLUDES "/opt/python/cp312-cp312/lib/python3.12/site-packages/numpy/_core/include"'
    assert (
        wheel_repairs.with_own_folders(text, "/inc", "/v/site-packages")
        == 'INCLUDES "/v/site-packages/numpy/_core/include"'
    )
