"""What a camera says of itself, and what is to be warned of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CameraFacts:
    """A connected camera; what it does not tell is empty.

    Attributes:
        serial: serial number, as on its label.
        model: such as "Intel RealSense D435".
        usb: kind of its USB link, such as "3.2".
        firmware: version of its firmware.
        recommended_firmware: the version that librealsense was tested with.
    """

    serial: str
    model: str = ""
    usb: str = ""
    firmware: str = ""
    recommended_firmware: str = ""

    def __str__(self) -> str:
        return f"{self.serial} ({self.model})" if self.model else self.serial


def warnings(facts: CameraFacts) -> list[str]:
    """What makes a camera work less well than it could, each with its cure."""
    found = []
    if facts.usb.startswith("2"):
        found.append(
            f"is connected by USB {facts.usb}, which is too slow for several streams: use a USB 3 "
            "port and cable (blue or marked SS), not a hub; turn a USB-C plug round"
        )
    if facts.firmware and _version(facts.firmware) < _version(facts.recommended_firmware):
        found.append(
            f"has firmware {facts.firmware}, older than {facts.recommended_firmware}, which "
            "librealsense recommends: update it with rs-fw-update or realsense-viewer"
        )
    return found


def _version(text: str) -> tuple[int, ...]:
    """Its numbers; those of an unknown version are the least."""
    return tuple(int(part) for part in text.split(".") if part.isdigit())
