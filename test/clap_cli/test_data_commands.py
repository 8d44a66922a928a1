"""``clap data ...`` as a user types it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clap_cli.__main__ import main
from clap_data.episodes import EpisodeFile, EpisodeFolder

VARIATION = "push_button+3"
DEADLINE_S = 90.0


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, str]:
    """A production of very many episodes that is stopped by Ctrl-C after the first."""
    folder = tmp_path_factory.mktemp("made")
    command = [
        sys.executable, "-m", "clap_cli", "data", "make", "--variation", VARIATION,
        "--episodes", "500", "--seed", "100", "--jobs", "1", "--out", str(folder),
    ]  # fmt: skip
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, process_group=0
    )
    try:
        deadline = time.monotonic() + DEADLINE_S
        while not list(folder.rglob("*.episode")) and time.monotonic() < deadline:
            assert process.poll() is None
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        output, _ = process.communicate(timeout=DEADLINE_S)
    finally:
        process.kill()
    return folder, process.returncode, output


@pytest.fixture
def episode(interrupted: tuple[Path, int, str]) -> Path:
    return interrupted[0] / VARIATION / "000100.episode"


def test_ctrl_c_ends_making_cleanly(interrupted: tuple[Path, int, str]) -> None:
    folder, status, output = interrupted
    assert status == 130, output
    assert "the same command goes on" in output
    assert "Traceback" not in output
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert 1 <= len(files) < 20
    assert all(path.suffix == ".episode" for path in files)
    for one in EpisodeFolder(folder):
        one.check()


def test_making_goes_on_where_it_stopped(
    interrupted: tuple[Path, int, str], episode: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = interrupted[0]
    made = episode.read_bytes()
    arguments = ["--variation", VARIATION, "--seed", "100", "--jobs", "1", "--out", str(folder)]
    assert main(["data", "make", "--episodes", "1", *arguments]) == 0
    assert "1 kept" in capsys.readouterr().out
    episode.write_bytes(made[:-9])
    assert main(["data", "make", "--episodes", "1", *arguments]) == 0
    said = capsys.readouterr().out
    assert "1 remade" in said
    assert "episodes an hour" in said
    assert episode.read_bytes() == made


def test_info_tells_what_there_is_and_what_is_broken(
    episode: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        (tmp_path / f"{number}.episode").write_bytes(episode.read_bytes())
    assert main(["data", "info", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert VARIATION in said
    assert "3 episodes" in said
    (tmp_path / "1.episode").write_bytes(episode.read_bytes()[:5000])
    assert main(["data", "info", str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert "2 episodes" in captured.out
    assert "1 files not readable" in captured.out
    assert "1.episode is damaged" in captured.err


def test_info_shows_an_episode(episode: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "info", str(episode)]) == 0
    said = capsys.readouterr().out
    with EpisodeFile(episode) as opened:
        assert opened.record.instruction in said
    assert "push the navy button" in said
    assert "wrist 256x256" in said


def test_to_bag_and_back(episode: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bag, back = str(tmp_path / "bag"), tmp_path / "back.episode"
    assert main(["data", "to-bag", str(episode), bag]) == 0
    assert main(["data", "from-bag", bag, "--out", str(back), "--instruction", "push it"]) == 0
    assert "key poses: 2, sub-tasks: 1, cameras: 4" in capsys.readouterr().out
    with EpisodeFile(episode) as first, EpisodeFile(back) as second:
        assert second.record.instruction == "push it"
        ours, theirs = first.record.subtasks[0], second.record.subtasks[0]
        assert (ours.subtask, ours.keypoint_m) == (theirs.subtask, theirs.keypoint_m)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["make", "--variation", "fly+0", "--episodes", "1", "--out", "x"], "'fly+0'"),
        (["make", "--suite", "rl", "--episodes", "1", "--out", "x"], "no suite 'rl'"),
        (["info", "absent"], "no folder absent"),
        (["to-bag", "absent.episode", "bag"], "absent.episode"),
        (["from-bag", "absent", "--out", "x"], "no bag absent"),
        (["from-bag", "absent", "--out", "x", "--subtasks", "plan.json"], "plan plan.json"),
        (["from-bag", "absent", "--out", "x", "--rest", "0"], "must be above zero"),
        (["press"], "say what to data: make, metaworld, info, check, scenes, to-bag, from-bag"),
    ],
)
def test_wrong_command_lines_are_told(
    arguments: list[str], part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["data", *arguments]) == 2
    assert part in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
