"""What is learned from: looks of demonstrations and scenes, and where sub-tasks happen in them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clap_core.camera import CameraView
from clap_core.camera.measured import as_measured
from clap_core.errors import ClapError, ErrorCode
from clap_core.fusion import CloudFuser, FusionConfig
from clap_core.task_types import SubTask
from clap_data.episodes import EpisodeFile, EpisodeFolder
from clap_data.scenes import PackedScene, SceneShard, shard_paths
from clap_learning.keypoint.tokens import MIN_POINTS, Patches, patches_of
from clap_learning.shown_steps import asked_steps, noun, shown_steps


@dataclass(frozen=True)
class Drawings:
    """How often each look is tokenised.

    Attributes:
        exact: of the views as they are.
        measured: of the views as a laboratory's cameras would have them, see `as_measured`.
    """

    exact: int
    measured: int = 0


@dataclass(frozen=True, eq=False)
class KeypointExample:
    """A sub-task at a look: the one that it begins with, or one before.

    Attributes:
        variation: of the task.
        episode: which one it is of, or which scene.
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
    drawings: Drawings,
    report: Callable[[int], None] = lambda episodes: None,
) -> list[KeypointExample]:
    """Every sub-task whose place can be seen in a look.

    Left out is what happens at the hand: nothing has to be found for it.

    Args:
        folder: of demonstrations.
        drawings: how often each look is tokenised.
        report: told how many episodes were read.

    Raises:
        ClapError: INVALID_REQUEST if no episode tells where anything happens.
    """
    found: list[KeypointExample] = []
    for number, episode in enumerate(folder, 1):
        if episode.record.success is not False:
            found += _of_episode(episode, _Drawer(drawings, number))
        report(number)
    if not found:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"no episode in {folder.root} tells where a sub-task happens that cameras could see",
            "Make some: ./clap data make --split train",
        )
    return found


def grounding_examples(
    folder: Path,
    drawings: Drawings,
    report: Callable[[int], None] = lambda scenes: None,
) -> list[KeypointExample]:
    """Every step of scenes' plans whose place can be seen in a look.

    Args:
        folder: of scenes, see ``./clap data scenes --split grounding``.
        drawings: how often each scene is tokenised.
        report: told how many scenes were read.

    Raises:
        ClapError: INVALID_REQUEST if there is no such folder, or no scene in it has plans.
    """
    found: list[KeypointExample] = []
    number = 0
    for path in shard_paths(folder):
        with SceneShard(path) as shard:
            for scene in shard:
                number += 1
                found += _of_scene(scene, _Drawer(drawings, number))
        report(number)
    if not found:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"no scene in {folder} tells where a step of a plan would happen",
            "Make some: ./clap data scenes --split grounding",
        )
    return found


class _Drawer:
    """Tokenises looks.

    Args:
        drawings: how often each.
        seed: of what is drawn.
    """

    def __init__(self, drawings: Drawings, seed: int) -> None:
        self._drawings = drawings
        self._rng = np.random.default_rng(seed)
        self._fuser = CloudFuser(FusionConfig())

    def draw(self, views: Sequence[CameraView]) -> tuple[Patches, ...]:
        """The look's tokens, several times; none if it shows too little."""
        cloud = self._fuser.fuse(list(views))
        clouds = [cloud] * self._drawings.exact
        for _ in range(self._drawings.measured):
            clouds.append(self._fuser.fuse([as_measured(view, self._rng) for view in views]))
        if min(len(one) for one in clouds) < MIN_POINTS:
            return ()
        return tuple(patches_of(one, seed) for seed, one in enumerate(clouds))


def _of_scene(packed: PackedScene, drawer: _Drawer) -> Iterator[KeypointExample]:
    record = packed.record
    if not record.plans or record.hand is None:
        return
    drawn = drawer.draw(packed.unpack().views)
    if not drawn:
        return
    for plan in record.plans:
        for index, subtask in asked_steps(plan):
            yield KeypointExample(
                record.variation,
                f"scene {record.number}",
                subtask,
                np.array(plan[index].keypoint_m),
                np.array(record.hand.base_T_tcp)[:3, 3],
                record.hand.gripper_width_m,
                drawn,
            )


def _of_episode(episode: EpisodeFile, drawer: _Drawer) -> Iterator[KeypointExample]:
    record = episode.record
    drawn: dict[int, tuple[Patches, ...]] = {}
    for step in shown_steps(record):
        for number in step.looks:
            if number not in drawn:
                drawn[number] = drawer.draw(episode.look(number, record.fixed_cameras).views)
            if not drawn[number]:
                continue
            look = record.looks[number]
            yield KeypointExample(
                record.variation,
                episode.path.stem,
                step.subtask,
                step.keypoint_m,
                np.array(look.base_T_tcp)[:3, 3],
                look.gripper_width_m,
                drawn[number],
            )


def absent_examples(
    present: Iterable[KeypointExample], share: float, seed: int
) -> list[KeypointExample]:
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
