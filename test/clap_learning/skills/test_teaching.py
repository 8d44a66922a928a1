"""Demonstrations make a skill, or it is said why they cannot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from taught_things import demonstration, skill

from clap_core.camera.tabletop import BALLS, views
from clap_core.errors import ClapError
from clap_core.geometry import tool_down
from clap_core.task_types import Action, GripperCommand, KeyAction, Relation, SubTask
from clap_data.episodes import EpisodeFolder, Header, Look, SubTaskRecord, write_episode
from clap_learning.skills.teaching import Lesson, check_sentences, teach

FOOT = np.array(BALLS[0].centre) * (1, 1, 0)
GRASP = SubTask(Action.GRASP, "grasp the ball", "ball")
LIFT = SubTask(Action.MOVE, "lift the ball", "ball", "", Relation.UP)
PUSH = SubTask(Action.PUSH, "push the ball", "ball")


@dataclass(frozen=True)
class Shown:
    """What somebody did with a ball."""

    steps: tuple[SubTask, ...] = (GRASP, LIFT)
    says: str = "take the ball"
    success: bool | None = None
    closes: bool = True
    has_places: bool = True


def taught(folder: Path, *demonstrations: Shown) -> Lesson:
    for number, shown in enumerate(demonstrations):
        write(folder / f"{number}.episode", shown)
    return teach("take_ball", EpisodeFolder(folder))


def write(path: Path, shown: Shown) -> None:
    pictures = tuple(views(0, 320, 240))
    command = GripperCommand.GRASP if shown.closes else GripperCommand.KEEP
    action = KeyAction(tool_down((*FOOT[:2], 0.05)), gripper=command)
    count = len(shown.steps)
    looks = [
        Look(pictures, np.zeros(7), tool_down((0.4, 0.0, 0.4)), 0.08, number,
             action if number < count else None)
        for number in range(count + 1)
    ]  # fmt: skip
    place = FOOT if shown.has_places else None
    records = tuple(
        SubTaskRecord.of(step, place, (number, number + 1))
        for number, step in enumerate(shown.steps)
    )
    header = Header(source="robot", instruction=shown.says, success=shown.success, subtasks=records)
    write_episode(path, header, looks)


def test_a_skill_has_the_words_and_the_steps_of_its_demonstrations(tmp_path: Path) -> None:
    lesson = taught(tmp_path, Shown(), Shown(says="fetch me the ball"), Shown(success=False))
    record = lesson.skill.record
    assert record.say == ("take the ball", "fetch me the ball")
    assert {template.say for template in lesson.skill.plans} == set(record.say)
    assert (record.episodes, lesson.left_out) == (2, ("2",))
    assert [step.text for step in record.steps] == [GRASP.text, LIFT.text]
    assert len(lesson.skill.memory.demonstrations) == 4


def test_two_ways_to_do_one_sentence_are_told(tmp_path: Path) -> None:
    with pytest.raises(ClapError, match=r"in two ways: .*in 0, 'push the ball' in 1"):
        taught(tmp_path, Shown(), Shown((PUSH,)))


def test_a_grasp_without_closing_the_hand_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ClapError, match=r"0\.episode the hand does not close"):
        taught(tmp_path, Shown(closes=False))


def test_what_is_pushed_needs_no_closing_hand(tmp_path: Path) -> None:
    assert taught(tmp_path, Shown((PUSH,), closes=False)).skill.record.episodes == 1


@pytest.mark.parametrize("shown", [Shown(success=False), Shown(has_places=False)])
def test_nothing_to_learn_from_is_said(tmp_path: Path, shown: Shown) -> None:
    with pytest.raises(ClapError, match="where they happen"):
        taught(tmp_path, shown)


def test_one_sentence_is_one_skills() -> None:
    one = skill("take_hook", "take the hook", demonstration((0.5, 0.1), 0.3))
    other = skill("grab", "Take the hook!", demonstration((0.5, 0.1), 0.3))
    check_sentences(one, [])
    with pytest.raises(ClapError, match="the skill 'grab' obeys 'take the hook'"):
        check_sentences(one, [other])
