"""What the doctor sees of a computer, of files and of a faked robot."""

from __future__ import annotations

import resource
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from clap_cli.doctor.probes.computer import calibration, computer, governors, usb_cameras
from clap_cli.doctor.probes.network import fci_version, port_state, robot_link
from clap_cli.doctor.seen import Port, UsbCamera

ROOT = Path(__file__).resolve().parents[2]
HERE = "127.0.0.1"


@contextmanager
def server(answer: Callable[[bytes], bytes]) -> Iterator[int]:
    """Listens on a port; answers the first bytes of each connection."""
    with socket.create_server((HERE, 0)) as listener:
        listener.settimeout(0.05)
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                try:
                    link, _ = listener.accept()
                except TimeoutError:
                    continue
                with link:
                    link.settimeout(5.0)
                    if request := link.recv(64):
                        link.sendall(answer(request))

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            ended.set()
            thread.join()


def fci(request: bytes) -> bytes:
    """As a robot with protocol version 10 answers a library of another version."""
    command, number, size, version, _ = struct.unpack("<IIIHH", request)
    assert (command, size, len(request)) == (0, 16, 16) and version != 10
    return struct.pack("<IIIBH", 0, number, 15, 1, 10)


def closed_port() -> int:
    with socket.create_server((HERE, 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_robot_with_fci_tells_its_version_and_is_timed() -> None:
    with server(fci) as port, server(lambda _: b"") as desk:
        link = robot_link(HERE, True, port, desk, connections=5)
    assert (link.desk, link.fci, link.fci_version) == (Port.OPEN, Port.OPEN, 10)
    assert len(link.connect_ms) == 5 and all(0 < ms < 1000 for ms in link.connect_ms)


def test_the_version_is_not_asked_for_while_a_driver_holds_the_robot() -> None:
    def fail(_: bytes) -> bytes:
        raise AssertionError("asked")

    with server(fail) as port:
        assert robot_link(HERE, False, port, closed_port(), connections=1).fci_version is None


def test_a_robot_without_fci() -> None:
    with server(lambda _: b"") as desk:
        link = robot_link(HERE, True, closed_port(), desk, connections=2)
    assert (link.desk, link.fci, link.fci_version) == (Port.OPEN, Port.REFUSED, None)


def test_nobody_at_the_address() -> None:
    link = robot_link("robot.invalid", True, connections=2)
    assert (link.desk, link.fci, link.connect_ms) == (Port.SILENT, Port.SILENT, ())
    assert port_state(HERE, closed_port())[0] is Port.REFUSED


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_something_else_on_the_port_has_no_version(answer: bytes) -> None:
    with server(lambda _: answer) as port:
        assert fci_version(HERE, port) is None


def test_realsense_cameras_are_found_by_the_kernel(tmp_path: Path) -> None:
    for name, vendor, product, speed in (
        ("1-1", "8086", "Intel(R) RealSense(TM) Depth Camera 435", "480"),
        ("2-1", "8086", "Intel(R) RealSense(TM) Depth Camera 405", "5000"),
        ("2-2", "046d", "Webcam", "480"),
    ):
        device = tmp_path / name
        device.mkdir()
        for key, value in (("idVendor", vendor), ("product", product), ("speed", speed)):
            (device / key).write_text(f"{value}\n")
    (tmp_path / "usb1").mkdir()
    assert usb_cameras(tmp_path) == (
        UsbCamera("Intel(R) RealSense(TM) Depth Camera 435", 480.0),
        UsbCamera("Intel(R) RealSense(TM) Depth Camera 405", 5000.0),
    )
    assert usb_cameras(tmp_path / "none") is None


def test_this_computer() -> None:
    seen = computer(ROOT)
    assert seen.kernel and seen.free_bytes > 0 and 0 <= seen.max_priority <= 99


def test_the_processors_governors_are_read_from_the_kernel(tmp_path: Path) -> None:
    for number, governor in enumerate(("powersave", "performance", "powersave")):
        folder = tmp_path / f"cpu{number}" / "cpufreq"
        folder.mkdir(parents=True)
        (folder / "scaling_governor").write_text(f"{governor}\n")
    (tmp_path / "cpu3").mkdir()
    (tmp_path / "cpufreq").mkdir()
    assert governors(tmp_path) == ("performance", "powersave")
    assert governors(tmp_path / "none") == ()


def test_the_limit_of_locked_memory_is_this_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    for limit, locks in ((resource.RLIM_INFINITY, True), (8 << 20, False)):
        monkeypatch.setattr("resource.getrlimit", lambda _, limit=limit: (limit, limit))
        assert computer(ROOT).locks_memory is locks


def test_the_shipped_calibration_is_known_as_such() -> None:
    assert calibration(ROOT / "config/cameras.yaml", "fr3").is_shipped


@pytest.mark.parametrize(
    "dates",
    [
        "calibrated_on: 2026-01-01",
        'calibrated_on: "2026-01-01T00:00:00"',
        "front: {calibration: {date: 2026-01-01}}\nleft: {calibration: {date: 2026-01-05}}",
    ],
)
def test_the_oldest_date_of_a_calibration_counts(tmp_path: Path, dates: str) -> None:
    text = (ROOT / "config/cameras.yaml").read_text().replace("1.16", "1.17")
    text = f"{dates}\n{text}"
    file = tmp_path / "cameras.yaml"
    file.write_text(text)
    seen = calibration(file, "fr3", datetime(2026, 1, 11).timestamp())
    assert seen.fault == "" and seen.is_dated and not seen.is_shipped
    assert seen.age_days == pytest.approx(10.0)


def test_a_calibration_without_a_date_is_as_old_as_its_file(tmp_path: Path) -> None:
    file = tmp_path / "cameras.yaml"
    file.write_text((ROOT / "config/cameras.yaml").read_text())
    seen = calibration(file, "fr3", file.stat().st_mtime + 5 * 86400)
    assert not seen.is_dated and seen.age_days == pytest.approx(5.0)


def test_a_broken_calibration_says_why(tmp_path: Path) -> None:
    file = tmp_path / "cameras.yaml"
    file.write_text("nothing: here\n")
    assert "/camera_extrinsics" in calibration(file, "fr3").fault
