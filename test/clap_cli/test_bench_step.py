"""``clap bench step``: what is timed, and that nothing to time is an error."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from clap_cli.__main__ import main
from clap_cli.commands import bench_step
from clap_core.backends import KeypointAnswer, KeypointFinder, Observation, Policy, Scene
from clap_core.camera.tabletop import BALLS, views
from clap_core.task_types import (
    Action,
    ActionChunk,
    GripperCommand,
    KeyAction,
    Keypoint,
    Relation,
    SubTask,
)
from clap_data.episodes import Header, Look, SubTaskRecord, write_episode

FOOT = np.array(BALLS[0].centre) * (1, 1, 0)
GRASP = SubTask(Action.GRASP, "grasp the red ball", "red ball")
LIFT = SubTask(Action.MOVE, "lift the red ball", "red ball", "", Relation.UP)


class Pointer(KeypointFinder):
    """Answers at once."""

    def find(self, subtask: SubTask, scene: Scene) -> KeypointAnswer:
        return KeypointAnswer(Keypoint(subtask.object, FOOT))


class Stay(Policy):
    """Does nothing."""

    def act(self, observation: Observation) -> ActionChunk:
        assert observation.keypoint.point is FOOT
        return ActionChunk((), None, done=True)


@pytest.fixture(autouse=True)
def instant(monkeypatch: pytest.MonkeyPatch) -> None:
    """Backends that need no weights."""
    made = {"pointer": Pointer, "stay": Stay}
    monkeypatch.setattr(bench_step, "create", lambda group, name: made[name]())


def episode(folder: Path, *plan: SubTask) -> None:
    """On the made-up tabletop, with a key pose for each step."""
    hand = np.diag([1.0, -1.0, -1.0, 1.0])
    hand[:3, 3] = (0.4, 0.0, 0.4)
    action = KeyAction(np.eye(4), gripper=GripperCommand.GRASP)
    looks = [
        Look(
            tuple(views(0, 320, 240)), np.zeros(7), hand, 0.08, k, action if k < len(plan) else None
        )
        for k in range(len(plan) + 1)
    ]
    steps = tuple(SubTaskRecord.of(step, FOOT, (k, k + 1)) for k, step in enumerate(plan))
    header = Header(source="tabletop", instruction="...", success=True, subtasks=steps)
    write_episode(folder / f"{len(list(folder.iterdir()))}.episode", header, looks)


def test_steps_with_an_empty_hand_are_timed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(5):
        episode(tmp_path, GRASP, LIFT)
    backends = ["--finder", "pointer", "--policy", "stay"]
    assert main(["bench", "step", str(tmp_path), "--json", *backends]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["steps"] == 2  # of five grasps, three warm up; nothing is looked for to lift
    stages = sum(result[f"{stage}.median_ms"] for stage in ("fuse", "find", "act"))
    assert 0.0 < stages <= 2.0 * result["median_ms"]
    assert (result["finder"], result["policy"]) == ("pointer", "stay")


def test_a_folder_without_such_steps_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    episode(tmp_path, GRASP)
    arguments = ["bench", "step", str(tmp_path), "--finder", "pointer", "--policy", "stay"]
    assert main(arguments) != 0
    assert "led to an action" in capsys.readouterr().err
