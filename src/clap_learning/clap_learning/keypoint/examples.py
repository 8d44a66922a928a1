"""What is learned from: looks of demonstrations, and where each sub-task happens in them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_core.fusion import CloudFuser, FusionConfig
from clap_core.task_types import SubTask
from clap_data.episodes import EpisodeFile, EpisodeFolder
from clap_learning.keypoint.tokens import Patches, patches_of
from clap_learning.shown_steps import noun, shown_steps


@dataclass(frozen=True, eq=False)
class Example:
    """A sub-task at a look: the one that it begins with, or one before.

    Attributes:
        variation: of the task.
        episode: which one it is of.
        subtask: what is to be done.
        keypoint_m: [3] where it happens; None if what it names is not there.
        tcp_m: [3] the tool centre point.
        opening_m: of the fingers.
        drawings: the cloud's tokens, drawn several times.
    """

    variation: str
    episode: str
    subtask: SubTask
    keypoint_m: NDArray[np.float64] | None
    tcp_m: NDArray[np.float64]
    opening_m: float
    drawings: tuple[Patches, ...]


def examples_of(
    folder: EpisodeFolder,
    drawings: int,
    report: Callable[[int], None] = lambda episodes: None,
) -> list[Example]:
    """Every sub-task of which a look can tell the place.

    Left out is what happens at the hand: nothing has to be found for it.

    Args:
        folder: of demonstrations.
        drawings: how often each cloud is tokenised.
        report: told how many episodes were read.

    Raises:
        ClapError: INVALID_REQUEST if no episode tells where anything happens.
    """
    fuser = CloudFuser(FusionConfig())
    found: list[Example] = []
    for number, episode in enumerate(folder, 1):
        if episode.record.success is not False:
            found += _of_episode(episode, fuser, drawings)
        report(number)
    if not found:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"no episode in {folder.root} tells where a sub-task happens that cameras could see",
            "Make some: ./clap data make --split train",
        )
    return found


def _of_episode(episode: EpisodeFile, fuser: CloudFuser, drawings: int) -> Iterator[Example]:
    record = episode.record
    drawn: dict[int, tuple[Patches, ...]] = {}
    for step in shown_steps(record):
        for number in step.looks:
            if number not in drawn:
                cloud = fuser.fuse(list(episode.look(number, record.fixed_cameras).views))
                drawn[number] = tuple(patches_of(cloud, seed) for seed in range(drawings))
            look = record.looks[number]
            yield Example(
                record.variation,
                episode.path.stem,
                step.subtask,
                step.keypoint_m,
                np.array(look.base_T_tcp)[:3, 3],
                look.gripper_width_m,
                drawn[number],
            )


def absent_examples(present: Iterable[Example], share: float, seed: int) -> list[Example]:
    """Looks with sub-tasks of other episodes that name nothing of what there is.

    Args:
        present: of whole episodes.
        share: of each look's chance to be asked for something absent.
        seed: of the choice.
    """
    present = list(present)
    nouns: dict[tuple[str, str], set[str]] = {}
    for example in present:
        known = nouns.setdefault((example.variation, example.episode), set())
        known |= {noun(example.subtask.object), noun(example.subtask.reference)}
    chance = random.Random(seed)
    absent = []
    for example in present:
        other = chance.choice(present).subtask
        named = noun(other.object)
        here = nouns[example.variation, example.episode]
        if chance.random() < share and named and named not in here:
            absent.append(replace(example, subtask=other, keypoint_m=None))
    return absent
