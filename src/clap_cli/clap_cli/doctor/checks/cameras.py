"""USB and calibration of the cameras."""

from __future__ import annotations

from collections.abc import Iterator

from clap_cli.doctor.findings import Finding, ok, skipped, warning, wrong
from clap_cli.doctor.seen import Seen

USB_3_MBPS = 5000.0
OLD_DAYS = 90.0


def usb(seen: Seen) -> Iterator[Finding]:
    """Depth and colour at once need USB 3."""
    if not seen.usb_cameras:
        yield skipped("camera USB", "no RealSense is connected to this computer")
        return
    slow = [camera for camera in seen.usb_cameras if camera.speed_mbps < USB_3_MBPS]
    for camera in slow:
        yield warning(
            "camera USB",
            f"{camera.product} is connected at {camera.speed_mbps:g} Mbit/s, as USB 2",
            "Use a USB 3 port and cable (blue or marked SS), not a hub; turn a USB-C plug round",
        )
    if not slow:
        yield ok("camera USB", f"{len(seen.usb_cameras)} RealSense at USB 3 speed")


def calibration(seen: Seen) -> Iterator[Finding]:
    """A camera that was moved since is worse than none."""
    file = seen.calibration
    if file.fault:
        yield wrong("calibration", file.fault, "./clap launch robot cannot start with it")
        return
    since = "calibrated" if file.is_dated else "file changed"
    text = f"{file.path}: {since} {file.age_days:.0f} days ago"
    if not seen.has_robot:
        yield skipped("calibration", f"{text}; a simulation knows where its cameras are")
    elif file.is_shipped:
        yield warning(
            "calibration",
            f"{file.path} has the poses that this project comes with, not those of your cameras",
            "Calibrate your cameras: docs/calibration.md, ./clap calibrate camera NAME",
        )
    elif file.age_days > OLD_DAYS:
        yield warning(
            "calibration",
            text,
            "See whether they still agree with each other and with the table: ./clap calibrate "
            "check; calibrate again where they do not",
        )
    else:
        yield ok("calibration", text)
