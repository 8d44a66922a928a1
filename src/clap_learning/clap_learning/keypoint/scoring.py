"""How often a keypoint finder points at the right place, on demonstrations that know it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from clap_core.backends import KeypointAnswer, KeypointFinder, Scene
from clap_core.camera.measured import as_measured
from clap_core.errors import ClapError
from clap_core.fusion import CloudFuser, FusionConfig
from clap_core.keypoint_convention import happens_at_hand, held_before
from clap_core.task_types import SubTask
from clap_data.episodes import EpisodeFile, EpisodeFolder, EpisodeRecord
from clap_learning.shown_steps import noun

RIGHT_M = 0.03
"""Within this of the true keypoint is right."""

_BINS = 10
_DIGITS = 4


@dataclass(frozen=True)
class Scored:
    """One answer.

    Attributes:
        variation, episode: of what.
        text: of the sub-task.
        seen: whether a look had to tell it: it does not happen at the hand.
        present: whether what is named is there.
        error_m: from the true place; None where none was named, or nothing is there.
        confidence: of the place that was named.
        milliseconds: that the answer took.
        said: why no place was named.
    """

    variation: str
    episode: str
    text: str
    seen: bool
    present: bool
    error_m: float | None
    confidence: float
    milliseconds: float
    said: str = ""

    @property
    def right(self) -> bool:
        """Whether the place is right; of what is absent, whether that was said."""
        if not self.present:
            return self.error_m is None and bool(self.said)
        return self.error_m is not None and self.error_m <= RIGHT_M


def score(
    finder: KeypointFinder,
    folder: EpisodeFolder,
    report: Callable[[int], None] = lambda episodes: None,
    *,
    measured: bool = False,
) -> list[Scored]:
    """Ask for every sub-task of every episode, and in each episode for one thing that is absent.

    Args:
        finder: any backend.
        folder: of demonstrations.
        report: told how many episodes were done.
        measured: whether exact views become those of a laboratory's cameras, see `as_measured`.
    """
    fuser = CloudFuser(FusionConfig())
    others = [step.subtask for record in folder.records() for step in record.subtasks]
    scored: list[Scored] = []
    for number, episode in enumerate(folder, 1):
        rng = np.random.default_rng(number) if measured else None
        scored += _of_episode(finder, _Looks(episode, fuser, rng), others, number)
        report(number)
    return scored


@dataclass(frozen=True, eq=False)
class _Looks:
    """Scenes of an episode.

    Attributes:
        episode: the demonstration.
        fuser: makes its clouds.
        rng: of noise and miscalibration; None for exact views.
    """

    episode: EpisodeFile
    fuser: CloudFuser
    rng: np.random.Generator | None

    def scene(self, number: int) -> Scene:
        """What was seen at a look."""
        record = self.episode.record
        look = record.looks[number]
        views = self.episode.look(number, record.fixed_cameras).views
        if self.rng is not None:
            views = tuple(as_measured(view, self.rng) for view in views)
        return Scene(
            self.fuser.fuse(list(views)),
            np.array(look.base_T_tcp),
            look.gripper_width_m,
            fetch_views=lambda: tuple(views),
        )


def _of_episode(
    finder: KeypointFinder,
    looks: _Looks,
    others: Sequence[SubTask],
    seed: int,
) -> list[Scored]:
    episode = looks.episode
    record = episode.record
    plan = [step.subtask for step in record.subtasks]
    scored = []
    for index, step in enumerate(record.subtasks):
        if step.keypoint_m is None:
            continue
        scene = looks.scene(step.key_poses[0])
        seen = not happens_at_hand(step.subtask, held_before(plan, index))
        scored.append(_ask(finder, step.subtask, scene, episode, step.keypoint_m, seen))
    absent = _absent(record, others, seed)
    if absent is not None:
        scored.append(_ask(finder, absent, looks.scene(0), episode, None, True))
    return scored


def _ask(
    finder: KeypointFinder,
    subtask: SubTask,
    scene: Scene,
    episode: EpisodeFile,
    true_m: tuple[float, float, float] | None,
    seen: bool,
) -> Scored:
    answer: KeypointAnswer | None = None
    said = ""
    start_s = time.perf_counter()
    try:
        answer = finder.find(subtask, scene)
    except ClapError as error:
        said = error.message
    taken_ms = 1e3 * (time.perf_counter() - start_s)
    found = answer.keypoint if answer else None
    if answer and answer.refusal:
        said = answer.refusal.message
    error_m = None
    if found is not None:
        error_m = float(np.linalg.norm(found.point - true_m)) if true_m is not None else np.inf
    return Scored(
        episode.record.variation,
        episode.path.stem,
        subtask.text,
        seen,
        true_m is not None,
        error_m,
        found.confidence if found else 0.0,
        taken_ms,
        said,
    )


def _absent(record: EpisodeRecord, others: Sequence[SubTask], seed: int) -> SubTask | None:
    """A sub-task of another episode whose object nothing here is called."""
    here = {noun(name) for step in record.subtasks for name in (step.object, step.reference)}
    wanted = [
        other
        for other in others
        if noun(other.object) not in here
        and noun(other.object)
        and not happens_at_hand(other, other.object)
    ]
    return random.Random(seed).choice(wanted) if wanted else None


def figures(scored: Sequence[Scored]) -> dict[str, Any]:
    """What comes out of it.

    Returns:
        ``median_cm`` (None if most places were not named) and ``right`` of the sub-tasks that a
        look must tell, ``right_hand`` of the others, ``whole`` episodes without a wrong keypoint,
        ``absent`` (precision and recall), ``calibration_error`` (expected, ten bins) and
        ``latency_ms`` (median).
    """
    present = [one for one in scored if one.present]
    seen = [one for one in present if one.seen]
    hand = [one for one in present if not one.seen]
    episodes: dict[tuple[str, str], bool] = {}
    for one in present:
        key = (one.variation, one.episode)
        episodes[key] = episodes.get(key, True) and one.right
    absent = [one for one in scored if not one.present]
    refused = [one for one in scored if one.error_m is None]
    gone = sum(one.right for one in absent)
    return {
        "subtasks": len(seen),
        "median_cm": _median_cm(seen),
        "right": _share([one.right for one in seen]),
        "right_hand": _share([one.right for one in hand]),
        "episodes": len(episodes),
        "whole": _share(list(episodes.values())),
        "absent.precision": _rounded(gone / len(refused)) if refused else None,
        "absent.recall": _share([one.right for one in absent]),
        "calibration_error": _calibration_error(seen),
        "latency_ms": _rounded(median(one.milliseconds for one in scored)) if scored else None,
    }


def _median_cm(scored: Sequence[Scored]) -> float | None:
    if not scored:
        return None
    middle = median(np.inf if one.error_m is None else one.error_m for one in scored)
    return _rounded(100.0 * middle) if np.isfinite(middle) else None


def _calibration_error(scored: Sequence[Scored]) -> float | None:
    """Expected calibration error over equal bins of confidence, where a place was named."""
    named = [one for one in scored if one.error_m is not None]
    if not named:
        return None
    error = 0.0
    for low in range(_BINS):
        inside = [one for one in named if min(int(one.confidence * _BINS), _BINS - 1) == low]
        if inside:
            sure = sum(one.confidence for one in inside) / len(inside)
            right = sum(one.right for one in inside) / len(inside)
            error += len(inside) / len(named) * abs(sure - right)
    return _rounded(error)


def _share(outcomes: Sequence[bool]) -> float | None:
    return _rounded(sum(outcomes) / len(outcomes)) if outcomes else None


def _rounded(value: float) -> float:
    return round(float(value), _DIGITS)
