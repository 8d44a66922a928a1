"""Which of the seen objects the words of an instruction mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from clap_baseline.colour import similarity
from clap_baseline.object_words import ObjectWords, understand
from clap_baseline.put_down import PutDown
from clap_baseline.segments.segmentation import Segment, SegmentedScene
from clap_core.errors import ClapError, ErrorCode

_MIN_COLOUR = 0.35
_MIN_SHADE = 0.8
"""A red mug (0.75) is no burgundy one."""
_MIN_FRONT_SHARE = 0.04
"""A cabinet goes by the colour of its drawers' fronts, a small part of what is seen of it."""
_SECOND_BEST_KIND = 0.5
_MIN_SECOND_BEST_SCORE = 0.4
_UNKNOWN_KIND = 0.5
_AMBIGUOUS_SHARE = 0.85
"""Objects whose fit is at least this share of the best one's fit as well as that one."""


@dataclass(frozen=True)
class PhraseFit:
    """How well an object fits a noun phrase.

    Attributes:
        segment: the object.
        words: 0..1, how well the words describe what is seen of it.
    """

    segment: Segment
    words: float


def match(phrase: str, scene: SegmentedScene) -> Segment:
    """The one object that a noun phrase means, where nothing was moved before.

    Raises:
        ClapError: OBJECT_NOT_FOUND or AMBIGUOUS, with everything that is seen.
    """
    return choose(phrase, ranked(phrase, scene), scene, PutDown()).segment


def ranked(phrase: str, scene: SegmentedScene) -> tuple[PhraseFit, ...]:
    """The objects that a noun phrase may mean, the best first.

    Args:
        phrase: e.g. ``"red mug"``, ``"gray block other than red block"``, ``"left cup"``.
        scene: what is seen.
    """
    words = understand(phrase)
    fits = (PhraseFit(segment, fit(words, segment)) for segment in scene.segments)
    return tuple(sorted((each for each in fits if each.words > 0.0), key=lambda each: -each.words))


def choose(
    phrase: str,
    fits: tuple[PhraseFit, ...],
    scene: SegmentedScene,
    put_down: PutDown,
    now_ns: int = 0,
) -> PhraseFit:
    """The one object that a noun phrase means.

    Args:
        phrase: that the objects were ranked for.
        fits: the objects that fit it, the best first.
        scene: what is seen.
        put_down: where things were put.
        now_ns: when.

    Raises:
        ClapError: OBJECT_NOT_FOUND or AMBIGUOUS, with everything that is seen.
    """
    words = understand(phrase)
    if words.untold:
        raise ClapError(
            ErrorCode.OBJECT_NOT_FOUND,
            f"what is '{words.untold[0]}' about '{phrase}' cannot be told by shape and colour",
            "Leave the word out, or say another colour, or left, right, nearest or farthest",
            seen=scene.labels,
        )
    candidates = [each for each in fits if each.words >= _AMBIGUOUS_SHARE * fits[0].words]
    if words.put_down and put_down.knows(phrase, now_ns):
        candidates = _at_its_place(candidates, phrase, put_down)
    elif words.other_than:
        candidates = _without(candidates, words.other_than, scene, put_down, now_ns)
    if not candidates:
        raise ClapError(
            ErrorCode.OBJECT_NOT_FOUND,
            f"no '{phrase}' is seen",
            "Put it where the cameras see it, or name one of the objects that are seen",
            seen=scene.labels or ("nothing on the table",),
        )
    if words.of_count:
        return _one_of(candidates, words, scene, put_down, now_ns)
    if words.ordinal:
        return _counted(candidates, words, scene)
    if len(candidates) > 1 and len(words.choices) == 1:
        return _select(candidates, words.choices[0], words.phrase, scene)
    if len(candidates) > 1 and (words.any or words.other_than.startswith("any ")):
        return _sorted(candidates, "near")[0]
    if len(candidates) > 1:
        raise _ambiguous(phrase, candidates, scene)
    return candidates[0]


def _at_its_place(candidates: list[PhraseFit], name: str, put_down: PutDown) -> list[PhraseFit]:
    there = put_down.find(name, [each.segment for each in candidates])
    return [each for each in candidates if each.segment is there]


def _without(
    candidates: list[PhraseFit], name: str, scene: SegmentedScene, put_down: PutDown, now_ns: int
) -> list[PhraseFit]:
    """Less the object that is meant by another name: where it was put, else by its words."""
    if put_down.held == name:
        return candidates
    if put_down.knows(name, now_ns):
        there = put_down.find(name, [each.segment for each in candidates])
        return [each for each in candidates if each.segment is not there]
    try:
        other = choose(name, ranked(name, scene), scene, put_down, now_ns).segment
    except ClapError as error:
        if error.code is not ErrorCode.OBJECT_NOT_FOUND:
            raise
        return candidates
    return [each for each in candidates if each.segment is not other]


