"""The commands of calibration that need no robot."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from clap_cli.__main__ import main
from clap_cli.calibration import seen_scene
from clap_cli.commands import calibrate_check
from clap_core.camera.tabletop import views
from clap_core.errors import ClapError

DEMO_BAG = Path(__file__).parents[1] / "data" / "demo_bag"


def test_the_board_is_written_as_described(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = tmp_path / "board.yaml"
    board.write_text("squares_x: 9\nsquares_y: 6\nsquare_m: 0.04\nmarker_m: 0.03\n")
    out = tmp_path / "board.pdf"
    assert main(["calibrate", "board", "--out", str(out), "--board", str(board)]) == 0
    assert out.read_bytes().startswith(b"%PDF")
    assert "9 x 6 squares of 40 mm on A3" in capsys.readouterr().out


def test_a_wrong_board_is_refused_and_no_file_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = tmp_path / "board.yaml"
    board.write_text("square_m: 0.02\n")
    out = tmp_path / "board.pdf"
    assert main(["calibrate", "board", "--out", str(out), "--board", str(board)]) == 2
    assert "marker_m" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.slow
def test_simulated_cameras_are_found_and_the_claim_holds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["bench", "calibration", "--runs", "2", "--poses", "10", "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["runs"] == 2
    assert result["worst_translation_mm"] <= 1.0
    assert result["worst_rotation_deg"] <= 0.2
    assert 0.05 < result["claimed_mm"] < 1.0


def off(look: list, camera: str, shift: tuple[float, float, float]) -> tuple:
    """A look whose camera's pose is off by a shift in the base frame, metres."""
    moved = np.eye(4)
    moved[:3, 3] = shift
    return tuple(
        replace(view, base_T_camera=moved @ view.base_T_camera) if view.name == camera else view
        for view in look
    )


def test_cameras_that_agree_are_within_the_bound(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(calibrate_check, "of_stack", lambda count, _: [tuple(views(1))] * 2)
    assert main(["calibrate", "check", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["apart_mm"].keys() == {"front-left", "front-right", "left-right"}
    assert max(map(abs, result["table_mm"].values())) < 1.0


def test_a_camera_that_is_off_is_told_by_pair_and_by_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    look = off(views(1), "left", (0.0, 0.0, -0.015))
    monkeypatch.setattr(calibrate_check, "of_stack", lambda count, _: [look])
    assert main(["calibrate", "check", "--json"]) == 1
    result = json.loads(capsys.readouterr().out)
    assert result["apart_mm"]["front-left"] == pytest.approx(15.0, abs=4.0)
    assert result["table_mm"]["left"] == pytest.approx(-15.0, abs=1.0)
    assert abs(result["table_mm"]["front"]) < 1.0


def test_the_median_of_the_looks_counts() -> None:
    good, bad = tuple(views(1)), off(views(1), "left", (0.0, 0.0, 0.02))
    result = calibrate_check.measure([good, bad, good])
    assert abs(result["table_mm"]["left"] or 99.0) < 1.0


def test_one_camera_is_too_few_to_compare() -> None:
    with pytest.raises(ClapError, match="no look of two cameras"):
        calibrate_check.measure([tuple(views(0)[:1])])


def test_a_recording_is_checked_like_a_stack(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", "check", "--bag", str(DEMO_BAG), "--looks", "2"]) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed.splitlines()[-1])["apart_mm"]
    assert "of the table" in printed or "no table is seen" in printed


def test_a_stack_that_fuses_nothing_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(seen_scene, "TIMEOUT_S", 0.5)
    assert main(["calibrate", "check"]) == 2
    assert "no cloud comes on /scene/points" in capsys.readouterr().err
