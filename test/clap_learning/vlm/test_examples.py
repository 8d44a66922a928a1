"""What is learnt from an episode: the right looks, the true pixels, and only what can be seen."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tabletop_episode import FOOT, PLACE, write_tabletop

from clap_core.camera.tabletop import BALLS, views
from clap_core.errors import ClapError
from clap_core.task_types import Action, SubTask
from clap_data.episodes import EpisodeFolder
from clap_learning.vlm.answers import read_first, read_second
from clap_learning.vlm.examples import StepExample, conversation, list_examples, true_points
from clap_learning.vlm.lifting import lift
from clap_learning.vlm.prompts import PictureSlot
from clap_learning.vlm.settings import LiftingConfig

VIEWS = tuple(views(0))
PICTURES = tuple(PictureSlot(view.name, 280, 196) for view in VIEWS)


def test_steps_at_the_hand_are_not_learnt(tmp_path: Path) -> None:
    examples = list_examples(EpisodeFolder(write_tabletop(tmp_path)), 0.0, 0)
    assert [(example.look, example.subtask.action) for example in examples] == [
        (0, Action.GRASP),
        (2, Action.MOVE),
    ]
    assert [example.keypoint_m for example in examples] == [tuple(FOOT), tuple(PLACE)]
    assert [view.name for view in examples[0].views()] == [view.name for view in VIEWS]


def test_a_folder_without_good_episodes_teaches_nothing(tmp_path: Path) -> None:
    with pytest.raises(ClapError, match=r"no episode in .* tells where"):
        list_examples(EpisodeFolder(write_tabletop(tmp_path, success=False)), 0.0, 0)


def test_absent_is_only_what_the_episode_never_names(tmp_path: Path) -> None:
    """Its own red and blue balls are never called absent."""
    examples = list_examples(EpisodeFolder(write_tabletop(tmp_path)), 1.0, 0)
    assert all(example.keypoint_m is not None for example in examples)


def test_the_true_answers_lead_back_to_the_place(tmp_path: Path) -> None:
    for example in list_examples(EpisodeFolder(write_tabletop(tmp_path)), 0.0, 0):
        turns = conversation(example, VIEWS, PICTURES)
        assert [turn.role for turn in turns] == ["system", "user", "assistant", "user", "assistant"]
        first = read_first(str(turns[2].parts[0]), PICTURES)
        assert first.there and first.step == example.subtask.text
        assert first.objects[0].name == example.subtask.reference or example.subtask.object
        pixels = {
            camera: (
                (column + 0.5) * VIEWS[0].intrinsics.width / 280 - 0.5,
                (row + 0.5) * VIEWS[0].intrinsics.height / 196 - 0.5,
            )
            for camera, (column, row) in read_second(str(turns[4].parts[0]), PICTURES).items()
        }
        place = lift(pixels, VIEWS, LiftingConfig())
        np.testing.assert_allclose(place.point, example.keypoint_m, atol=0.01)


def test_an_absent_thing_ends_the_conversation(tmp_path: Path) -> None:
    absent = StepExample(tmp_path, 0, SubTask(Action.GRASP, "grasp the mug", "mug"), None)
    turns = conversation(absent, VIEWS, PICTURES)
    assert json.loads(str(turns[-1].parts[0])) == {
        "objects": [],
        "step": "grasp the mug",
        "there": False,
    }


def test_what_is_hidden_or_outside_has_no_pixel() -> None:
    """Behind the red ball, seen from the front; the ball's own foot may be inside it."""
    front = next(view for view in VIEWS if view.name == "front")
    centre, eye = np.array(BALLS[0].centre), front.base_T_camera[:3, 3]
    away = (centre - eye) / np.linalg.norm(centre - eye)
    behind = true_points(centre + 0.15 * away, VIEWS, PICTURES)
    assert behind["front"] is None
    assert true_points(FOOT, VIEWS, PICTURES)["front"] is not None
    assert set(true_points(np.array([9.0, 9.0, 0.0]), VIEWS, PICTURES).values()) == {None}
    empty = [replace(view, depth=np.zeros_like(view.depth)) for view in VIEWS]
    assert true_points(centre + 0.15 * away, empty, PICTURES)["front"] is not None
