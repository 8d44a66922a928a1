"""The keypoint finder `qwen` with answers by script, and with a model that babbles."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_qwen import save_tiny_qwen

from clap_core.backends import KEYPOINT_FINDERS, Scene, settings_type
from clap_core.camera.projection import project
from clap_core.camera.tabletop import BALLS, views
from clap_core.camera.view import CameraView
from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud
from clap_core.task_types import Action, Relation, SubTask
from clap_learning.vlm.backend import QwenFinder
from clap_learning.vlm.loading import load_model
from clap_learning.vlm.model import Said, SeenPictures, VisionLanguageModel
from clap_learning.vlm.prompts import PictureSlot, Turn
from clap_learning.vlm.settings import QwenSettings

VIEWS = tuple(views(0))
FOOT = np.array(BALLS[0].centre) * (1, 1, 0)
GRASP = SubTask(Action.GRASP, "grasp the red ball", "red ball")
Answer = Callable[[Sequence[PictureSlot]], dict[str, Any]]


class Scripted(VisionLanguageModel):
    """Answers by script; everything else is the model's own."""

    answers: Sequence[Answer] = ()
    turns: list[Sequence[Turn]]

    def answer(
        self, turns: Sequence[Turn], seen: SeenPictures, until_s: float, max_tokens: int
    ) -> Said:
        self.encode(turns, seen, asks=True)
        self.turns.append(turns)
        return Said(json.dumps(self.answers[len(self.turns) - 1](seen.pictures)), 0.9)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_qwen(tmp_path_factory.mktemp("tiny-qwen"))


@pytest.fixture
def finder(folder: Path) -> Callable[..., QwenFinder]:
    def make(*answers: Answer) -> QwenFinder:
        loaded = load_model(str(folder), "", "cpu", "float32")
        scripted = Scripted(loaded.model, loaded._tokenizer, loaded._images)
        scripted.answers, scripted.turns = answers, []
        return QwenFinder(QwenSettings(deadline_s=300.0), scripted)

    return make


def scene(looks: Sequence[CameraView] = VIEWS, base_T_tcp: np.ndarray | None = None) -> Scene:
    cloud = PointCloud(np.zeros((1, 3), np.float32), np.zeros((1, 3), np.uint8), "base", 7)
    return Scene(cloud, base_T_tcp, fetch_views=lambda: tuple(looks))


def points(pictures: Sequence[PictureSlot], point: np.ndarray = FOOT) -> dict[str, list[float]]:
    """Where a point of the base frame is in the pictures as the model sees them."""
    found = {}
    for picture, view in zip(pictures, VIEWS, strict=True):
        ((column, row),), _, _ = project(point[None], view.intrinsics, view.base_T_camera)
        size = view.intrinsics
        found[picture.camera] = [
            (column + 0.5) * picture.width / size.width - 0.5,
            (row + 0.5) * picture.height / size.height - 0.5,
        ]
    return found


def things(pictures: Sequence[PictureSlot]) -> dict[str, Any]:
    named = {"name": "red ball", "points": points(pictures)}
    return {"objects": [named], "step": "grasp the red ball", "there": True}


def test_two_rounds_make_a_keypoint(finder: Callable[..., QwenFinder]) -> None:
    asked = finder(things, lambda pictures: {"points": points(pictures)})
    answer = asked.find(GRASP, scene())
    keypoint = answer.require()
    np.testing.assert_allclose(keypoint.point, FOOT, atol=0.02)
    assert (keypoint.label, keypoint.stamp_ns) == ("red ball", 7)
    assert keypoint.confidence == pytest.approx(0.9) and answer.absent == pytest.approx(0.1)
    assert answer.seen == ("red ball",) and len(answer.candidates) == 2
    assert set(answer.heatmaps) == {view.name for view in VIEWS}
    for view in VIEWS:
        drawn = answer.heatmaps[view.name]
        ((column, row),), _, _ = project(FOOT[None], view.intrinsics, view.base_T_camera)
        peak = np.unravel_index(drawn.argmax(), drawn.shape)
        assert drawn.shape == view.depth.shape
        np.testing.assert_allclose(peak, (row, column), atol=4.0)
    first, second = asked._model.turns  # type: ignore[union-attr]
    assert second[: len(first)] == first and second[-2].role == "assistant"


