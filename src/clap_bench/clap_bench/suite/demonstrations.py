"""From the expert's play to an episode that a policy can learn from."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import mujoco
import numpy as np

from clap_bench.suite.episode import MAX_KEY_POSES, Episode
from clap_bench.suite.keypoints import true_keypoint
from clap_bench.suite.observation import EpisodeObservation
from clap_bench.suite.seeds import train_seed
from clap_bench.suite.task import Task
from clap_core.errors import ClapError
from clap_core.task_types import KeyAction
from clap_data.episodes import Header, Look, SubTaskRecord

ATTEMPTS = 10
"""How many seeds are tried for one demonstration."""

ATTEMPT_STEP = 1_000_000
"""Distance of the seeds of two attempts: collections of fewer episodes never share one."""

_WORDING_STREAM = int.from_bytes(b"word", "big")


class ExpertFailedError(Exception):
    """The expert did not do the task; the message says why."""


@dataclass(frozen=True)
class ExpertEpisode:
    """An episode that is ready to be written.

    Attributes:
        header: what is said of it as a whole.
        looks: one before each key pose, and one at the end.
    """

    header: Header
    looks: tuple[Look, ...]


def demonstration_seed(variation: str, number: int, attempt: int = 0) -> int:
    """Seed of the demonstration `number` of a variation.

    Args:
        variation: its name.
        number: the collection's seed plus the index in it.
        attempt: 0; if the expert fails at that seed, 1, 2, ...

    Raises:
        ClapError: INVALID_REQUEST if the number is too large or negative.
    """
    return train_seed(variation, number, attempt * ATTEMPT_STEP)


def wording(task: Task, seed: int) -> str:
    """The one of a task's wordings that belongs to a seed."""
    rng = np.random.default_rng([seed, _WORDING_STREAM])
    return task.instructions[rng.integers(len(task.instructions))]


def demonstrate(
    task: Task, seed: int, source: str, variation: str = "", split: str = ""
) -> ExpertEpisode:
    """Let the expert play an episode, looking before each key pose and at the end.

    Args:
        task: the variation.
        seed: of the episode, its wording included.
        source, variation, split: what the header says.

    Raises:
        ExpertFailedError: the task was not done, or a key pose failed on the way.
    """
    episode = Episode(task, seed, wording(task, seed))
    try:
        looks, subtasks = _play(episode)
    finally:
        episode.close()
    header = Header(
        source=source,
        variation=variation,
        split=split,
        seed=seed,
        instruction=episode.instruction,
        wordings=task.instructions,
        success=True,
        software=_software(),
        subtasks=subtasks,
    )
    return ExpertEpisode(header, looks)


def _play(episode: Episode) -> tuple[tuple[Look, ...], tuple[SubTaskRecord, ...]]:
    """To the expert's own end, not only to success: how it draws back is part of what it shows."""
    if episode.success:
        raise ExpertFailedError("it was done before anything moved")
    looks: list[Look] = []
    subtasks: list[SubTaskRecord] = []
    stages = episode.task.stages(episode.truth)
    for index, stage in enumerate(stages):
        start = len(looks)
        keypoint_m = true_keypoint(stages, index, episode.truth)
        for action in stage.actions(episode.truth):
            looks.append(_look(episode.observe(), action))
            _execute(episode, action)
        key_poses = (start, len(looks))
        subtasks.append(SubTaskRecord.of(stage.subtask, keypoint_m, key_poses))
    if not episode.success:
        raise ExpertFailedError(f"not done after {len(looks)} key poses")
    looks.append(_look(episode.observe(), None))
    return tuple(looks), tuple(subtasks)


def _execute(episode: Episode, action: KeyAction) -> None:
    if episode.key_poses >= MAX_KEY_POSES:
        raise ExpertFailedError(f"not done after {MAX_KEY_POSES} key poses")
    try:
        episode.play_on(action)
    except ClapError as error:
        raise ExpertFailedError(f"'{action.text}' failed: {error.message}") from error


def _look(seen: EpisodeObservation, action: KeyAction | None) -> Look:
    return Look(
        seen.views,
        seen.joints_rad,
        seen.base_T_tcp,
        seen.gripper_width_m,
        seen.views[0].stamp_ns,
        action,
    )


def _software() -> str:
    try:
        own = version("clap_sim")
    except PackageNotFoundError:
        own = "unknown"
    return f"clap_sim {own}, mujoco {mujoco.__version__}"
