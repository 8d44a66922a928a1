"""Demonstrated steps that a plan says as one become one demonstration."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clap_bench.gembench import suite
from clap_bench.suite.demonstrations import demonstrate
from clap_core.fusion import CloudFuser, FusionConfig
from clap_core.task_types import Action, GripperCommand, Relation
from clap_data.episodes import EpisodeFile, write_episode
from clap_learning.policy.demonstration import Demonstration, demonstrations, way_onward
from clap_learning.policy.letting_go import DRAWN_BACK_M


def shown(folder: Path, variation: str, seed: int) -> list[Demonstration]:
    played = demonstrate(suite.task(variation), seed, "gembench", variation)
    write_episode(folder / "one.episode", played.header, played.looks)
    with EpisodeFile(folder / "one.episode") as episode:
        return list(demonstrations(episode, CloudFuser(FusionConfig())))


@pytest.mark.slow
def test_to_open_a_drawer_is_to_take_its_handle_pull_and_let_go(tmp_path: Path) -> None:
    grasp, pull, joined = shown(tmp_path, "open_drawer+0", 2**30)
    assert (joined.subtask, joined.at_hand, joined.is_holding) == (pull.subtask, False, False)
    assert joined.state.keypoint_m is grasp.state.keypoint_m
    assert joined.actions[: len(grasp.actions)] == grasp.actions
    let_go, back = joined.actions[-2:]
    assert let_go.gripper is GripperCommand.OPEN
    drawn = back.base_T_tcp[:3, 3] - let_go.base_T_tcp[:3, 3]
    assert drawn @ let_go.base_T_tcp[:3, 2] == pytest.approx(-DRAWN_BACK_M[0])


@pytest.mark.slow
def test_a_push_knows_where_it_leads(tmp_path: Path) -> None:
    behind, push, joined = shown(tmp_path, "slide_block_to_color_target_peract+0", 2**30)
    assert (joined.subtask.action, joined.subtask.relation) == (Action.PUSH, Relation.TOWARDS)
    assert joined.state.keypoint_m is behind.state.keypoint_m
    assert joined.state.next_m is push.state.keypoint_m
    assert joined.actions == behind.actions + push.actions


def test_two_steps_at_one_place_lead_nowhere() -> None:
    lip, moved = np.array([0.5, 0.0, 0.16]), np.array([0.504, 0.001, 0.162])
    assert way_onward(lip, moved) is None
    assert way_onward(lip, None) is None
    away = np.array([0.5, 0.2, 0.0])
    assert way_onward(lip, away) is away