def test_what_is_not_there_is_refused_with_what_is(finder: Callable[..., QwenFinder]) -> None:
    nothing = {"objects": [{"name": "blue ball", "points": {}}], "step": "", "there": False}
    answer = finder(lambda pictures: nothing).find(GRASP, scene())
    assert answer.keypoint is None and answer.absent == pytest.approx(0.9)
    with pytest.raises(ClapError, match=r"red ball.*Seen: blue ball") as raised:
        answer.require()
    assert raised.value.code is ErrorCode.OBJECT_NOT_FOUND


def test_pictures_that_disagree_are_a_refusal(finder: Callable[..., QwenFinder]) -> None:
    def apart(pictures: Sequence[PictureSlot]) -> dict[str, Any]:
        corners = ([0, 0], [pictures[1].width - 1, 0], None)
        return {"points": dict(zip((p.camera for p in pictures), corners, strict=True))}

    answer = finder(things, apart).find(GRASP, scene())
    assert answer.refusal is not None and answer.refusal.code is ErrorCode.AMBIGUOUS
    assert len(answer.heatmaps) == 2


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (lambda pictures: {"points": {"front": [5000, 1]}}, ErrorCode.INVALID_REQUEST),
        (lambda pictures: {"where": "there"}, ErrorCode.INVALID_REQUEST),
        (
            lambda pictures: {"points": points(pictures, np.array([0.5, 0.0, -0.3]))},
            ErrorCode.OUT_OF_WORKSPACE,
        ),
    ],
)
def test_an_answer_that_cannot_be_used_is_raised(
    finder: Callable[..., QwenFinder], second: Answer, code: ErrorCode
) -> None:
    with pytest.raises(ClapError) as raised:
        finder(things, second).find(GRASP, scene())
    assert raised.value.code is code and raised.value.cure


def test_black_pictures_and_pictures_of_another_time_are_not_looked_at(
    finder: Callable[..., QwenFinder],
) -> None:
    black = [replace(view, rgb=np.zeros_like(view.rgb)) for view in VIEWS]
    with pytest.raises(ClapError, match="not black") as raised:
        finder().find(GRASP, scene(black))
    assert raised.value.code is ErrorCode.CAMERA_STALE
    old = [replace(VIEWS[0], stamp_ns=5_000_000_000), replace(VIEWS[1], stamp_ns=0)]
    with pytest.raises(ClapError, match=f"'{VIEWS[1].name}' is 5.0 s older") as raised:
        finder().find(GRASP, scene(old))
    assert raised.value.code is ErrorCode.CAMERA_STALE


def test_one_black_picture_is_left_out(finder: Callable[..., QwenFinder]) -> None:
    looks = [*VIEWS[:2], replace(VIEWS[2], rgb=np.zeros_like(VIEWS[2].rgb))]

    def of_two(pictures: Sequence[PictureSlot]) -> dict[str, Any]:
        assert [picture.camera for picture in pictures] == [view.name for view in VIEWS[:2]]
        every = points([*pictures, PictureSlot(VIEWS[2].name, 1, 1)])
        return {"points": {picture.camera: every[picture.camera] for picture in pictures}}

    nothing = {"objects": [], "step": "", "there": True}
    answer = finder(lambda pictures: nothing, of_two).find(GRASP, scene(looks))
    np.testing.assert_allclose(answer.require().point, FOOT, atol=0.02)


def test_what_the_hand_holds_is_at_the_hand(finder: Callable[..., QwenFinder]) -> None:
    pose = np.eye(4)
    pose[:3, 3] = 0.4, 0.1, 0.3
    lift = SubTask(Action.MOVE, "lift the red ball", "red ball", "", Relation.UP)
    answer = finder().find(lift, scene(base_T_tcp=pose))
    np.testing.assert_allclose(answer.require().point, pose[:3, 3])
    with pytest.raises(ClapError) as raised:
        finder().find(lift, scene())
    assert raised.value.code is ErrorCode.TRANSFORM_UNAVAILABLE


def test_ten_thousand_characters_are_no_step(finder: Callable[..., QwenFinder]) -> None:
    with pytest.raises(ClapError) as raised:
        finder().find(replace(GRASP, text="mug " * 2500), scene())
    assert raised.value.code is ErrorCode.INVALID_REQUEST


def test_a_model_that_babbles_moves_nothing(folder: Path) -> None:
    assert settings_type(KEYPOINT_FINDERS, "qwen") is QwenSettings
    finder = QwenFinder(QwenSettings(model=str(folder), max_answer_tokens=16, deadline_s=300.0))
    finder.warm_up()
    with pytest.raises(ClapError, match="no JSON object") as raised:
        finder.find(GRASP, scene())
    assert raised.value.code is ErrorCode.INVALID_REQUEST
    finder.close()
