"""The commands of calibration that need no robot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clap_cli.__main__ import main


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
