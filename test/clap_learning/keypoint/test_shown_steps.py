"""At which looks of a demonstration a sub-task may be asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clap_bench.gembench import suite
from clap_bench.suite.demonstrations import demonstrate
from clap_core.task_types import Action, GripperCommand, Motion
from clap_data.episodes import EpisodeFile, write_episode
from clap_learning.shown_steps import ShownStep, shown_steps


def steps_of(folder: Path, variation: str) -> tuple[list[ShownStep], EpisodeFile]:
    played = demonstrate(suite.task(variation), 2**30, "gembench", variation)
    write_episode(folder / "one.episode", played.header, played.looks)
    episode = EpisodeFile(folder / "one.episode")
    return list(shown_steps(episode.record)), episode


@pytest.mark.slow
def test_also_when_the_hand_is_over_the_thing_but_not_when_it_has_touched_it(
    tmp_path: Path,
) -> None:
    steps, episode = steps_of(tmp_path, "stack_blocks+30")
    with episode:
        record = episode.record
        grasps = [step for step in steps if step.subtask.action is Action.GRASP]
        assert len(grasps) == 2
        for step in grasps:
            over = [
                look for look in step.looks
                if np.hypot(*(tcp(record, look) - step.keypoint_m)[:2]) < 0.03
            ]  # fmt: skip
            assert over
            assert all(tcp(record, look)[2] > step.keypoint_m[2] + 0.08 for look in over)
        for step in steps:
            first = step.looks[0]
            for look in step.looks:
                before = record.actions[first:look]
                assert all(one.motion is Motion.JOINT for one in before)
                assert all(one.gripper is not GripperCommand.GRASP for one in before)


def tcp(record, look: int):  # type: ignore[no-untyped-def]
    return np.array(record.looks[look].base_T_tcp)[:3, 3]
