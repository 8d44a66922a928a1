"""``./clap calibrate camera`` on a robot and a camera that a test plays, over real DDS."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from rendered_lab import RenderedLab, rendered_lab

from clap_calibration.looks import Estimate, Mounting
from clap_calibration.poses import PoseChooser
from clap_calibration.simulated import D435
from clap_cli.__main__ import main
from clap_cli.calibration import camera_run
from clap_core.camera.realsense import LINK_T_OPTICAL
from clap_core.geometry import invert, make_transform, quaternion_xyzw, rotation_distance

CAMERAS = Path(__file__).resolve().parents[2] / "config/cameras.yaml"
DEADLINE_S = 60.0


@pytest.fixture
def cameras(tmp_path: Path) -> Path:
    return Path(shutil.copy(CAMERAS, tmp_path / "cameras.yaml"))


@pytest.fixture
def labs() -> Iterator[list[RenderedLab]]:
    running: list[RenderedLab] = []
    yield running
    for lab in running:
        lab.close()


def tell_guess(path: Path, lab: RenderedLab) -> None:
    """Write the lab's guess, centimetres and degrees off, as the camera's nominal pose."""
    document = yaml.safe_load(path.read_text())
    link = lab.lab.guess.parent_T_camera @ invert(LINK_T_OPTICAL)
    section = document["/camera_extrinsics"]["ros__parameters"][lab.camera]
    section["translation"] = link[:3, 3].tolist()
    section["rotation"] = quaternion_xyzw(link).tolist()
    path.write_text(yaml.safe_dump(document, default_flow_style=None, sort_keys=False, width=1000))


def written(path: Path, camera: str) -> np.ndarray:
    section = yaml.safe_load(path.read_text())["/camera_extrinsics"]["ros__parameters"][camera]
    return make_transform(section["translation"], section["rotation"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("camera", "mounting"), [("front", Mounting.ON_STAND), ("wrist", Mounting.ON_HAND)]
)
def test_the_arm_is_driven_and_the_cameras_true_place_written(
    camera: str,
    mounting: Mounting,
    cameras: Path,
    labs: list[RenderedLab],
    capsys: pytest.CaptureFixture[str],
) -> None:
    lab = rendered_lab(camera, mounting)
    labs.append(lab)
    tell_guess(cameras, lab)
    arguments = ["calibrate", "camera", camera, "--file", str(cameras), "--poses", "10"]

    status = main([*arguments, "--yes", "--json"])

    printed = capsys.readouterr()
    assert status == 0, printed.err
    assert lab.moves >= 9
    found, true = written(cameras, camera), lab.parent_T_link
    assert np.linalg.norm(found[:3, 3] - true[:3, 3]) < 1e-3
    assert np.degrees(rotation_distance(found, true)) < 0.2
    summary = json.loads(printed.out.splitlines()[-1])
    assert summary["held_out_mm"] < 1.0
    assert summary["halves_mm"] < 5.0
    assert "held-out looks" in printed.err
    assert len(list(cameras.parent.glob("cameras.yaml.*.bak"))) == 1


@pytest.mark.slow
def test_a_camera_that_tells_a_wrong_focal_length_is_warned_of(
    cameras: Path, labs: list[RenderedLab], capsys: pytest.CaptureFixture[str]
) -> None:
    lab = rendered_lab("front", Mounting.ON_STAND)
    labs.append(lab)
    lab.told_optics = replace(D435, fx=D435.fx * 1.02, fy=D435.fy * 1.02)
    tell_guess(cameras, lab)
    before = cameras.read_bytes()
    arguments = ["calibrate", "camera", "front", "--file", str(cameras), "--poses", "12"]
    assert main([*arguments, "--yes", "--dry-run"]) == 0
    assert "focal length is -" in capsys.readouterr().out
    assert cameras.read_bytes() == before


@pytest.mark.slow
def test_guided_looks_are_taken_where_the_arm_rests(
    cameras: Path, labs: list[RenderedLab], capsys: pytest.CaptureFixture[str]
) -> None:
    lab = rendered_lab("front", Mounting.ON_STAND)
    labs.append(lab)
    tell_guess(cameras, lab)
    taken = [lab.hand()]
    targets = [lab.joints]
    for _ in range(9):
        target = lab.lab.choose(taken, lab.joints)
        taken.append(target.base_T_hand)
        targets.append(target.joints)
    ended = threading.Event()

    def guide() -> None:
        """A person who moves on every now and then."""
        while not ended.is_set():
            for target in targets:
                lab.move_by_hand(target)
                if ended.wait(2.0):
                    return

    person = threading.Thread(target=guide)
    person.start()
    try:
        arguments = ["calibrate", "camera", "front", "--file", str(cameras), "--poses", "8"]
        assert main([*arguments, "--guided"]) == 0
    finally:
        ended.set()
        person.join()
    assert lab.moves == 0
    assert np.linalg.norm(written(cameras, "front")[:3, 3] - lab.parent_T_link[:3, 3]) < 2e-3


def test_without_a_board_in_view_nothing_moves_and_nothing_is_written(
    cameras: Path, labs: list[RenderedLab], capsys: pytest.CaptureFixture[str]
) -> None:
    lab = rendered_lab("front", Mounting.ON_STAND)
    labs.append(lab)
    away = lab.joints.copy()
    away[0] += 1.2
    lab.move_by_hand(away)
    before = cameras.read_bytes()

    assert main(["calibrate", "camera", "front", "--file", str(cameras), "--yes"]) == 2

    assert "corners are needed" in capsys.readouterr().err
    assert lab.moves == 0
    assert cameras.read_bytes() == before


def test_a_way_on_which_the_board_would_hit_is_not_gone(
    cameras: Path,
    labs: list[RenderedLab],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lab = rendered_lab("front", Mounting.ON_STAND)
    labs.append(lab)
    tell_guess(cameras, lab)
    monkeypatch.setattr(camera_run, "ATTEMPTS_PER_LOOK", 1)
    goals: list[np.ndarray] = []
    reach, is_clear = PoseChooser.reach, PoseChooser.is_clear

    def chosen(chooser: PoseChooser, estimate: Estimate, hand: np.ndarray, joints: np.ndarray):
        goals.append(hand)
        return reach(chooser, estimate, hand, joints)

    def blocked(chooser: PoseChooser, estimate: Estimate, hand: np.ndarray) -> bool:
        """Something stands in every way: once a goal is chosen, nothing is clear but candidates."""
        if goals:
            goals.pop()
            return False
        return is_clear(chooser, estimate, hand)

    monkeypatch.setattr(PoseChooser, "reach", chosen)
    monkeypatch.setattr(PoseChooser, "is_clear", blocked)
    arguments = ["calibrate", "camera", "front", "--file", str(cameras), "--poses", "3", "--yes"]
    assert main(arguments) == 2
    assert "board would come too near" in capsys.readouterr().err
    assert lab.moves == 0


def test_nothing_moves_unasked(
    cameras: Path, labs: list[RenderedLab], capsys: pytest.CaptureFixture[str]
) -> None:
    lab = rendered_lab("front", Mounting.ON_STAND)
    labs.append(lab)
    assert main(["calibrate", "camera", "front", "--file", str(cameras)]) == 2
    assert "add --yes" in capsys.readouterr().err
    assert lab.moves == 0


def test_a_camera_that_does_not_run_is_named(
    cameras: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calibrate", "camera", "front", "--file", str(cameras), "--yes"]) == 2
    assert "'front' does not tell how 'front_color_optical_frame'" in capsys.readouterr().err


def test_an_imported_pose_is_turned_into_the_links_by_the_running_camera(
    cameras: Path, labs: list[RenderedLab], tmp_path: Path
) -> None:
    lab = rendered_lab("front", Mounting.ON_STAND)
    labs.append(lab)
    calib = import_file(tmp_path / "front.calib", lab, "front_color_optical_frame")
    tell_guess(cameras, lab)

    arguments = ["calibrate", "camera", "front", "--file", str(cameras), "--import", str(calib)]
    assert main(arguments) == 0

    assert written(cameras, "front") == pytest.approx(lab.parent_T_link, abs=1e-5)


def import_file(path: Path, lab: RenderedLab, tracked: str) -> Path:
    pose = lab.lab.truth.parent_T_camera
    document = {
        "parameters": {
            "name": "front",
            "calibration_type": "eye_on_base",
            "tracking_base_frame": tracked,
            "robot_base_frame": "fr3_link0",
            "robot_effector_frame": "fr3_hand",
        },
        "transform": {
            "translation": dict(zip("xyz", pose[:3, 3].tolist(), strict=True)),
            "rotation": dict(zip("xyzw", quaternion_xyzw(pose).tolist(), strict=True)),
        },
    }
    path.write_text(yaml.safe_dump(document))
    return path