def _one_of(
    candidates: list[PhraseFit],
    words: ObjectWords,
    scene: SegmentedScene,
    put_down: PutDown,
    now_ns: int,
) -> PhraseFit:
    """The first or second of exactly so many, the nearest first."""
    first = words.phrase.replace("second of", "first of", 1)
    moved = put_down.held == first or put_down.knows(first, now_ns)
    if moved and words.ordinal == 2:
        rest = (
            candidates
            if put_down.held == first
            else _without(candidates, first, scene, put_down, now_ns)
        )
        if len(rest) == 1:
            return rest[0]
        raise _ambiguous(words.phrase, rest, scene)
    if len(candidates) != words.of_count:
        raise ClapError(
            ErrorCode.AMBIGUOUS,
            f"'{words.phrase}' needs {words.of_count} of these, and {len(candidates)} are seen",
            "Name each one by colour, or by left, right, nearest, farthest, large or small",
            seen=scene.labels,
        )
    return _sorted(candidates, "near")[words.ordinal - 1]


def _counted(candidates: list[PhraseFit], words: ObjectWords, scene: SegmentedScene) -> PhraseFit:
    """ "The second from the left"."""
    if words.ordinal > len(candidates):
        raise ClapError(
            ErrorCode.OBJECT_NOT_FOUND,
            f"there is no '{words.phrase}': {len(candidates)} of these are seen",
            "Count again, or say its colour",
            seen=scene.labels,
        )
    return _sorted(candidates, words.side)[words.ordinal - 1]


def _ambiguous(phrase: str, candidates: list[PhraseFit], scene: SegmentedScene) -> ClapError:
    if not candidates:
        return ClapError(
            ErrorCode.OBJECT_NOT_FOUND,
            f"no '{phrase}' is seen",
            "Put it where the cameras see it",
            seen=scene.labels,
        )
    return ClapError(
        ErrorCode.AMBIGUOUS,
        f"'{phrase}' fits {len(candidates)} objects: "
        + ", ".join(each.segment.label for each in candidates),
        "Say which one by colour, or by left, right, nearest, farthest, large or small",
        seen=scene.labels,
    )


def fit(words: ObjectWords, segment: Segment) -> float:
    """0..1: how well an object fits the words; 0 when it does not.

    An unknown noun is forgiven when a colour says which object is meant ("the red teapot").
    """
    if not words.is_known and not words.colours:
        return 0.0
    kind = 1.0 if words.is_known else _UNKNOWN_KIND
    if words.kind is not None and words.kind != segment.kind:
        if segment.shape.scores.get(words.kind, 0.0) < _MIN_SECOND_BEST_SCORE:
            return 0.0
        kind = _SECOND_BEST_KIND
    colour = 1.0
    for name in words.colours:
        score = _colour_fit(name, segment)
        if score < (_MIN_SHADE if name in words.shades else _MIN_COLOUR):
            return 0.0
        colour *= score
    return kind * colour


def _colour_fit(wanted: str, segment: Segment) -> float:
    if segment.kind != "cabinet":
        return (segment.cap or segment).colour.score(wanted)
    return max(
        similarity(wanted, name)
        for name, share in segment.colour.shares.items()
        if share > _MIN_FRONT_SHARE
    )


_KEYS: dict[str, Callable[[Segment], float]] = {
    "left": lambda segment: -float(segment.shape.center[1]),
    "right": lambda segment: float(segment.shape.center[1]),
    "near": lambda segment: float(np.hypot(*segment.shape.center)),
    "far": lambda segment: -float(np.hypot(*segment.shape.center)),
    "large": lambda segment: -float(np.prod(segment.size)),
    "small": lambda segment: float(np.prod(segment.size)),
    "tall": lambda segment: -float(segment.shape.top_m),
    "short": lambda segment: float(segment.shape.top_m),
    "top": lambda segment: -float(segment.cloud.xyz[:, 2].max()),
    "bottom": lambda segment: float(segment.cloud.xyz[:, 2].max()),
}
"""What each choice puts first; near counts from the robot, left is +y."""


def _sorted(candidates: list[PhraseFit], choice: str) -> list[PhraseFit]:
    return sorted(candidates, key=lambda each: _KEYS[choice](each.segment))


def _select(
    candidates: list[PhraseFit], choice: str, phrase: str, scene: SegmentedScene
) -> PhraseFit:
    """One of several by place or size."""
    if choice != "middle":
        return _sorted(candidates, choice)[0]
    if len(candidates) % 2 == 0:
        raise _ambiguous(phrase, candidates, scene)
    return _sorted(candidates, "left")[len(candidates) // 2]
