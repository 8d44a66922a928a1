"""Finding cameras by their serial numbers."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pyrealsense2 as rs

from clap_core.errors import ClapError, ErrorCode
from clap_realsense.driver.facts import CameraFacts

_PERMISSION = (
    "`lsusb` must list it; let users open it by librealsense's udev rules "
    "(99-realsense-libusb.rules in /etc/udev/rules.d, then replug it)"
)


class CameraBus:
    """The RealSense cameras of this computer.

    May be asked from several threads.

    Args:
        context: librealsense's; made if None. Software devices are in the one that they were
            added to.
    """

    def __init__(self, context: rs.context | None = None) -> None:
        self._context = context or rs.context()
        self._lock = threading.Lock()

    def cameras(self) -> list[CameraFacts]:
        """What is connected now."""
        return [facts for facts, _ in self._devices()[0]]

    def find(self, serial: str) -> tuple[CameraFacts, rs.device]:
        """The one camera with a serial number.

        Raises:
            ClapError: CAMERA_STALE where it is not connected, or cannot be opened;
                INVALID_REQUEST where two have the number.
        """
        devices, unusable = self._devices()
        found = [pair for pair in devices if pair[0].serial == serial]
        if len(found) == 1:
            return found[0]
        if found:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"{len(found)} connected cameras have the serial number {serial}",
                "Unplug all but one of them: they cannot be told apart",
            )
        raise not_found(serial, [facts for facts, _ in devices], unusable)

    def pipeline(self) -> rs.pipeline:
        """A pipeline that sees these cameras."""
        return rs.pipeline(self._context)

    def _devices(self) -> tuple[list[tuple[CameraFacts, rs.device]], list[str]]:
        """Each camera, and why others could not be looked at."""
        devices, unusable = [], []
        with self._lock:
            listed = self._context.query_devices()
            for place in range(len(listed)):
                try:
                    device = listed[place]
                    devices.append((_facts(device), device))
                except RuntimeError as error:
                    unusable.append(str(error))
        return devices, unusable


def not_found(serial: str, others: Sequence[CameraFacts], unusable: Sequence[str]) -> ClapError:
    """Why a serial number was not found, by what else is connected.

    Args:
        serial: that was looked for.
        others: what was found.
        unusable: what librealsense said of cameras that it could not look at.
    """
    reason = f"no camera with the serial number {serial} is connected"
    if others:
        names = ", ".join(map(str, others))
        return ClapError(
            ErrorCode.CAMERA_STALE,
            f"{reason}; there is {names}",
            "Correct the serial number, or plug that camera in",
        )
    if unusable:
        return ClapError(
            ErrorCode.CAMERA_STALE,
            f"{reason}; one is there that cannot be opened: {unusable[0]}",
            f"End what else uses it (realsense-viewer, realsense2_camera); {_PERMISSION}",
        )
    return ClapError(
        ErrorCode.CAMERA_STALE,
        f"{reason}, nor any other RealSense",
        f"Plug it into a USB 3 port; {_PERMISSION}",
    )


def _facts(device: rs.device) -> CameraFacts:
    def told(info: rs.camera_info) -> str:
        return str(device.get_info(info)) if device.supports(info) else ""

    return CameraFacts(
        serial=told(rs.camera_info.serial_number),
        model=told(rs.camera_info.name),
        usb=told(rs.camera_info.usb_type_descriptor),
        firmware=told(rs.camera_info.firmware_version),
        recommended_firmware=told(rs.camera_info.recommended_firmware_version),
    )
