"""Camera poses written by hand: what is wrong is named, and nothing is published."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import yaml

from clap_bringup.camera_extrinsics.config import read_poses
from clap_bringup.camera_extrinsics.node import to_message
from clap_core.errors import ClapError, ErrorCode

SHIPPED = Path(__file__).resolve().parents[2] / "config/cameras.yaml"
POSE = {
    "parent_frame": "{arm_id}_link0",
    "translation": [1.0, 0.0, 0.5],
    "rotation": [0.0, 0.0, 0.0, 1.0],
}
CALIB = """\
parameters:
  name: front
  calibration_type: eye_on_base
  tracking_base_frame: front_color_optical_frame
transform:
  translation: {x: 1.0, y: 0.0, z: 0.5}
  rotation: {x: 0.0, y: 0.0, z: 0.0, w: 1.0}
"""


def written(folder: Path, front: object = POSE, **more: Any) -> Path:
    """A file with the camera `front`, and `more` beside it."""
    path = folder / "cameras.yaml"
    parameters = {"cameras": ["front"], "front": front, **more}
    path.write_text(yaml.safe_dump({"/camera_extrinsics": {"ros__parameters": parameters}}))
    return path


@pytest.mark.parametrize("arm_id", ["fr3", "panda"])
def test_the_shipped_file_has_a_pose_for_every_camera(arm_id: str) -> None:
    poses = read_poses(SHIPPED, arm_id)
    assert list(poses) == ["front", "left", "right", "wrist"]
    assert poses["wrist"].parent_frame == f"{arm_id}_hand"
    for name, pose in poses.items():
        message = to_message(pose)
        assert message.child_frame_id == f"{name}_link"
        assert message.header.frame_id.startswith(arm_id)
        q = message.transform.rotation
        assert math.hypot(q.x, q.y, q.z, q.w) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"translation": None}, ["front", "translation"]),
        ({"translation": {"x": 1.0, "y": 0.0, "z": 0.5}}, ["front", "translation", "[x, y, z]"]),
        ({"rotation": {"x": 0, "y": 0, "z": 0, "w": 1}}, ["front", "rotation", "[x, y, z, w]"]),
        ({"translation": [1160.0, 0.0, 640.0]}, ["front", "translation", "millimetres"]),
        ({"translation": [math.nan, 0.0, 0.5]}, ["front", "translation", "finite"]),
        ({"translation": [1.0, 0.0]}, ["front", "translation"]),
        ({"rotation": [0.0, 0.0, 0.0, 0.5]}, ["front", "rotation", "length 0.5"]),
        ({"rotation": [0.0, math.inf, 0.0, 1.0]}, ["front", "rotation", "finite"]),
        ({"rotation": ["a", 0, 0, 1]}, ["front", "rotation"]),
        ({"child_frame": "fr3_link0"}, ["front", "both 'fr3_link0'"]),
        ({"parent_frame": ""}, ["front", "parent_frame"]),
        ({"translaton": [1.0, 0.0, 0.5]}, ["front", "translaton"]),
    ],
)
def test_a_wrong_pose_is_named(tmp_path: Path, change: dict[str, Any], words: list[str]) -> None:
    path = written(tmp_path, {**POSE, **change})
    with pytest.raises(ClapError) as caught:
        read_poses(path, "fr3")
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    for word in (str(path), *words):
        assert word in caught.value.message


@pytest.mark.parametrize("key", ["parent_frame", "translation", "rotation"])
def test_nothing_stands_in_for_what_is_missing(tmp_path: Path, key: str) -> None:
    path = written(tmp_path, {name: value for name, value in POSE.items() if name != key})
    with pytest.raises(ClapError, match=f"front.*{key}"):
        read_poses(path, "fr3")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "no section"),
        ("/camera_extrinsic: {ros__parameters: {cameras: [front]}}", "'/camera_extrinsic'"),
        ("/camera_extrinsics: {cameras: [front]}", "ros__parameters"),
        ("/camera_extrinsics: {ros__parameters: {cameras: [front]}}", "'front' has no section"),
        ("/camera_extrinsics: {ros__parameters: {cameras: [], a: {}}}", "list of names"),
        ("/camera_extrinsics: {ros__parameters: {front: {}}}", "list of names"),
        ("a: [", "cannot be read"),
        (CALIB, "tf2_echo front_color_optical_frame"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "file"
    path.write_text(content)
    with pytest.raises(ClapError) as caught:
        read_poses(path, "fr3")
    assert words in caught.value.message


def test_a_misspelt_section_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClapError, match="section 'frnt'"):
        read_poses(written(tmp_path, frnt=POSE), "fr3")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClapError, match="nowhere"):
        read_poses(tmp_path / "nowhere.yaml", "fr3")
