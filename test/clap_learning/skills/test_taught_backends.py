"""What was taught goes before what the stack came with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from taught_things import BLUE, HAND_HOME, TAKE, demonstration, hook, jar, skill, table_with

from clap_core.backends import Observation, Scene
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import tool_down
from clap_core.task_types import Action, GripperCommand, KeyAction, Keypoint, SubTask
from clap_learning.keypoint.backend import LearnedFinder, LearnedFinderSettings
from clap_learning.policy import acting
from clap_learning.policy.align import AlignPolicy, AlignSettings
from clap_learning.skills.folder import save_skill

BY_GEOMETRY = (KeyAction(tool_down((0.45, 0.0, 0.3)), text="as geometry would"),)
AT = (0.52, -0.12)


@pytest.fixture
def skills(tmp_path: Path) -> str:
    shown = [demonstration(at, yaw) for at, yaw in (((0.5, 0.1), 0.3), ((0.42, -0.1), -0.4))]
    save_skill(tmp_path, skill("take_hook", "take the hook", *shown))
    return str(tmp_path)


def seen() -> Scene:
    return Scene(table_with(hook(AT, 0.0), jar((0.45, 0.2), BLUE)), HAND_HOME, 0.08)


def act(skills: str, subtask: SubTask) -> tuple[KeyAction, ...]:
    keypoint = Keypoint(subtask.object, np.array([*AT, 0.0]))
    observation = Observation(subtask, keypoint, seen(), None)
    return AlignPolicy(AlignSettings(skills=skills)).act(observation).actions


def test_the_hand_does_what_was_shown_where_geometry_knows_another_way(
    skills: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acting, "known_ways", lambda *_, **__: iter([BY_GEOMETRY]))
    assert act("", TAKE) == BY_GEOMETRY
    assert act(skills, SubTask(Action.GRASP, "grasp the jar", "jar")) == BY_GEOMETRY
    above, grasp = act(skills, TAKE)
    assert (above.gripper, grasp.gripper) == (GripperCommand.OPEN, GripperCommand.GRASP)


def test_the_finder_needs_no_network_for_what_was_taught(
    skills: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    finder = LearnedFinder(LearnedFinderSettings(skills=skills))

    def asked(*_: object) -> None:
        raise ClapError(ErrorCode.INTERNAL, "the network was asked", "-")

    monkeypatch.setattr(finder, "_look", asked)
    answer = finder.find(TAKE, seen())
    assert answer.keypoint is not None and answer.keypoint.label == "hook"
    assert answer.keypoint.point == pytest.approx((*AT, 0.0), abs=0.008)
    assert answer.candidates[0].confidence == answer.keypoint.confidence > 0.4
    for subtask, scene in (
        (SubTask(Action.GRASP, "grasp the jar", "jar"), seen()),
        (TAKE, Scene(table_with(jar((0.45, 0.2), BLUE)), HAND_HOME, 0.08)),
    ):
        with pytest.raises(ClapError, match="the network was asked"):
            finder.find(subtask, scene)
