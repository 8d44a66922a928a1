"""What a bag says of a camera: its topics, intrinsics and the times of its images."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

from clap_core.camera.camera_info import rectification_from_message
from clap_core.camera.rectification import Rectification
from clap_core.errors import ClapError
from clap_data.bags.stack_messages import NS_PER_S

CAMERA_ROOT = "/camera"
COLOR, DEPTH = "color", "aligned_depth_to_color"
CAMERA_INFO, IMAGE, RECTIFIED = "camera_info", "image_raw", "image_rect_raw"


@dataclass
class CameraLog:
    """A camera's images, by their topics and times.

    Attributes:
        name: of the camera.
        rectification: of the colour image, and of the depth image aligned to it.
        frame: optical frame.
        stamps_ns: of the images on the colour and on the depth topic, rising.
        images: last part of the topics' names; a D405's colour is rectified by the camera.
        problem: why its camera_info cannot be used; None where they can.
    """

    name: str
    rectification: Rectification | None = None
    frame: str = ""
    stamps_ns: dict[str, list[int]] = field(default_factory=lambda: {COLOR: [], DEPTH: []})
    images: dict[str, str] = field(default_factory=lambda: dict.fromkeys((COLOR, DEPTH), IMAGE))
    problem: ClapError | None = None

    def note_image(self, stream: str, topic: str, stamp_ns: int) -> None:
        """An image came; one without a stamp is of no use, and is left out."""
        self.images[stream] = topic.rsplit("/", 1)[-1]
        if stamp_ns > 0:
            self.stamps_ns[stream].append(stamp_ns)

    def note_info(self, message: Any) -> None:
        """A camera_info came; zeros, which drivers send while they start, are passed over."""
        if self.rectification is not None or not message.k[0] > 0.0:
            return
        try:
            self.rectification = rectification_from_message(message)
        except ClapError as error:  # matters only if this camera is wanted
            self.problem = error
        else:
            self.problem = None
            self.frame = message.header.frame_id

    def topic(self, stream: str) -> str:
        """Of the images."""
        return f"{CAMERA_ROOT}/{self.name}/{stream}/{self.images[stream]}"


def camera_topic(topic: str) -> tuple[str, str, str] | None:
    """Camera, stream (`COLOR` or `DEPTH`) and last part of a topic's name; None for others."""
    parts = topic.removeprefix(f"{CAMERA_ROOT}/").split("/")
    if not topic.startswith(f"{CAMERA_ROOT}/") or len(parts) != 3:
        return None
    name, stream, what = parts
    return (name, stream, what) if stream in (COLOR, DEPTH) else None


def header_stamp_ns(data: bytes) -> int:
    """The stamp of a serialised message that begins with a header, without reading the rest."""
    order = "<" if data[1] & 1 else ">"
    seconds, nanoseconds = struct.unpack_from(f"{order}iI", data, 4)
    return int(seconds) * NS_PER_S + int(nanoseconds)
