"""What is mended in the ROS wheels: their CMake exports, and Fast DDS's waits without end."""

from __future__ import annotations

import os
import re
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


# Fast DDS's part in eProsima/Fast-DDS#6502 under its own names: one thread calls the callbacks of
# timed events, another stops a writer's proxy while it holds the lock of discovery. "r" releases
# the proxy's callback, which the stop must await; the next event wants the lock of discovery.
FAKE_FAST_DDS = r"""
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#define EVENT "_ZN8eprosima8fastrtps4rtps14TimedEventImpl7trigger" \
  "ENSt6chrono10time_pointINS3_3_V212steady_clockENS3_8durationIlSt5ratioILl1ELl1000000000EEEEEESB_"
void trigger(int *event, long now, long cancel) __asm__(EVENT);
void recreate(void *event) __asm__("_ZN8eprosima8fastrtps4rtps10TimedEvent14recreate_timerEv");
void cancel(void *event) __asm__("_ZN8eprosima8fastrtps4rtps10TimedEvent12cancel_timerEv");
void heartbeat(void *proxy)
  __asm__("_ZN8eprosima8fastrtps4rtps11WriterProxy26perform_heartbeat_responseEv");
bool acknack(void *proxy)
  __asm__("_ZN8eprosima8fastrtps4rtps11WriterProxy24perform_initial_ack_nackEv");
void stop(void *proxy) __asm__("_ZN8eprosima8fastrtps4rtps11WriterProxy4stopEv");

static pthread_mutex_t discovery = PTHREAD_MUTEX_INITIALIZER, m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int proxy, released, running, ended, idle, cancelled;

static void set(int *flag) {
  pthread_mutex_lock(&m);
  *flag = 1;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&m);
}

static void await(int *flag) {
  pthread_mutex_lock(&m);
  while (!*flag) pthread_cond_wait(&changed, &m);
  pthread_mutex_unlock(&m);
}

bool acknack(void *p) { set(&running); await(&released); set(&ended); return true; }
void heartbeat(void *p) { acknack(p); }
void trigger(int *event, long now, long cancel) {
  if (*event == 'a') acknack(&proxy);
  if (*event == 'h') heartbeat(&proxy);
  if (*event == 'd') { pthread_mutex_lock(&discovery); pthread_mutex_unlock(&discovery); }
}
void cancel(void *event) { cancelled = 1; }
void recreate(void *event) { await(&idle); cancelled = 1; }
void stop(void *p) { recreate(p); }

static void *events(void *kind) {
  int check = 'd';
  trigger(kind, 0, 0);
  trigger(&check, 0, 0);
  set(&idle);
  return NULL;
}

static void *release(void *nothing) {
  char byte;
  if (read(0, &byte, 1) == 1) set(&released);
  return NULL;
}

void play(int kind) {
  pthread_t one, other;
  pthread_mutex_lock(&discovery);
  pthread_create(&one, NULL, events, &kind);
  pthread_create(&other, NULL, release, NULL);
  await(&running);
  puts("stopping");
  fflush(stdout);
  stop(&proxy);
  printf("stopped: callback ended %d, cancelled %d\n", ended, cancelled);
  fflush(stdout);
  pthread_mutex_unlock(&discovery);
  pthread_join(one, NULL);
}
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
    assert waits("")[0] == "EINVAL"  # the signal then comes into the second wait, or after it
    wheel_repairs.repair(layout, layout.root / "log", lock)
    assert waits(str(layout.endless_waits)) == ["signalled", "ETIMEDOUT"]


@pytest.fixture
def fake_fast_dds(tmp_path: Path) -> Path:
    source, library = tmp_path / "fake.c", tmp_path / "libfake.so"
    source.write_text(FAKE_FAST_DDS)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source], check=True, timeout=60)
    return library


def play(library: Path, preload: str, kind: str) -> subprocess.Popen[str]:
    """A process in which a proxy is stopped while its callback runs.

    As the middleware's plugin is, the library is loaded for its loader alone.
    """
    script = f"import ctypes; ctypes.CDLL({str(library)!r}, mode=0).play({ord(kind)})"
    return subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "LD_PRELOAD": preload},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("kind", ["acknack", "heartbeat"])
def test_a_proxy_is_stopped_once_its_own_callback_has_ended(
    layout: Layout, lock: int, fake_fast_dds: Path, kind: str
) -> None:
    wheel_repairs.repair(layout, layout.root / "log", lock)
    process = play(fake_fast_dds, str(layout.endless_waits), kind[0])
    assert process.stdout is not None
    assert process.stdout.readline() == "stopping\n"
    out, _ = process.communicate("r", timeout=60)
    assert out == "stopped: callback ended 1, cancelled 1\n"
    assert process.returncode == 0


def test_the_fake_hangs_without_the_repair(fake_fast_dds: Path) -> None:
    process = play(fake_fast_dds, "", "h")
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            process.communicate("r", timeout=3)
    finally:
        process.kill()
        process.wait()


def test_the_repaired_functions_are_those_of_the_wheels() -> None:
    libraries = list(Path(sys.prefix).glob("lib/libfastrtps.so.2.*.*"))
    if not libraries:
        pytest.skip("ROS does not come from wheels here")
    source = wheel_repairs._ENDLESS_WAITS.read_text()
    names = set(re.findall(r"_ZN8eprosima\w+", source.replace('" \\\n  "', "")))
    (library,) = libraries
    content = library.read_bytes()
    assert len(names) == 6
    assert [name for name in names if name.encode() + b"\0" not in content] == []


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
