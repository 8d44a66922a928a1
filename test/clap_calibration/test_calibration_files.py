"""The cameras' file is changed in one place and kept; files of easy_handeye2 are understood."""

from __future__ import annotations

import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import yaml

from clap_calibration.camera_file import calibrated_at, write_pose
from clap_calibration.easy_handeye import is_link, read_calib, require_recent
from clap_calibration.errors import WrongCameraError
from clap_calibration.looks import Mounting
from clap_core.camera.realsense import LINK_T_OPTICAL
from clap_core.errors import ClapError
from clap_core.geometry import make_transform, quaternion_xyzw

CAMERAS = Path(__file__).resolve().parents[2] / "config/cameras.yaml"
POSE = make_transform((0.301, -0.7, 0.55), (0.1, 0.2, 0.3, 0.92))
NOW = datetime(2026, 5, 4, 12, 30, 1).astimezone()


@pytest.fixture
def cameras(tmp_path: Path) -> Path:
    return Path(shutil.copy(CAMERAS, tmp_path / "cameras.yaml"))


def sections(path: Path) -> dict:
    return yaml.safe_load(path.read_text())["/camera_extrinsics"]["ros__parameters"]


def test_one_cameras_pose_is_replaced_and_nothing_else(cameras: Path) -> None:
    before = sections(cameras)
    write_pose(cameras, "left", POSE, "0.4 mm on held-out poses", NOW)

    after = sections(cameras)
    assert after["left"]["translation"] == pytest.approx(POSE[:3, 3])
    assert after["left"]["rotation"] == pytest.approx(quaternion_xyzw(POSE), abs=1e-6)
    assert after["left"]["parent_frame"] == before["left"]["parent_frame"]
    assert {**after, "left": None} == {**before, "left": None}
    assert "replace them by your" in cameras.read_text()  # comments stay
    assert "# calibrated: 0.4 mm on held-out poses" in cameras.read_text()
    assert datetime.fromisoformat(after["left"]["calibrated_on"]) == NOW.replace(second=0)


def test_the_old_file_is_kept_with_its_date(cameras: Path) -> None:
    kept = write_pose(cameras, "left", POSE, "good", NOW)
    assert kept.name == "cameras.yaml.2026-05-04T12-30-01.bak"
    assert kept.read_bytes() == CAMERAS.read_bytes()


def test_a_second_calibration_replaces_the_note_of_the_first(cameras: Path) -> None:
    assert calibrated_at(cameras, "left") is None
    write_pose(cameras, "left", POSE, "first", NOW)
    write_pose(cameras, "left", POSE, "second", NOW + timedelta(hours=1))
    assert cameras.read_text().count("# calibrated:") == 1
    assert "second" in cameras.read_text()
    found = calibrated_at(cameras, "left")
    assert found is not None and found.hour == 13
    assert calibrated_at(cameras, "right") is None


def test_a_camera_that_the_file_does_not_have_is_refused_and_the_file_stays(cameras: Path) -> None:
    with pytest.raises(ClapError, match=r"no camera 'lef' \(it has front, left, right, wrist\)"):
        write_pose(cameras, "lef", POSE, "good", NOW)
    assert cameras.read_bytes() == CAMERAS.read_bytes()
    assert list(cameras.parent.iterdir()) == [cameras]


def test_a_file_written_otherwise_is_refused_instead_of_half_changed(cameras: Path) -> None:
    document = yaml.safe_load(cameras.read_text())
    cameras.write_text(yaml.safe_dump(document, default_flow_style=True))
    before = cameras.read_bytes()
    with pytest.raises(ClapError, match="one key a line"):
        write_pose(cameras, "left", POSE, "good", NOW)
    assert cameras.read_bytes() == before


