"""One camera on librealsense's own pipeline and alignment, fed by a software device."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest

rs = pytest.importorskip("pyrealsense2", reason="./clap setup --with realsense installs it")

from software_camera import (  # noqa: E402
    BASELINE_M,
    COLOR_FOCAL,
    DEPTH_FOCAL,
    DEPTH_MM,
    FPS,
    HEIGHT,
    WIDTH,
    SoftwareBus,
)

from clap_core.errors import ClapError, ErrorCode  # noqa: E402
from clap_core.geometry.transforms import invert  # noqa: E402
from clap_realsense.driver.bus import CameraBus  # noqa: E402
from clap_realsense.driver.config import CameraConfig, DriverConfig  # noqa: E402
from clap_realsense.driver.session import CameraSession, CapturedPicture  # noqa: E402

STREAMS = DriverConfig(width=WIDTH, height=HEIGHT, fps=FPS)
TIMEOUT_S = 10.0


@pytest.fixture
def software() -> Iterator[SoftwareBus]:
    bus = SoftwareBus()
    yield bus
    bus.end()


def opened(software: SoftwareBus, serial: str = "111", **settings: object) -> CameraSession:
    config = CameraConfig.model_validate({"serial": serial, **settings})
    return CameraSession(CameraBus(software.context), config, STREAMS)


def picture_of(session: CameraSession) -> CapturedPicture:
    picture = session.next(TIMEOUT_S)
    assert picture is not None
    return picture


def refusal(software: SoftwareBus, serial: str = "111", **settings: object) -> ClapError:
    with pytest.raises(ClapError) as caught:
        opened(software, serial, **settings)
    return caught.value


def test_depth_is_moved_to_where_the_colour_sensor_sees_it(software: SoftwareBus) -> None:
    camera = software.plug("111")
    camera.wall_mm[:, : WIDTH // 2] = 2 * DEPTH_MM  # far on the left, near on the right
    session = opened(software)
    picture = picture_of(session)
    assert picture.color.shape == (HEIGHT, WIDTH, 3)
    assert picture.color[0, 0, 0] == 200 and picture.color[0, 0, 1] != 200
    assert (picture.depth_mm == camera.wall_mm).all()
    row = picture.aligned_depth_mm[HEIGHT // 2]
    edge = int(np.argmax(row == DEPTH_MM))
    centre = (WIDTH - 1) / 2
    x_m = (WIDTH // 2 - centre) / DEPTH_FOCAL * 1.0 - BASELINE_M
    assert abs(edge - (x_m / 1.0 * COLOR_FOCAL + centre)) <= 1.0
    assert (row[edge:] == DEPTH_MM).all() and 2 * DEPTH_MM in row[:edge]
    session.close()


def test_depth_in_other_units_comes_in_millimetres(software: SoftwareBus) -> None:
    software.plug("111", depth_unit_m=0.0001)
    session = opened(software)
    picture = picture_of(session)
    for depth in (picture.depth_mm, picture.aligned_depth_mm):
        assert depth.dtype == np.uint16 and set(np.unique(depth)) <= {0, DEPTH_MM}
        assert (depth == DEPTH_MM).any()
    session.close()


def test_pictures_are_stamped_with_the_computers_time(software: SoftwareBus) -> None:
    software.plug("111")
    session = opened(software)
    before_ns = time.time_ns()
    stamps = [picture_of(session).stamp_ns for _ in range(4)]
    # What waited in librealsense's queue was taken a little earlier.
    assert before_ns - 1e9 < stamps[0] and stamps[-1] <= time.time_ns()
    assert stamps == sorted(stamps) and len(set(stamps)) == 4
    session.close()


def test_optics_and_place_of_the_sensors(software: SoftwareBus) -> None:
    quarter = [0, 1, 0, -1, 0, 0, 0, 0, 1]  # column by column: depth's x is colour's y
    software.plug("111", rotation=quarter)
    session = opened(software)
    assert session.color_info["k"][0] == COLOR_FOCAL and session.depth_info["k"][0] == DEPTH_FOCAL
    assert session.color_info["distortion_model"] == "plumb_bob"
    assert (session.color_info["width"], session.color_info["height"]) == (WIDTH, HEIGHT)
    color_T_link = invert(session.link_T_color)
    # A point ahead of the link, 0.1 m to its left: x right and y down in the optical frame.
    ahead, left, up = (color_T_link @ [1.0, 0.1, 0.0, 1.0])[:3]
    depth_optical = np.array([-0.1, 0.0, 1.0])
    color_optical = np.array([-depth_optical[1], depth_optical[0], 1.0]) - [BASELINE_M, 0, 0]
    assert np.allclose([-left, -up, ahead], color_optical, atol=1e-6)
    assert not session.color_is_rectified
    session.close()


def test_settings_reach_the_sensors_in_their_own_units(software: SoftwareBus) -> None:
    camera = software.plug("111")
    session = opened(
        software,
        preset="high accuracy",
        emitter="disabled",
        depth_exposure_us=5000,
        color_exposure_us=10_000,
    )
    depth, color = camera.depth, camera.color
    assert depth.get_option(rs.option.visual_preset) == 3
    assert depth.get_option(rs.option.emitter_enabled) == 0
    assert depth.get_option(rs.option.enable_auto_exposure) == 0
    assert depth.get_option(rs.option.exposure) == 5000
    assert color.get_option(rs.option.exposure) == 100
    session.apply(CameraConfig(serial="111", emitter="enabled"))
    assert depth.get_option(rs.option.emitter_enabled) == 1
    assert depth.get_option(rs.option.enable_auto_exposure) == 1
    session.close()


def test_a_wrong_serial_number_names_those_that_are_there(software: SoftwareBus) -> None:
    software.plug("111")
    error = refusal(software, "999")
    assert error.code is ErrorCode.CAMERA_STALE
    assert "999" in error.reason and "111 (Intel RealSense D435)" in error.reason


def test_no_camera_at_all(software: SoftwareBus) -> None:
    error = refusal(software)
    assert "nor any other RealSense" in error.reason and "udev" in error.cure


def test_two_devices_with_one_serial_number(software: SoftwareBus) -> None:
    first = software.plug("111")
    software.plug("111")
    assert "2 connected cameras have the serial number 111" in refusal(software).reason
    first.end()


def test_a_preset_that_the_camera_lacks_names_those_that_it_has(software: SoftwareBus) -> None:
    software.plug("111")
    error = refusal(software, preset="Sunlight")
    assert error.code is ErrorCode.INVALID_REQUEST
    assert "'Sunlight'" in error.reason and "High Accuracy" in error.cure


def test_a_camera_without_presets(software: SoftwareBus) -> None:
    software.plug("111", presets=False)
    assert "has none" in refusal(software, preset="Default").cure


def test_an_exposure_beyond_the_sensors_is_told_in_microseconds(software: SoftwareBus) -> None:
    software.plug("111", longest_exposure_us=100_000)
    error = refusal(software, depth_exposure_us=150_000)
    assert "150000, outside 1 to 100000" in error.reason


def test_a_size_that_the_camera_lacks_names_those_that_it_has(software: SoftwareBus) -> None:
    software.plug("111")
    with pytest.raises(ClapError) as caught:
        CameraSession(
            CameraBus(software.context), CameraConfig(serial="111"), DriverConfig(fps=FPS)
        )
    assert "640x480 at 15 Hz" in caught.value.reason
    assert f"{WIDTH}x{HEIGHT} at {FPS} Hz" in caught.value.cure


def test_a_camera_that_falls_silent_gives_none_within_its_time(software: SoftwareBus) -> None:
    camera = software.plug("111")
    session = opened(software)
    picture_of(session)
    camera.silent = True
    while session.next(0.2) is not None:
        pass
    camera.silent = False
    picture_of(session)
    session.close()
