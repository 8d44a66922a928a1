"""What backends see, what they answer, and how they are made."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import numpy as np
import pytest

from clap_core.backends import (
    POLICIES,
    KeypointAnswer,
    Observation,
    Policy,
    Scene,
    create,
    registry,
)
from clap_core.camera.tabletop import views
from clap_core.cloud_tokens import CloudTokens
from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud
from clap_core.task_types import Action, ActionChunk, Keypoint, SubTask

CLOUD = PointCloud(np.zeros((1, 3), np.float32), np.zeros((1, 3), np.uint8))
KEYPOINT = Keypoint("red mug", np.zeros(3))
SUBTASK = SubTask(Action.GRASP, "grasp the red mug", "red mug")


class StayingPolicy(Policy):
    def act(self, observation: Observation) -> ActionChunk:
        return ActionChunk((), None, done=True)


class Stranger:
    """Acts as a policy does, but is not derived from `Policy`."""

    def act(self, observation: Observation) -> ActionChunk:
        return ActionChunk((), None, done=True)


def offer(patch: pytest.MonkeyPatch, group: str, factory: str) -> None:
    point = EntryPoint("made_up", f"{__name__}:{factory}", group)
    patch.setattr(registry, "entry_points", lambda group: [point])


def test_views_and_tokens_are_fetched_once_and_only_when_asked_for() -> None:
    asked: list[str] = []
    pictures = tuple(views(0, 16, 12))
    tokens = CloudTokens(
        np.zeros((2, 3), np.float32), np.zeros((2, 4), np.float32), np.zeros(3), 0.2, 9,
        "m", "", "e", 0.0,
    )  # fmt: skip
    scene = Scene(CLOUD, fetch_views=lambda: (asked.append("views"), pictures)[1])
    observation = Observation(
        SUBTASK, KEYPOINT, scene, fetch_tokens=lambda: (asked.append("tokens"), tokens)[1]
    )

    assert asked == []
    assert observation.scene.views is scene.views is pictures
    assert observation.tokens is observation.tokens is tokens
    assert asked == ["views", "tokens"]


def test_what_cannot_be_fetched_is_said() -> None:
    with pytest.raises(ClapError, match="without pictures"):
        _ = Scene(CLOUD).views
    with pytest.raises(ClapError, match="no encoder") as refused:
        _ = Observation(SUBTASK, KEYPOINT, Scene(CLOUD)).tokens
    assert refused.value.code is ErrorCode.NODE_UNAVAILABLE


def test_an_answer_is_a_keypoint_or_a_reason() -> None:
    refusal = ClapError(ErrorCode.AMBIGUOUS, "two mugs", "say which")
    assert KeypointAnswer(KEYPOINT).require() is KEYPOINT
    with pytest.raises(ClapError, match="two mugs"):
        KeypointAnswer(None, refusal).require()
    for wrong in ((None, None), (KEYPOINT, refusal)):
        with pytest.raises(ValueError, match="either a keypoint or a refusal"):
            KeypointAnswer(*wrong)
    with pytest.raises(ValueError, match="probability"):
        KeypointAnswer(KEYPOINT, absent=1.5)


def test_a_simple_backend_needs_no_more_than_its_capability(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offer(monkeypatch, POLICIES, "StayingPolicy")

    policy = create(POLICIES, "made_up")

    policy.warm_up()
    assert policy.device == "cpu"
    assert policy.act(Observation(SUBTASK, KEYPOINT, Scene(CLOUD))).done
    policy.close()


def test_a_class_that_is_no_backend_is_named_with_the_one_to_derive_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offer(monkeypatch, POLICIES, "Stranger")

    with pytest.raises(ClapError, match=r"a Stranger, no Policy\. .*clap_core\.backends\.Policy"):
        create(POLICIES, "made_up")