def calib(path: Path, **changes: str) -> Path:
    parameters = {
        "name": "fr3_left",
        "calibration_type": "eye_on_base",
        "tracking_base_frame": "left_color_optical_frame",
        "tracking_marker_frame": "board",
        "robot_base_frame": "fr3_link0",
        "robot_effector_frame": "fr3_hand",
        "freehand_robot_movement": True,
        **changes,
    }
    x, y, z, w = (float(value) for value in quaternion_xyzw(POSE))
    document = {
        "parameters": parameters,
        "transform": {
            "translation": dict(zip("xyz", map(float, POSE[:3, 3]), strict=True)),
            "rotation": {"x": x, "y": y, "z": z, "w": w},
        },
    }
    path.write_text(yaml.safe_dump(document))
    return path


def test_the_pose_of_an_optical_frame_becomes_that_of_the_link(tmp_path: Path) -> None:
    found = read_calib(calib(tmp_path / "a.calib"), "left", "fr3", Mounting.ON_STAND)
    assert not is_link(found, "left")
    color = make_transform((0.0, 0.015, 0.0)) @ LINK_T_OPTICAL
    link = found.parent_T_link(color)
    assert link @ color == pytest.approx(POSE, abs=1e-9)
    # The link looks along its x axis, where the optical frame looks along z.
    assert link[:3, 0] == pytest.approx(POSE[:3, 2])


def test_the_pose_of_the_link_is_taken_as_it_is(tmp_path: Path) -> None:
    path = calib(tmp_path / "a.calib", tracking_base_frame="left_link")
    found = read_calib(path, "left", "fr3", Mounting.ON_STAND)
    assert is_link(found, "left")
    assert found.parent_T_link(np.eye(4)) == pytest.approx(POSE, abs=1e-9)


@pytest.mark.parametrize(
    ("effector", "offset"),
    [
        ("fr3_hand", np.eye(4)),
        ("fr3_hand_tcp", make_transform((0, 0, 0.1034))),
        ("fr3_link8", make_transform((0, 0, 0), (0, 0, np.sin(np.pi / 8), np.cos(np.pi / 8)))),
    ],
)
def test_a_wrist_cameras_pose_is_turned_into_the_hands_frame(
    tmp_path: Path, effector: str, offset: np.ndarray
) -> None:
    path = calib(
        tmp_path / "a.calib",
        calibration_type="eye_in_hand",
        tracking_base_frame="wrist_link",
        robot_effector_frame=effector,
    )
    found = read_calib(path, "wrist", "fr3", Mounting.ON_HAND)
    assert found.parent_T_tracked == pytest.approx(offset @ POSE, abs=1e-9)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"tracking_base_frame": "right_color_optical_frame"}, "no frame of the camera 'left'"),
        ({"calibration_type": "eye_in_hand"}, "type eye_in_hand"),
        ({"robot_base_frame": "panda_link0"}, "relative to 'panda_link0'"),
        ({"calibration_type": "eye_to_eye"}, "calibration_type"),
    ],
)
def test_a_file_of_another_camera_or_robot_is_refused(
    tmp_path: Path, changes: dict[str, str], why: str
) -> None:
    with pytest.raises(ClapError, match=why):
        read_calib(calib(tmp_path / "a.calib", **changes), "left", "fr3", Mounting.ON_STAND)


def test_the_wrong_camera_is_an_error_of_its_own_name(tmp_path: Path) -> None:
    with pytest.raises(WrongCameraError):
        read_calib(calib(tmp_path / "a.calib"), "front", "fr3", Mounting.ON_STAND)


def test_yesterdays_file_is_refused(tmp_path: Path) -> None:
    path = calib(tmp_path / "a.calib")
    old = NOW - timedelta(days=2)
    os.utime(path, (old.timestamp(), old.timestamp()))
    written = read_calib(path, "left", "fr3", Mounting.ON_STAND).written
    with pytest.raises(ClapError, match="2 days old"):
        require_recent(path, written, None, NOW)
    require_recent(path, NOW - timedelta(hours=1), None, NOW)


def test_a_file_older_than_the_present_pose_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ClapError, match="older than the camera's present pose"):
        require_recent(tmp_path, NOW - timedelta(hours=2), NOW - timedelta(hours=1), NOW)
