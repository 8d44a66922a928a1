"""A demonstration on the made-up tabletop: grasp the red ball, lift it, put it beside the blue."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from clap_core.camera.tabletop import BALLS, views
from clap_core.task_types import Action, GripperCommand, KeyAction, Motion, Relation, SubTask
from clap_data.episodes import Header, Look, SubTaskRecord, write_episode

FOOT = np.array(BALLS[0].centre) * (1, 1, 0)
PLACE = np.array([0.42, -0.05, 0.0])
STEPS = (
    (SubTask(Action.GRASP, "grasp the red ball", "red ball"), FOOT),
    (SubTask(Action.MOVE, "lift the red ball", "red ball", "", Relation.UP), FOOT),
    (
        SubTask(
            Action.MOVE,
            "move the red ball next to the blue ball",
            "red ball",
            "",
            Relation.NEXT_TO,
            "blue ball",
        ),
        PLACE,
    ),
)


def write_tabletop(
    folder: Path,
    steps: int = len(STEPS),
    success: bool | None = True,
    size: tuple[int, int] = (640, 480),
) -> Path:
    """Write an episode with the first steps; returns the folder.

    Args:
        folder: for it.
        steps: how many.
        success: as it is told.
        size: columns and rows of its pictures.
    """
    action = KeyAction(np.eye(4), Motion.LINEAR, GripperCommand.GRASP)
    looks = [
        Look(
            tuple(views(0, *size)),
            np.zeros(7),
            np.eye(4),
            0.08,
            number,
            action if number < steps else None,
        )
        for number in range(steps + 1)
    ]
    records = tuple(
        SubTaskRecord.of(subtask, point, (number, number + 1))
        for number, (subtask, point) in enumerate(STEPS[:steps])
    )
    header = Header(
        source="tabletop", split="train", instruction="...", success=success, subtasks=records
    )
    write_episode(folder / "0.episode", header, looks)
    return folder
