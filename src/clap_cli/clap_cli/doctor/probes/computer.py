"""Looks at this computer: kernel, priorities, disk, USB, and the file of the calibration."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import time
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

import yaml

from clap_bringup.camera_extrinsics.config import read_poses
from clap_cli.doctor.seen import CameraPosesFile, Computer, UsbCamera
from clap_core.errors import ClapError

DAY_S = 86400.0
DATE_KEYS = frozenset({"calibrated_on", "date"})
HIGHEST_PRIORITY = 99
GOVERNOR = "cpu[0-9]*/cpufreq/scaling_governor"
NOMINAL_FRONT_M = (1.16, 0.0, 0.64)
"""Where config/cameras.yaml has the front camera as it is shipped: no calibration hits that."""
_INTEL = "8086"


def computer(recordings: Path) -> Computer:
    """This computer.

    Args:
        recordings: folder on the disk that recordings go to.
    """
    limit = resource.getrlimit(resource.RLIMIT_RTPRIO)[1]
    is_free = os.geteuid() == 0 or limit == resource.RLIM_INFINITY
    lockable = resource.getrlimit(resource.RLIMIT_MEMLOCK)[1]
    return Computer(
        kernel=platform.release(),
        is_realtime=_is_realtime(Path("/sys/kernel/realtime"), platform.version()),
        max_priority=HIGHEST_PRIORITY if is_free else limit,
        free_bytes=shutil.disk_usage(recordings).free,
        locks_memory=os.geteuid() == 0 or lockable == resource.RLIM_INFINITY,
        governors=governors(),
    )


def governors(processors: Path = Path("/sys/devices/system/cpu")) -> tuple[str, ...]:
    """How the processors choose their frequency; empty where they have but one, as in a VM.

    Args:
        processors: folder of the kernel with one folder for each of them.
    """
    return tuple(sorted({_read(file) for file in processors.glob(GOVERNOR)} - {""}))


def usb_cameras(devices: Path = Path("/sys/bus/usb/devices")) -> tuple[UsbCamera, ...] | None:
    """The RealSense cameras on this computer's USB, opened by others or not.

    Args:
        devices: folder of the kernel with one folder for each USB device.
    """
    if not devices.is_dir():
        return None
    found = []
    for device in sorted(devices.iterdir()):
        product = _read(device / "product")
        if _read(device / "idVendor") == _INTEL and "RealSense" in product:
            found.append(UsbCamera(product, float(_read(device / "speed") or 0.0)))
    return tuple(found)


def calibration(path: Path, arm_id: str, now_s: float | None = None) -> CameraPosesFile:
    """The file with the cameras' poses, and how old it is.

    Args:
        path: of the file.
        arm_id: of the robot.
        now_s: the present, seconds since 1970.
    """
    now_s = time.time() if now_s is None else now_s
    try:
        poses = read_poses(path, arm_id)
        document = yaml.safe_load(path.read_text())
    except (ClapError, OSError) as error:
        return CameraPosesFile(str(path), fault=getattr(error, "message", str(error)))
    dates_s = list(_dates_s(document))
    since_s = min(dates_s, default=path.stat().st_mtime)
    is_shipped = "front" in poses and poses["front"].translation == NOMINAL_FRONT_M
    return CameraPosesFile(
        str(path), max(0.0, (now_s - since_s) / DAY_S), bool(dates_s), is_shipped
    )


def _dates_s(document: object) -> Iterator[float]:
    """The dates of calibrations, of the file's or of each camera's, seconds since 1970."""
    for key, value in document.items() if isinstance(document, Mapping) else ():
        seconds = _time_s(value) if key in DATE_KEYS else None
        if seconds is not None:
            yield seconds
        yield from _dates_s(value)


def _time_s(written: object) -> float | None:
    """Seconds since 1970 of a date in YAML."""
    if isinstance(written, str):
        try:
            written = datetime.fromisoformat(written)
        except ValueError:
            return None
    if isinstance(written, datetime):
        return written.timestamp()
    if isinstance(written, date):
        return datetime(written.year, written.month, written.day).timestamp()
    return None


def _is_realtime(told: Path, version: str) -> bool:
    return _read(told) == "1" or "PREEMPT_RT" in version


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
