"""What the demo makes of a plan, of a run and of a bag."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from rclpy.serialization import serialize_message
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore
from std_msgs.msg import Header

from clap_baseline.planner import GrammarPlanner
from clap_cli import __main__ as cli
from clap_cli.demo import run
from clap_cli.demo.referee import GoalRelation, goals_of, goals_of_sentence
from clap_cli.demo.report import Report, SubTaskReport
from clap_cli.demo.video import SPECTATOR_TOPIC, Caption, write_video
from clap_core.errors import ClapError, ErrorCode
from clap_launch.arguments import declared
from clap_ros.images import to_message
from clap_sim.scenes import SCENES

SIM_LAUNCH = Path(__file__).parents[2] / "launch" / "sim.launch.yaml"
FRAME_NS = 100_000_000


@pytest.mark.parametrize(
    ("instruction", "goals"),
    [
        ("put the red mug next to the plate", [GoalRelation("red mug", "next_to", "plate")]),
        ("pick up the red mug", [GoalRelation("red mug", "up")]),
        (
            "pick up the red mug and put it on the plate",
            [GoalRelation("red mug", "on", "plate")],
        ),
        ("push the green button", None),
        (
            "put the can in the bowl, then put the red mug on the plate",
            [GoalRelation("can", "in", "bowl"), GoalRelation("red mug", "on", "plate")],
        ),
    ],
)
def test_a_plan_ends_in_relations(instruction: str, goals: list[GoalRelation] | None) -> None:
    found = goals_of(GrammarPlanner().plan(instruction))
    if goals is None:
        assert [goal.relation for goal in found] == ["pressed"]
    else:
        assert list(found) == goals


def report(success: bool, is_judged: bool = True) -> Report:
    point = (0.4, 0.1, 0.05)
    step = SubTaskReport("approach the red mug", point, ("above it",), 1, "SUCCESS", "", 2.0)
    why = "nothing between the fingers"
    failed = SubTaskReport("grasp it", None, (), 3, "GRASP_FAILED", why, 9.0)
    return Report(
        instruction="pick up the red mug",
        scene="tabletop",
        seed=4,
        success=success,
        is_judged=is_judged,
        verdict=("true: red mug up",),
        outcome="SUCCESS" if success else "GRASP_FAILED",
        message="" if success else "nothing between the fingers",
        steps=(step, failed),
        simulated_s=11.0,
        wall_s=30.0,
    )


def test_what_a_sentence_asks_for_does_not_come_from_the_plan() -> None:
    mug = (GoalRelation("red mug", "next_to", "plate"),)
    assert goals_of_sentence("tabletop", "Put the red mug next to the plate!") == mug
    assert goals_of_sentence("tabletop", "put the red mug near the plate") == ()
    with pytest.raises(ClapError, match="nowhere"):
        goals_of_sentence("nowhere", "put the red mug next to the plate")


def test_a_report_tells_success_from_failure(tmp_path: Path) -> None:
    good, bad = report(True).markdown(), report(False).markdown()
    assert "**Success**" in good and "GRASP_FAILED: nothing" not in good.split("|")[0]
    assert "**No success**" in bad and "The stack reported GRASP_FAILED" in bad
    assert "0.400, 0.100, 0.050" in good
    assert "**Unjudged**" in report(True, is_judged=False).markdown()
    assert "**No success**" in report(False, is_judged=False).markdown()
    report(True).write(tmp_path)
    assert (tmp_path / "report.json").is_file() and (tmp_path / "report.md").is_file()


def write_bag(folder: Path, topic: str, frames: int) -> None:
    with Writer(folder, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        store = get_typestore(Stores.ROS2_JAZZY)
        connection = writer.add_connection(topic, "sensor_msgs/msg/Image", typestore=store)
        for index in range(frames):
            pixels = np.full((48, 64, 3), 40 * index, dtype=np.uint8)
            header = Header()
            header.stamp.nanosec = index * FRAME_NS
            message = to_message(pixels, "rgb8", header)
            writer.write(connection, index * FRAME_NS, serialize_message(message))


def test_a_video_keeps_the_times_of_its_frames(tmp_path: Path) -> None:
    write_bag(tmp_path / "bag", SPECTATOR_TOPIC, 5)
    captions = [Caption(0, "first"), Caption(2 * FRAME_NS, "second")]
    count = write_video(tmp_path / "bag", tmp_path / "a.mp4", "a title", captions)
    with av.open(str(tmp_path / "a.mp4")) as container:
        frames = list(container.decode(video=0))
    assert count == len(frames) == 5
    assert [round(frame.time * 10) for frame in frames] == [0, 1, 2, 3, 4]
    assert frames[0].height > 48, "no band below the picture"


def test_a_bag_without_the_spectator_is_named(tmp_path: Path) -> None:
    write_bag(tmp_path / "bag", "/camera/front/color/image_raw", 1)
    with pytest.raises(ClapError) as caught:
        write_video(tmp_path / "bag", tmp_path / "a.mp4", "a title", [])
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert SPECTATOR_TOPIC in caught.value.message
    assert not (tmp_path / "a.mp4").exists()


ENDS_AT_THE_FIRST_LIBRARY = """
import os, sys
from importlib.machinery import PathFinder

class Libraries:
    ours = {*sys.stdlib_module_names, "clap_cli", "clap_core"}

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in self.ours and PathFinder.find_spec(name, path):
            print("importing", name, file=sys.stderr, flush=True)
            os._exit(9)  # flushes nothing: what was not shown yet is lost

sys.meta_path.insert(0, Libraries())
from clap_cli.__main__ import main
main(sys.argv[1:])
"""


def test_the_first_line_is_shown_before_any_library_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    command = [sys.executable, "-c", ENDS_AT_THE_FIRST_LIBRARY, "demo", "--out"]
    one = subprocess.run(
        [*command, str(tmp_path / "new")], capture_output=True, text=True, timeout=60, check=False
    )
    assert one.returncode == 9, one.stderr
    assert one.stderr.startswith("importing ")
    assert one.stdout == '"put the red mug next to the plate" (scene tabletop, seed 0)\n'


def test_a_folder_that_exists_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes").write_text("keep me")
    assert cli.main(["demo", "--out", str(tmp_path)]) == 2
    told = capsys.readouterr()
    assert f"{tmp_path} exists already" in told.err and "--out" in told.err
    assert told.out == ""
    assert [entry.name for entry in tmp_path.iterdir()] == ["notes"]


def test_a_folder_that_cannot_be_made_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert cli.main(["demo", "--out", str(tmp_path / "file" / "run")]) == 2
    assert "cannot be made" in capsys.readouterr().err


def test_a_run_that_comes_to_no_report_has_its_json_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Report:
        raise ClapError(ErrorCode.NODE_UNAVAILABLE, "the stack ended", "Read the log")

    monkeypatch.setattr(run, "run_demo", fail)
    assert cli.main(["demo", "--out", str(tmp_path / "new"), "--json"]) == 2
    told = capsys.readouterr()
    summary = json.loads(told.out.splitlines()[-1])
    assert (summary["success"], summary["outcome"]) == (False, "NODE_UNAVAILABLE")
    assert "the stack ended" in told.err


def test_the_help_names_every_scene(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["demo", "--help"])
    told = capsys.readouterr().out
    assert set(declared(SIM_LAUNCH)["scene"].choices) == set(SCENES)
    assert [name for name in SCENES if name not in told] == []
