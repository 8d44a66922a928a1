"""The network learns, goes on, is saved and read, and is served."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from ball_scenes import balls, examples, grasp, scene_of

from clap_core.backends import KEYPOINT_FINDERS, Scene, create
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Action, Relation, SubTask
from clap_learning.checkpoint import CHECKPOINT_FILE
from clap_learning.keypoint.augment import KeypointAugmentConfig
from clap_learning.keypoint.backend import LearnedFinder, LearnedFinderSettings
from clap_learning.keypoint.network import KeypointNetwork, NetworkConfig
from clap_learning.keypoint.training import (
    KeypointTrainingConfig,
    Material,
    batches,
    questions_of,
    train,
)
from clap_learning.keypoint.weights import KEYPOINT_FOLDER, KeypointModelConfig

SMALL = NetworkConfig(width=32, layers=2, heads=2, text_width=8, dropout=0.0)
CONFIG = KeypointTrainingConfig(
    network=SMALL,
    augment=KeypointAugmentConfig(
        turn_deg=0.0, shift_m=0.0, raise_m=0.0, stretch=0.0, drop=0.0, light=0.0, recolour=0.0,
        absent_colour=0.3,
    ),
    steps=120,
    batch=6,
    learning_rate=5e-3,
    warm_up=5,
    averaging=0.9,
    save_every=40,
)  # fmt: skip
"""Learn a few scenes by heart."""

LEARNT = examples(3)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    KEYPOINT_FOLDER.save(
        folder, train(CONFIG, Material(LEARNT), folder), KeypointModelConfig(network=SMALL)
    )
    return folder


def finder(folder: Path) -> LearnedFinder:
    made = create(
        KEYPOINT_FINDERS, "learned", LearnedFinderSettings(weights=str(folder), min_confidence=0.0)
    )
    assert isinstance(made, LearnedFinder)
    return made


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(LEARNT)))
def test_it_points_at_what_it_was_shown(weights: Path, number: int) -> None:
    shown = LEARNT[number]
    cloud = balls(scene_of(number), seed=number)
    answer = finder(weights).find(shown.subtask, Scene(cloud))
    assert np.linalg.norm(answer.require().point - shown.keypoint_m) < 0.03
    assert answer.candidates[0] is answer.keypoint
    assert 0.0 < answer.candidates[0].confidence <= 1.0


@pytest.mark.slow
def test_a_colour_that_nothing_has_is_more_absent_than_one_that_is_there(weights: Path) -> None:
    scene = Scene(balls(scene_of(0), seed=0))
    there = finder(weights).find(LEARNT[0].subtask, scene).absent
    assert finder(weights).find(grasp("yellow"), scene).absent > there + 0.2


@pytest.mark.slow
def test_an_interrupted_run_ends_as_one_in_one_piece(tmp_path: Path) -> None:
    forgetful = SMALL.model_copy(update={"dropout": 0.3})
    config = CONFIG.model_copy(update={"network": forgetful, "steps": 6, "save_every": 2})
    shown = Material(LEARNT[:1], LEARNT[1:])
    whole = train(config, shown, tmp_path / "whole")
    stopped = tmp_path / "stopped"

    class Stop(Exception):
        pass

    def stop_at_4(progress: object) -> None:
        if getattr(progress, "step", 0) == 4:
            raise Stop

    with pytest.raises(Stop):
        train(config, shown, stopped, stop_at_4)
    assert (stopped / CHECKPOINT_FILE).is_file()
    again = train(config, shown, stopped)
    for one, other in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_a_run_goes_on_from_weights_that_are_given(tmp_path: Path) -> None:
    torch.manual_seed(1)
    given = KeypointNetwork(SMALL)
    still = CONFIG.model_copy(update={"steps": 1, "learning_rate": 1e-9})
    gone_on = train(still, Material(LEARNT[:1]), tmp_path, start=given)
    for one, other in zip(given.parameters(), gone_on.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def untrained(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    KEYPOINT_FOLDER.save(tmp_path, KeypointNetwork(SMALL), KeypointModelConfig(network=SMALL))
    return tmp_path


def test_what_is_done_with_what_is_held_happens_at_the_hand(tmp_path: Path) -> None:
    base_T_tcp = np.eye(4)
    base_T_tcp[:3, 3] = (0.5, 0.2, 0.3)
    scene = Scene(balls({"red": (0.5, 0.0)}), base_T_tcp, 0.04)
    learned = finder(tmp_path)  # without weights: none are needed
    for subtask in (
        SubTask(Action.RELEASE, "let go of the red ball", "red ball"),
        SubTask(Action.MOVE, "lift the red ball", "red ball", "", Relation.UP),
        SubTask(Action.TURN, "turn the lid", "lid"),
    ):
        assert learned.find(subtask, scene).require().point == pytest.approx((0.5, 0.2, 0.3))


def test_an_unsure_answer_names_no_place(tmp_path: Path) -> None:
    settings = LearnedFinderSettings(
        weights=str(untrained(tmp_path)), max_absent=1.0, min_confidence=1.0
    )
    answer = LearnedFinder(settings).find(grasp("red"), Scene(balls({"red": (0.5, 0.0)})))
    assert answer.keypoint is None and answer.refusal is not None
    assert answer.refusal.code is ErrorCode.AMBIGUOUS
    assert len(answer.candidates) >= 1


def test_what_is_absent_is_refused_by_name(tmp_path: Path) -> None:
    settings = LearnedFinderSettings(weights=str(untrained(tmp_path)), max_absent=0.0)
    answer = LearnedFinder(settings).find(grasp("red"), Scene(balls({"red": (0.5, 0.0)})))
    assert answer.refusal is not None
    assert answer.refusal.code is ErrorCode.OBJECT_NOT_FOUND
    assert "red ball" in answer.refusal.message


@pytest.mark.parametrize("harm", ["cut", "changed", "gone", "other"])
def test_weights_that_cannot_be_used_are_named(tmp_path: Path, harm: str) -> None:
    folder = untrained(tmp_path)
    file = folder / "model.safetensors"
    if harm == "cut":
        file.write_bytes(file.read_bytes()[:-50])
    elif harm == "changed":
        file.write_bytes(file.read_bytes()[:-1] + b"x")
    elif harm == "gone":
        file.unlink()
    else:
        folder = tmp_path / "nowhere"
    with pytest.raises(ClapError) as caught:
        KEYPOINT_FOLDER.load(folder)
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert str(folder) in caught.value.message


def test_scenes_come_as_often_as_their_share_says() -> None:
    rare = Material(LEARNT[:1], [replace(LEARNT[1], variation="scene")] * 40)
    config = CONFIG.model_copy(update={"grounding_share": 0.25, "absent_share": 0.0, "steps": 200})
    updates = batches(questions_of(config, rare), config, 0)
    drawn = [one.example.variation for _, chosen in updates for one in chosen]
    assert drawn.count("scene") / len(drawn) == pytest.approx(0.25, abs=0.05)
    alone = questions_of(config, Material(LEARNT[:1]))
    assert sum(alone.weights) == pytest.approx(1.0)
