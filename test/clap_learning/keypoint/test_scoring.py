"""Scores of a finder on episodes that know the answer."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from clap_bench.pretraining.held_out import TRAIN
from clap_bench.pretraining.production import carry_out, orders
from clap_bench.pretraining.scenes import GROUNDING
from clap_core.backends import KeypointAnswer, KeypointFinder, Scene
from clap_core.camera.tabletop import BALLS, views
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Action, GripperCommand, KeyAction, Keypoint, Relation, SubTask
from clap_data.episodes import EpisodeFolder, Header, Look, SubTaskRecord, write_episode
from clap_learning.keypoint.examples import (
    Drawings,
    absent_examples,
    examples_of,
    grounding_examples,
)
from clap_learning.keypoint.scoring import Scored, figures, score
from clap_learning.shown_steps import noun

FOOT = np.array(BALLS[0].centre) * (1, 1, 0)
GRASP = SubTask(Action.GRASP, "grasp the red ball", "red ball")
LIFT = SubTask(Action.MOVE, "lift the red ball", "red ball", "", Relation.UP)


def write(folder: Path, name: str, *steps: SubTask, success: bool = True) -> None:
    """An episode on the made-up tabletop."""
    pictures = tuple(views(0, 320, 240))
    action = KeyAction(np.eye(4), gripper=GripperCommand.GRASP)
    looks = [
        Look(
            pictures, np.zeros(7), np.eye(4), 0.08, number, action if number < len(steps) else None
        )
        for number in range(len(steps) + 1)
    ]
    records = tuple(
        SubTaskRecord.of(step, FOOT, (number, number + 1)) for number, step in enumerate(steps)
    )
    header = Header(source="tabletop", instruction="...", success=success, subtasks=records)
    write_episode(folder / f"{name}.episode", header, looks)


class Pointer(KeypointFinder):
    """Answers with one point, or that nothing is there."""

    def __init__(self, point: NDArray[np.float64] | None) -> None:
        self._point = point

    def find(self, subtask: SubTask, scene: Scene) -> KeypointAnswer:
        assert len(scene.cloud) > 0
        if self._point is None:
            raise ClapError(ErrorCode.OBJECT_NOT_FOUND, f"no {subtask.object}", "Show it")
        return KeypointAnswer(Keypoint(subtask.object, self._point, confidence=0.8))


@pytest.fixture
def folder(tmp_path: Path) -> EpisodeFolder:
    write(tmp_path, "0", GRASP, LIFT)
    write(tmp_path, "1", SubTask(Action.GRASP, "grasp the mug", "mug"))
    return EpisodeFolder(tmp_path)


def test_the_true_place_is_right_and_what_is_absent_is_wrong(folder: EpisodeFolder) -> None:
    scored = score(Pointer(FOOT), folder)
    result = figures(scored)
    assert (result["subtasks"], result["right"], result["median_cm"]) == (2, 1.0, 0.0)
    assert (result["right_hand"], result["whole"], result["episodes"]) == (1.0, 1.0, 2)
    assert (result["absent.recall"], result["absent.precision"]) == (0.0, None)
    assert result["calibration_error"] == pytest.approx(0.2)


def test_a_place_that_is_4_cm_off_is_wrong(folder: EpisodeFolder) -> None:
    result = figures(score(Pointer(FOOT + np.array([0.04, 0.0, 0.0])), folder))
    assert (result["right"], result["whole"], result["median_cm"]) == (0.0, 0.0, 4.0)


def test_who_finds_nothing_is_right_about_absent_things_only(folder: EpisodeFolder) -> None:
    scored = score(Pointer(None), folder)
    result = figures(scored)
    absent = [one for one in scored if not one.present]
    assert [one.right for one in absent] == [True, True]
    assert "mug" in absent[0].said and "ball" in absent[1].said
    assert (result["right"], result["absent.recall"], result["median_cm"]) == (0.0, 1.0, None)
    assert result["absent.precision"] == pytest.approx(2 / 5)


def test_sure_and_right_is_calibrated() -> None:
    sure = [Scored("", str(n), "", True, True, 0.0, 1.0, 1.0) for n in range(3)]
    assert figures(sure)["calibration_error"] == 0.0
    doubtful = [Scored("", str(n), "", True, True, 0.1 * n, 0.5, 1.0) for n in range(2)]
    assert figures(doubtful)["calibration_error"] == 0.0


def test_examples_are_what_a_look_must_tell_of_episodes_that_went_well(tmp_path: Path) -> None:
    write(tmp_path, "0", GRASP, LIFT)
    write(tmp_path, "1", GRASP, success=False)
    shown = examples_of(EpisodeFolder(tmp_path), Drawings(1, 1))
    assert [one.subtask for one in shown] == [GRASP]
    assert len(shown[0].drawings) == 2
    assert shown[0].keypoint_m == pytest.approx(FOOT)


def test_absent_things_have_nouns_that_the_episode_has_not(folder: EpisodeFolder) -> None:
    shown = examples_of(folder, Drawings(1))
    absent = absent_examples(shown, 1.0, seed=3)
    assert absent
    for one in absent:
        here = {noun(other.subtask.object) for other in shown if other.episode == one.episode}
        assert one.keypoint_m is None
        assert noun(one.subtask.object) not in here


def test_the_head_of_a_name() -> None:
    assert noun("top shelf of the safe") == "shelf"
    assert noun("Red Mug") == "mug"
    assert noun("") == ""


def test_examples_of_scenes_are_their_steps_that_a_look_must_tell(tmp_path: Path) -> None:
    carry_out(orders(GROUNDING, 4, 9, tmp_path)[0])
    found = grounding_examples(tmp_path, Drawings(1, 1))
    assert {one.subtask.action for one in found} >= {Action.GRASP, Action.MOVE}
    assert all(one.keypoint_m is not None and len(one.drawings) == 2 for one in found)
    assert not any(one.subtask.action is Action.RELEASE for one in found)


def test_a_folder_of_scenes_without_plans_is_refused(tmp_path: Path) -> None:
    carry_out(orders(TRAIN, 1, 9, tmp_path)[0])
    with pytest.raises(ClapError) as caught:
        grounding_examples(tmp_path, Drawings(1))
    assert "--split grounding" in (caught.value.cure or "")
