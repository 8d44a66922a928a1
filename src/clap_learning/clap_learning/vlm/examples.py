"""What the model learns from: looks of demonstrations, and where their next step happens."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clap_core.camera.projection import depth_in_metres, project
from clap_core.camera.view import CameraView
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import SubTask
from clap_data.episodes import EpisodeFile, EpisodeFolder
from clap_learning.shown_steps import noun, seen_steps
from clap_learning.vlm.prompts import (
    FirstAnswer,
    PictureSlot,
    Pixel,
    SeenThing,
    Turn,
    first_answer,
    first_round,
    second_answer,
    second_round,
)

INSIDE_M = 0.10
"""How far behind the surface that a camera sees a place may lie and still be seen: a mug's foot is
inside the mug, and things of the suite are up to 10 cm wide."""


@dataclass(frozen=True)
class StepExample:
    """A step at the look that it begins with.

    Attributes:
        path: of the episode.
        look: number of the look, right after a key frame.
        subtask: the step.
        keypoint_m: [3] where it happens, base frame; None if what it names is not there.
    """

    path: Path
    look: int
    subtask: SubTask
    keypoint_m: tuple[float, float, float] | None

    def views(self) -> tuple[CameraView, ...]:
        """The pictures, read from the disk.

        Raises:
            DamagedFileError: the file is damaged.
        """
        with EpisodeFile(self.path) as episode:
            return episode.look(self.look).views


def list_examples(folder: EpisodeFolder, absent_share: float, seed: int) -> list[StepExample]:
    """Every step of which the cameras can tell the place, and as many that name absent things.

    Only looks that a step begins with are taken (CLAP found a window around key frames to
    confuse). What is done with what the hand holds is left out: it happens at the hand. Absent
    is a step of another episode whose object's noun no step of this one has.

    Args:
        folder: of demonstrations.
        absent_share: absent steps for each present one.
        seed: of the choice of absent steps.

    Raises:
        ClapError: INVALID_REQUEST when nothing can be learnt from the folder.
    """
    found: list[StepExample] = []
    nouns: dict[Path, set[str]] = {}
    for episode in folder:
        if episode.record.success is not False:
            found += [
                StepExample(episode.path, step.key_poses[0], step.subtask, step.keypoint_m)
                for step in seen_steps(episode.record)
            ]
            nouns[episode.path] = {
                noun(name)
                for step in episode.record.subtasks
                for name in (step.object, step.reference)
            }
    if not found:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"no episode in {folder.root} tells where a step happens that the cameras could see",
            "Make some: ./clap data make --split train",
        )
    chance = random.Random(seed)
    absent = []
    for example in found:
        other = chance.choice(found)
        named = noun(other.subtask.object)
        if chance.random() < absent_share and named and named not in nouns[example.path]:
            absent.append(StepExample(example.path, example.look, other.subtask, None))
    return [*found, *absent]


def conversation(
    example: StepExample, views: Sequence[CameraView], pictures: Sequence[PictureSlot]
) -> tuple[Turn, ...]:
    """Questions and true answers of an example, in the words of `prompts`.

    Args:
        example: the step.
        views: of its look.
        pictures: the same as the model sees them.
    """
    subtask = example.subtask
    asked = first_round(subtask, pictures)
    if example.keypoint_m is None:
        said = first_answer(FirstAnswer((), subtask.text, there=False))
        return (*asked, Turn("assistant", (said,)))
    points = true_points(np.array(example.keypoint_m), views, pictures)
    thing = SeenThing(_at(subtask), points)
    said = first_answer(FirstAnswer((thing,), subtask.text, there=True))
    then = second_round(asked, said)
    return (*then, Turn("assistant", (second_answer(points),)))


def _at(subtask: SubTask) -> str:
    """The name of the thing that the step's place belongs to."""
    if subtask.reference:
        return subtask.reference
    return f"{subtask.part} of {subtask.object}" if subtask.part else subtask.object


def true_points(
    point: NDArray[np.float64], views: Sequence[CameraView], pictures: Sequence[PictureSlot]
) -> Mapping[str, Pixel | None]:
    """Where a place [3] m of the base frame is in each picture; None outside or hidden."""
    return {
        picture.camera: _true_point(point, view, picture)
        for view, picture in zip(views, pictures, strict=True)
    }


def _true_point(point: NDArray[np.float64], view: CameraView, picture: PictureSlot) -> Pixel | None:
    k = view.intrinsics
    ((column, row),), (depth_m,), (inside,) = project(point[None], k, view.base_T_camera)
    if not inside:
        return None
    (surface,) = depth_in_metres(view.depth[[round(row)], [round(column)]])
    if np.isfinite(surface) and 0.0 < surface < depth_m - INSIDE_M:
        return None
    return (
        min(int((column + 0.5) * picture.width / k.width), picture.width - 1),
        min(int((row + 0.5) * picture.height / k.height), picture.height - 1),
    )
