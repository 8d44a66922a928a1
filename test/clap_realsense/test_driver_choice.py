"""Which cameras are started, and what is warned of; no librealsense needed."""

from __future__ import annotations

import pytest

from clap_core.errors import ClapError, ErrorCode
from clap_realsense.driver.cameras import check_names, chosen
from clap_realsense.driver.config import CameraConfig
from clap_realsense.driver.facts import CameraFacts, warnings

D435 = CameraFacts("123", "Intel RealSense D435", "3.2", "5.16.0.1", "5.15.1.0")


def cameras(**serials: str) -> dict[str, CameraConfig]:
    return {name: CameraConfig(serial=serial) for name, serial in serials.items()}


def test_a_camera_without_a_serial_number_is_not_started() -> None:
    assert list(chosen(cameras(front="1", left="", right="3"), [])) == ["front", "right"]


def test_without_any_serial_number_those_that_are_connected_are_named() -> None:
    with pytest.raises(ClapError, match=r"connected: 123 \(Intel RealSense D435\)") as caught:
        chosen(cameras(front="", left=""), [D435])
    assert "front_serial:=NUMBER" in caught.value.cure


def test_two_cameras_with_one_serial_number_are_refused() -> None:
    with pytest.raises(ClapError, match="front and right have the same serial number 7") as caught:
        chosen(cameras(front="7", left="8", right="7"), [])
    assert caught.value.code is ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize("names", [["front", "front"], ["a b"], ["9th"], [""]])
def test_names_that_make_no_topics_are_refused(names: list[str]) -> None:
    with pytest.raises(ClapError, match="'cameras'"):
        check_names(names)
    check_names(["front", "left_2"])


def test_a_good_camera_is_not_warned_of() -> None:
    assert warnings(D435) == []
    assert warnings(CameraFacts("1")) == []


def test_usb_2_is_warned_of_with_its_cure() -> None:
    (warning,) = warnings(CameraFacts("1", usb="2.1"))
    assert "USB 2.1" in warning and "USB 3 port and cable" in warning


def test_versions_are_compared_as_numbers() -> None:
    (warning,) = warnings(CameraFacts("1", firmware="5.9.14.0", recommended_firmware="5.17.0.10"))
    assert "5.9.14.0, older than 5.17.0.10" in warning and "rs-fw-update" in warning
