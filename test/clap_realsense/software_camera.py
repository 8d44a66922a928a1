"""A D435 made of librealsense's software device: real pipeline, real alignment, no hardware."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyrealsense2 as rs
from numpy.typing import NDArray

WIDTH, HEIGHT, FPS = 64, 48, 15
BASELINE_M = 0.015
"""The colour sensor is that much to the right of the depth sensor."""

DEPTH_FOCAL, COLOR_FOCAL = 50.0, 60.0
DEPTH_MM = 1000
DEVICE_STARTS_MS = 5000.0
PERIOD_S = 0.03


class SoftwareBus:
    """A librealsense context that software cameras are plugged into."""

    def __init__(self) -> None:
        self.context = rs.context()
        # A context forgets a software device unless somebody holds the news of it.
        self._news: dict[str, list[rs.device_list]] = {}
        self.context.set_devices_changed_callback(self._on_news)
        self._plugged: dict[str, SoftwareCamera] = {}

    def plug(self, serial: str, **options: Any) -> SoftwareCamera:
        """Connect a camera; it delivers at once to whoever opens it."""
        camera = self._plugged[serial] = SoftwareCamera(self.context, serial, **options)
        return camera

    def unplug(self, serial: str) -> None:
        """Disconnect it."""
        self._plugged.pop(serial).end()
        del self._news[serial]

    def end(self) -> None:
        """Disconnect all."""
        for serial in list(self._plugged):
            self.unplug(serial)

    def _on_news(self, news: rs.event_information) -> None:
        devices = news.get_new_devices()
        for device in devices:
            serial = device.get_info(rs.camera_info.serial_number)
            self._news.setdefault(serial, []).append(devices)


class SoftwareCamera:
    """One camera, whose depth is a wall and whose colour tells the frame's number.

    Attributes:
        wall_mm: [h, w] depth.
        silent: it is connected, but gives no frames.
    """

    def __init__(
        self,
        context: rs.context,
        serial: str,
        usb: str = "3.2",
        firmware: str = "5.17.0.10",
        depth_unit_m: float = 0.001,
        presets: bool = True,
        longest_exposure_us: int = 200_000,
        size: Sequence[int] = (WIDTH, HEIGHT),
        rotation: Sequence[float] = (1, 0, 0, 0, 1, 0, 0, 0, 1),
    ) -> None:
        self.silent = False
        self.wall_mm: NDArray[np.uint16] = np.full(size[::-1], DEPTH_MM, np.uint16)
        self._unit_m = depth_unit_m
        self._device = rs.software_device()
        for info, value in (
            (rs.camera_info.serial_number, serial),
            (rs.camera_info.name, "Intel RealSense D435"),
            (rs.camera_info.usb_type_descriptor, usb),
            (rs.camera_info.firmware_version, firmware),
            (rs.camera_info.recommended_firmware_version, "5.17.0.10"),
        ):
            self._device.register_info(info, value)
        self.depth = self._device.add_sensor("Stereo Module")
        self.color = self._device.add_sensor("RGB Camera")
        self._depth_profile = self.depth.add_video_stream(
            _stream(rs.stream.depth, rs.format.z16, 2, size, DEPTH_FOCAL)
        ).as_video_stream_profile()
        self._color_profile = self.color.add_video_stream(
            _stream(rs.stream.color, rs.format.rgb8, 3, size, COLOR_FOCAL)
        ).as_video_stream_profile()
        extrinsics = rs.extrinsics()
        extrinsics.rotation = list(rotation)
        extrinsics.translation = [-BASELINE_M, 0.0, 0.0]
        self._depth_profile.register_extrinsics_to(self._color_profile, extrinsics)
        self.depth.add_read_only_option(rs.option.depth_units, depth_unit_m)
        self._add_options(presets, longest_exposure_us)
        self._device.create_matcher(rs.matchers.dlr_c)
        self._device.add_to(context)
        self._size = size
        self._number = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._deliver, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop delivering, and let librealsense forget the device."""
        self._ended.set()
        self._thread.join()
        del self._device, self.depth, self.color, self._depth_profile, self._color_profile

    def _add_options(self, presets: bool, longest_exposure_us: int) -> None:
        spans = {
            rs.option.emitter_enabled: rs.option_range(0, 2, 1, 1),
            rs.option.enable_auto_exposure: rs.option_range(0, 1, 1, 1),
            rs.option.exposure: rs.option_range(1, longest_exposure_us, 8500, 1),
        }
        if presets:
            spans[rs.option.visual_preset] = rs.option_range(0, 5, 0, 1)
        for option, span in spans.items():
            self.depth.add_option(option, span)
        self.color.add_option(rs.option.enable_auto_exposure, rs.option_range(0, 1, 1, 1))
        self.color.add_option(rs.option.exposure, rs.option_range(1, 10_000, 166, 1))

    def _deliver(self) -> None:
        width, height = self._size
        while not self._ended.wait(PERIOD_S):
            if self.silent:
                continue
            self._number += 1
            color = np.full((height, width, 3), self._number % 256, np.uint8)
            color[..., 0] = 200
            depth = np.rint(self.wall_mm * (0.001 / self._unit_m)).astype(np.uint16)
            self._send(self.depth, self._depth_profile, depth, 2)
            self._send(self.color, self._color_profile, color, 3)

    def _send(
        self,
        sensor: rs.software_sensor,
        profile: rs.video_stream_profile,
        pixels: NDArray[np.generic],
        pixel_bytes: int,
    ) -> None:
        frame = rs.software_video_frame()
        frame.pixels = pixels
        frame.bpp = pixel_bytes
        frame.stride = self._size[0] * pixel_bytes
        frame.timestamp = DEVICE_STARTS_MS + self._number * PERIOD_S * 1000
        frame.domain = rs.timestamp_domain.hardware_clock
        frame.frame_number = self._number
        frame.profile = profile
        frame.depth_units = self._unit_m
        sensor.on_video_frame(frame)


def _stream(
    kind: rs.stream, layout: rs.format, pixel_bytes: int, size: Sequence[int], focal: float
) -> rs.video_stream:
    optics = rs.intrinsics()
    optics.width, optics.height = size
    optics.fx = optics.fy = focal
    optics.ppx, optics.ppy = (size[0] - 1) / 2, (size[1] - 1) / 2
    optics.model, optics.coeffs = rs.distortion.inverse_brown_conrady, [0.0] * 5
    stream = rs.video_stream()
    stream.type, stream.fmt, stream.bpp = kind, layout, pixel_bytes
    stream.index, stream.uid = 0, 1 if kind == rs.stream.depth else 2
    stream.width, stream.height = size
    stream.fps = FPS
    stream.intrinsics = optics
    return stream
