"""A camera while it streams."""

from __future__ import annotations

import contextlib
import time
from functools import cached_property

import numpy as np
import pyrealsense2 as rs
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_realsense.driver import controls
from clap_realsense.driver.bus import CameraBus
from clap_realsense.driver.clock import NS_PER_MS, DeviceClock
from clap_realsense.driver.config import CameraConfig, DriverConfig
from clap_realsense.driver.optics import info_fields, link_T_color

MILLIMETRE_M = 0.001


class CapturedPicture:
    """Colour and depth of one moment; depth is aligned only if asked for.

    Args:
        frames: a set with both.
        align: librealsense's alignment to colour.
        stamp_ns: when it was taken, on the computer's clock.
    """

    def __init__(self, frames: rs.composite_frame, align: rs.align, stamp_ns: int) -> None:
        self._frames = frames
        self._align = align
        self.stamp_ns = stamp_ns

    @cached_property
    def color(self) -> NDArray[np.uint8]:
        """[H, W, 3] RGB."""
        return np.asanyarray(self._frames.get_color_frame().get_data())

    @cached_property
    def depth_mm(self) -> NDArray[np.uint16]:
        """[h, w] as the depth sensor sees it; 0 is no reading."""
        return _millimetres(self._frames.get_depth_frame())

    @cached_property
    def aligned_depth_mm(self) -> NDArray[np.uint16]:
        """[H, W] as the colour sensor sees it; 0 is no reading."""
        return _millimetres(self._align.process(self._frames).get_depth_frame())


class CameraSession:
    """Streams of one camera, from opening it to closing it.

    Belongs to one thread.

    Args:
        bus: where to look for it.
        config: which one, and its settings.
        streams: size and rate of its pictures.

    Attributes:
        facts: what the camera says of itself.
        color_info, depth_info: fields of CameraInfo, without headers.
        link_T_color: [4, 4] where its colour sensor is, metres.
        color_is_rectified: whether colour comes from the depth sensor, as in a D405.

    Raises:
        ClapError: CAMERA_STALE where the camera is absent, busy or broken; INVALID_REQUEST where
            it cannot do what the config says.
    """

    def __init__(self, bus: CameraBus, config: CameraConfig, streams: DriverConfig) -> None:
        self.facts, device = bus.find(config.serial)
        controls.apply(device, config)
        wanted = rs.config()
        wanted.enable_device(config.serial)
        size = (streams.width, streams.height)
        wanted.enable_stream(rs.stream.depth, *size, rs.format.z16, streams.fps)
        wanted.enable_stream(rs.stream.color, *size, rs.format.rgb8, streams.fps)
        self._pipeline = bus.pipeline()
        try:
            profile = self._pipeline.start(wanted)
        except RuntimeError as error:
            raise _refused(error, device, streams) from error
        self._device = profile.get_device()
        depth = profile.get_stream(rs.stream.depth).as_video_stream_profile()
        color = profile.get_stream(rs.stream.color).as_video_stream_profile()
        self.depth_info, self.color_info = info_fields(depth), info_fields(color)
        self.link_T_color = link_T_color(depth, color)
        self.color_is_rectified = controls.sensors(device)[1] is None
        self._align = rs.align(rs.stream.color)
        self._clock = DeviceClock()

    def next(self, timeout_s: float) -> CapturedPicture | None:
        """The next picture; None where none comes in time.

        Args:
            timeout_s: how long to wait, seconds.
        """
        deadline = time.monotonic() + timeout_s
        while (left_s := deadline - time.monotonic()) > 0:
            try:
                came, frames = self._pipeline.try_wait_for_frames(max(1, round(left_s * 1000)))
            except RuntimeError:  # so it may say that the device is gone
                return None
            # Sets begin with one stream alone.
            if came and frames.get_color_frame() and frames.get_depth_frame():
                return CapturedPicture(
                    frames, self._align, self._stamp_ns(frames.get_depth_frame())
                )
        return None

    def apply(self, config: CameraConfig) -> None:
        """Change settings while it streams; see ``controls.apply``."""
        controls.apply(self._device, config)

    def close(self) -> None:
        """Stop streaming and let the camera go."""
        with contextlib.suppress(RuntimeError):  # it was unplugged
            self._pipeline.stop()
        del self._pipeline, self._device

    def _stamp_ns(self, frame: rs.depth_frame) -> int:
        taken_ms = frame.get_timestamp()
        if frame.get_frame_timestamp_domain() == rs.timestamp_domain.hardware_clock:
            return self._clock.stamp_ns(taken_ms, time.time_ns())
        return round(taken_ms * NS_PER_MS)  # it is the computer's clock already


def _millimetres(frame: rs.depth_frame) -> NDArray[np.uint16]:
    raw = np.asanyarray(frame.get_data())
    scale = frame.get_units() / MILLIMETRE_M
    if abs(scale - 1.0) < 1e-6:
        return raw
    return np.rint(np.minimum(raw * np.float32(scale), np.iinfo(np.uint16).max)).astype(np.uint16)


def _refused(error: RuntimeError, device: rs.device, streams: DriverConfig) -> ClapError:
    """Why a camera that is there does not start."""
    offered = _offered(device)
    wanted = f"{streams.width}x{streams.height} at {streams.fps} Hz"
    both = offered.get(rs.stream.depth, set()) & offered.get(rs.stream.color, set())
    if (streams.width, streams.height, streams.fps) not in both:
        known = ", ".join(f"{w}x{h} at {fps} Hz" for w, h, fps in sorted(both))
        return ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the camera does not deliver colour and depth of {wanted}",
            f"Set width, height and fps to one of: {known or 'none that both have'}; over USB 2 "
            "there are few",
        )
    return ClapError(
        ErrorCode.CAMERA_STALE,
        f"the camera does not start: {error}",
        "End what else uses it (realsense-viewer, realsense2_camera), or replug it",
    )


def _offered(device: rs.device) -> dict[rs.stream, set[tuple[int, int, int]]]:
    offered: dict[rs.stream, set[tuple[int, int, int]]] = {}
    for sensor in device.query_sensors():
        for profile in sensor.get_stream_profiles():
            if profile.is_video_stream_profile():
                video = profile.as_video_stream_profile()
                offered.setdefault(profile.stream_type(), set()).add(
                    (video.width(), video.height(), profile.fps())
                )
    return offered
