"""Finds a place again that demonstrations showed: by what lies around it, in shape and colour.

Every place of the cloud is held against what lay around the demonstrated keypoint by a description
that does not depend on how the thing is turned; the likeliest are registered, which also tells the
place to a millimetre or two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist, pdist

from clap_core.point_cloud import PointCloud
from clap_core.task_types import SubTask
from clap_learning.keypoint.colours import to_lab
from clap_learning.policy.demonstration import Demonstration, SubTaskStart
from clap_learning.policy.frames import expected_yaw
from clap_learning.policy.registration import CloudFit, register
from clap_learning.policy.surroundings import RADIUS_M, Surroundings, points_above, surroundings

_RINGS, _LEVELS = 6, 12
"""In which points are counted: outwards from the vertical, and from below to above."""
_STEP_M = 0.015
"""Between places that are tried."""
_POINTS = 3000
"""Of the cloud, that places are described by."""
_NEAR_M = 0.06
"""Colours are compared of what is nearer to the keypoint than this."""
_OTHER_COLOUR = 60.0
"""Difference in L*a*b* of things that have nothing of their colour in common."""
_COLOUR_WEIGHT = 0.5
"""Of colours that were alike in all demonstrations; the more they differed, the less they tell."""
_TRIED = 8
"""Places that are registered, each with the demonstration that it resembles most."""
_AGAIN = 3
"""Of these: once more, from where that moved them."""
_APART_M = 0.04
_LEAST_POINTS = 12


@dataclass(frozen=True, eq=False)
class Sighting:
    """A place that looks like one that was shown.

    Attributes:
        point_m: [3] base frame.
        likeness: 0..1, of shape and colour.
    """

    point_m: NDArray[np.float64]
    likeness: float


def is_asked(subtask: SubTask, shown: Demonstration) -> bool:
    """Whether a demonstration is of the very step that is asked for, and shows where it happens."""
    same = is_same_step(subtask, shown.subtask)
    return same and not shown.at_hand and len(shown.look) >= _LEAST_POINTS


def is_same_step(one: SubTask, other: SubTask) -> bool:
    """Whether two sub-tasks do the same with things of the same names."""
    return _step(one) == _step(other)


def _step(subtask: SubTask) -> tuple[str, ...]:
    names = (subtask.object, subtask.part, subtask.reference)
    return (subtask.action.value, subtask.relation.value, *map(str.casefold, names))


def find_again(
    shown: Sequence[Demonstration], cloud: PointCloud, base_T_tcp: NDArray[np.float64] | None
) -> tuple[Sighting, ...]:
    """Places that look like the keypoints of demonstrations.

    Args:
        shown: demonstrations of one step, each with a look.
        cloud: of now, in the base frame.
        base_T_tcp: [4, 4] where the hand is; None if nobody knows.

    Returns:
        The most alike first, apart from each other; empty where nothing stands on the table.
    """
    seen = cloud.select(points_above(cloud, base_T_tcp))
    if not shown or len(seen) < _LEAST_POINTS:
        return ()
    if len(seen) > _POINTS:
        drawn = np.random.default_rng(len(seen)).choice(len(seen), _POINTS, replace=False)
        seen = seen.select(np.sort(drawn))
    places = _places(seen, [one.state.keypoint_m[2] for one in shown])
    weight = _colour_weight(shown)
    unlike = _unlike(shown, seen, places, weight)
    laid = []
    for place in _apart(places, unlike.min(axis=0)):
        one = shown[int(unlike[:, place].argmin())]
        laid.append((_laid(one, cloud, places[place], base_T_tcp, weight), one))
    laid.sort(key=lambda pair: -pair[0].likeness)
    again = [_laid(one, cloud, first.point_m, base_T_tcp, weight) for first, one in laid[:_AGAIN]]
    return _distinct([*again, *(first for first, _ in laid[_AGAIN:])])


def _places(seen: PointCloud, heights_m: Sequence[float]) -> NDArray[np.float64]:
    """[P, 3]: all over what is seen, in the heights that were shown."""
    cells = np.unique(np.round(seen.xyz[:, :2] / _STEP_M).astype(int), axis=0) * _STEP_M
    levels = np.unique(np.round(np.array(heights_m) / _STEP_M).astype(int)) * _STEP_M
    return np.concatenate(
        [np.column_stack([cells, np.full(len(cells), level)]) for level in levels]
    )


def _unlike(
    shown: Sequence[Demonstration],
    seen: PointCloud,
    places: NDArray[np.float64],
    colour_weight: float,
) -> NDArray[np.float64]:
    """[D, P]: how unlike what was shown each place is; 0 for the same."""
    looks = [_described(one.look.xyz, to_lab(one.look.rgb)) for one in shown]
    lab = to_lab(seen.rgb)
    around = cKDTree(seen.xyz).query_ball_point(places, RADIUS_M)
    found = [
        _described(seen.xyz[near] - place, lab[near])
        for place, near in zip(places.astype(np.float32), around, strict=True)
    ]
    shapes = cdist(*(np.stack([one.shape for one in each]) for each in (looks, found)), "cityblock")
    colours = cdist(*(np.stack([one.colour for one in each]) for each in (looks, found)))
    off = np.nan_to_num(colours / _OTHER_COLOUR, nan=1.0).clip(0.0, 1.0)
    return np.asarray(0.5 * shapes + colour_weight * off)


def _colour_weight(shown: Sequence[Demonstration]) -> float:
    """How much colours tell, from how alike those of the demonstrations are."""
    colours = np.stack([_described(one.look.xyz, to_lab(one.look.rgb)).colour for one in shown])
    apart = pdist(colours[np.isfinite(colours).all(axis=1)])
    differ = float(np.median(apart)) / _OTHER_COLOUR if len(apart) else 0.0
    return _COLOUR_WEIGHT * max(0.0, 1.0 - differ)


class _Described(NamedTuple):
    """What is around a place, however it is turned.

    Attributes:
        shape: [S] which share of the points is how far out and how high.
        colour: [3] L*a*b* in the mean of what is near; NaN where nothing is.
    """

    shape: NDArray[np.float64]
    colour: NDArray[np.float64]


def _described(xyz: NDArray[np.float32], lab: NDArray[np.float32]) -> _Described:
    """Of points relative to the place, none farther than `RADIUS_M`."""
    out = np.hypot(xyz[:, 0], xyz[:, 1])
    cells = (out / RADIUS_M * _RINGS).astype(int).clip(0, _RINGS - 1)
    levels = ((xyz[:, 2] / RADIUS_M + 1.0) * 0.5 * _LEVELS).astype(int).clip(0, _LEVELS - 1)
    shape = np.bincount(cells * _LEVELS + levels, minlength=_RINGS * _LEVELS)
    near = lab[out**2 + xyz[:, 2] ** 2 < _NEAR_M**2]
    colour = near.mean(axis=0) if len(near) else np.full(3, np.nan)
    return _Described(shape / max(1, len(xyz)), np.asarray(colour, np.float64))


def _apart(places: NDArray[np.float64], unlike: NDArray[np.float64]) -> list[int]:
    """The most alike places, apart from each other."""
    chosen: list[int] = []
    for place in np.argsort(unlike, kind="stable").tolist():
        if all(np.linalg.norm(places[place] - places[other]) > _APART_M for other in chosen):
            chosen.append(place)
        if len(chosen) == _TRIED:
            break
    return chosen


def _laid(
    shown: Demonstration,
    cloud: PointCloud,
    place_m: NDArray[np.float64],
    base_T_tcp: NDArray[np.float64] | None,
    colour_weight: float,
) -> Sighting:
    """A demonstration registered at a place."""
    look = surroundings(cloud, place_m, base_T_tcp)
    if len(look) < _LEAST_POINTS:
        return Sighting(place_m, 0.0)
    fit = _fit(shown, look, place_m, base_T_tcp)
    likeness = fit.score * (1.0 - colour_weight * _off_colour(shown.look, look))
    return Sighting(place_m + fit.shift_m, likeness)


def _fit(
    shown: Demonstration,
    look: Surroundings,
    point_m: NDArray[np.float64],
    base_T_tcp: NDArray[np.float64] | None,
) -> CloudFit:
    hand = shown.state.base_T_tcp if base_T_tcp is None else base_T_tcp
    yaw = expected_yaw(shown.state, SubTaskStart(point_m, hand))
    return register(shown.look.xyz, look.xyz, yaw)[0]


def _off_colour(shown: Surroundings, seen: Surroundings) -> float:
    """0..1: how far the colours near the keypoint are apart."""
    colours = [_described(look.xyz, to_lab(look.rgb)).colour for look in (shown, seen)]
    off = float(np.linalg.norm(colours[0] - colours[1])) / _OTHER_COLOUR
    return min(1.0, off) if np.isfinite(off) else 1.0


def _distinct(found: Sequence[Sighting]) -> tuple[Sighting, ...]:
    kept: list[Sighting] = []
    for one in sorted(found, key=lambda sighting: -sighting.likeness):
        if all(np.linalg.norm(one.point_m - other.point_m) > _APART_M for other in kept):
            kept.append(one)
    return tuple(kept)
