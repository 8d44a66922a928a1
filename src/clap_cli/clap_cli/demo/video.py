"""An mp4 from a bag's images, with what the robot is doing written into it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import Image

from clap_core.camera.image_message import to_array
from clap_core.errors import ClapError, ErrorCode
from clap_data.bags.reading import open_bag

SPECTATOR_TOPIC = "/simulation/spectator/image_raw"

_TIME_BASE = Fraction(1, 1000)
_BAND_PX = 64
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_INK = (245, 245, 245)
_FAINT = (170, 180, 190)


@dataclass(frozen=True)
class Caption:
    """A line that is shown from a time on, until the next one.

    Attributes:
        stamp_ns: simulated time.
        text: one line.
    """

    stamp_ns: int
    text: str


def write_video(
    bag: Path, destination: Path, title: str, captions: Sequence[Caption], fps: int = 30
) -> int:
    """Encode the spectator's images of a bag as H.264.

    Frames keep their own times, so the video runs at the speed of simulated time.

    Args:
        bag: folder of a rosbag2 bag.
        destination: the mp4 file.
        title: first line of the band, usually the instruction.
        captions: second line of the band, in order of time.
        fps: nominal rate of the stream; frames are not duplicated to reach it.

    Returns:
        The number of frames.

    Raises:
        ClapError: INVALID_REQUEST when the bag has no spectator images.
    """
    starts = [caption.stamp_ns for caption in captions]
    count = 0
    first_ns: int | None = None
    with av.open(str(destination), "w") as container:
        stream = container.add_stream("libx264", rate=fps, options={"crf": "23"})
        stream.time_base = _TIME_BASE
        stream.codec_context.time_base = _TIME_BASE
        stream.pix_fmt = "yuv420p"
        last_pts = -1
        for stamp_ns, image in _images(bag):
            if first_ns is None:
                first_ns = stamp_ns
                stream.height, stream.width = image.shape[0] + _BAND_PX, image.shape[1]
            index = bisect_right(starts, stamp_ns) - 1
            caption = captions[index].text if index >= 0 else ""
            elapsed_ms = (stamp_ns - first_ns) // 1_000_000
            frame = av.VideoFrame.from_ndarray(
                _with_band(image, title, caption, elapsed_ms / 1000.0), format="rgb24"
            )
            frame.pts = max(elapsed_ms, last_pts + 1)
            frame.time_base = _TIME_BASE
            last_pts = frame.pts
            container.mux(stream.encode(frame))
            count += 1
        if count:
            container.mux(stream.encode())
    if not count:
        destination.unlink(missing_ok=True)
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the bag {bag} has no images on {SPECTATOR_TOPIC}",
            "Record that topic while the simulation runs",
        )
    return count


def _images(bag: Path) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    with open_bag(bag) as reader:
        wanted = [c for c in reader.connections if c.topic == SPECTATOR_TOPIC]
        if not wanted:
            return
        for _, _, raw in reader.messages(wanted):
            message = deserialize_message(raw, Image)
            stamp = message.header.stamp
            yield stamp.sec * 1_000_000_000 + stamp.nanosec, to_array(message)


def _with_band(
    image: NDArray[np.uint8], title: str, caption: str, seconds: float
) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    canvas = np.full((height + _BAND_PX, width, 3), 24, dtype=np.uint8)
    canvas[:height] = image
    cv2.putText(canvas, f'"{title}"', (12, height + 25), _FONT, 0.55, _INK, 1, cv2.LINE_AA)
    cv2.putText(canvas, caption, (12, height + 51), _FONT, 0.48, _FAINT, 1, cv2.LINE_AA)
    clock = f"{seconds:5.1f} s"
    (text_width, _), _ = cv2.getTextSize(clock, _FONT, 0.48, 1)
    cv2.putText(
        canvas, clock, (width - text_width - 12, height + 51), _FONT, 0.48, _FAINT, 1, cv2.LINE_AA
    )
    return canvas
