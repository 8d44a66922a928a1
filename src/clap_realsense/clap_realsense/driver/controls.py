"""Emitter, preset and exposure of a camera's sensors."""

from __future__ import annotations

import pyrealsense2 as rs

from clap_core.errors import ClapError, ErrorCode
from clap_realsense.driver.config import CameraConfig

COLOR_EXPOSURE_UNIT_US = 100
"""A separate colour sensor counts its exposure so, as USB video cameras do; depth in 1 us."""


def apply(device: rs.device, config: CameraConfig) -> None:
    """Set what the config says; what it leaves open stays as the camera has it.

    Args:
        device: the camera.
        config: its settings.

    Raises:
        ClapError: INVALID_REQUEST when the camera has no such setting or value, CAMERA_STALE when
            it refuses.
    """
    depth, color = sensors(device)
    for sensor in filter(None, (depth, color)):
        if sensor.supports(rs.option.global_time_enabled):
            _set(sensor, rs.option.global_time_enabled, 1.0, "global time")
    # A preset sets exposure and emitter as well, so it comes first.
    if config.preset:
        _set(depth, rs.option.visual_preset, _preset(depth, config.preset), "preset")
    if config.emitter:
        _set(depth, rs.option.emitter_enabled, float(config.emitter == "enabled"), "emitter")
    _expose(depth, config.depth_exposure_us, 1, "depth_exposure_us")
    if color is not None:
        _expose(color, config.color_exposure_us, COLOR_EXPOSURE_UNIT_US, "color_exposure_us")


def sensors(device: rs.device) -> tuple[rs.sensor, rs.sensor | None]:
    """The depth sensor, and the colour sensor where colour has one of its own.

    Raises:
        ClapError: INVALID_REQUEST for a camera without depth.
    """
    depth, color = None, None
    for sensor in device.query_sensors():
        kinds = {profile.stream_type() for profile in sensor.get_stream_profiles()}
        if rs.stream.depth in kinds:
            depth = sensor
        elif rs.stream.color in kinds:
            color = sensor
    if depth is None:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            "the camera measures no depth",
            "Take a RealSense of the D400 series",
        )
    return depth, color


def presets(depth: rs.sensor) -> dict[str, float]:
    """Names of the presets that a depth sensor knows, with their values."""
    if not depth.supports(rs.option.visual_preset):
        return {}
    span = depth.get_option_range(rs.option.visual_preset)
    found = {}
    for number in range(int(span.min), int(span.max) + 1):
        name = depth.get_option_value_description(rs.option.visual_preset, float(number))
        # What describes no values is a software device, whose presets are the D400's.
        name = name or rs.rs400_visual_preset(number).name.replace("_", " ").title()
        found[name] = float(number)
    return found


def _preset(depth: rs.sensor, name: str) -> float:
    known = presets(depth)
    for other, value in known.items():
        if other.casefold() == name.casefold():
            return value
    raise ClapError(
        ErrorCode.INVALID_REQUEST,
        f"the camera has no preset '{name}'",
        f"Choose one of: {', '.join(known)}" if known else "Leave preset empty: it has none",
    )


def _expose(sensor: rs.sensor, exposure_us: int, unit_us: int, what: str) -> None:
    if exposure_us == 0:
        if sensor.supports(rs.option.enable_auto_exposure):
            _set(sensor, rs.option.enable_auto_exposure, 1.0, what)
        return
    if sensor.supports(rs.option.enable_auto_exposure):
        _set(sensor, rs.option.enable_auto_exposure, 0.0, what)
    _set(sensor, rs.option.exposure, float(max(1, round(exposure_us / unit_us))), what, unit_us)


def _set(sensor: rs.sensor, option: rs.option, value: float, what: str, unit: int = 1) -> None:
    if not sensor.supports(option):
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the camera's {sensor.get_info(rs.camera_info.name)} has no setting for {what}",
            f"Leave {what} as it is by default",
        )
    span = sensor.get_option_range(option)
    if not span.min <= value <= span.max:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{what} is {value * unit:g}, outside {span.min * unit:g} to {span.max * unit:g}",
            "Set it to what the camera can do",
        )
    try:
        sensor.set_option(option, value)
    except RuntimeError as error:
        raise ClapError(
            ErrorCode.CAMERA_STALE,
            f"the camera refuses {what} {value * unit:g}: {error}",
            "Replug it; if it refuses again, leave the setting as it is by default",
        ) from error
