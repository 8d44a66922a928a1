"""Which of the seen objects the words of an instruction mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from clap_baseline.colour import WORDS, similarity
from clap_baseline.object_words import ObjectWords, understand
from clap_baseline.segments.segmentation import Segment, SegmentedScene
from clap_core.errors import ClapError, ErrorCode

_MIN_COLOUR = 0.35
_MIN_FRONT_SHARE = 0.04
"""A cabinet goes by the colour of its drawers' fronts, a small part of what is seen of it."""
_SECOND_BEST_KIND = 0.5
_MIN_SECOND_BEST_SCORE = 0.4
_UNKNOWN_KIND = 0.5
_AMBIGUOUS_SHARE = 0.85
"""Objects whose fit is at least this share of the best one's fit as well as that one."""


@dataclass(frozen=True)
class Fit:
    """How well an object fits a noun phrase.

    Attributes:
        segment: the object.
        words: 0..1, how well the words describe what is seen of it.
    """

    segment: Segment
    words: float


def match(phrase: str, scene: SegmentedScene) -> Segment:
    """The one object that a noun phrase means.

    Raises:
        ClapError: OBJECT_NOT_FOUND or AMBIGUOUS, with everything that is seen.
    """
    return choose(phrase, ranked(phrase, scene), scene).segment


def ranked(phrase: str, scene: SegmentedScene) -> tuple[Fit, ...]:
    """The objects that a noun phrase may mean, the best first.

    Args:
        phrase: e.g. ``"red mug"``, ``"other gray block"``, ``"left cup"``.
        scene: what is seen.
    """
    words = understand(phrase)
    fits = (Fit(segment, fit(words, segment)) for segment in scene.segments)
    return tuple(sorted((each for each in fits if each.words > 0.0), key=lambda each: -each.words))


def choose(phrase: str, fits: tuple[Fit, ...], scene: SegmentedScene) -> Fit:
    """The one object that a noun phrase means.

    Args:
        phrase: that the objects were ranked for.
        fits: the objects that fit it, the best first.
        scene: what is seen.

    Raises:
        ClapError: OBJECT_NOT_FOUND or AMBIGUOUS, with everything that is seen.
    """
    if not fits:
        raise ClapError(
            ErrorCode.OBJECT_NOT_FOUND,
            f"no '{phrase}' is seen",
            "Put it where the cameras see it, or name one of the objects that are seen",
            seen=scene.labels or ("nothing on the table",),
        )
    candidates = [each for each in fits if each.words >= _AMBIGUOUS_SHARE * fits[0].words]
    selector = understand(phrase).selector
    if len(candidates) > 1 and selector:
        return _select(candidates, selector)
    if len(candidates) > 1:
        raise ClapError(
            ErrorCode.AMBIGUOUS,
            f"'{phrase}' fits {len(candidates)} objects: "
            + ", ".join(each.segment.label for each in candidates),
            "Say which one by colour, or by left, right, nearest, farthest, big or small",
            seen=scene.labels,
        )
    return candidates[0]


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
    for word in words.colours:
        score = _colour_fit(word, segment)
        if score < _MIN_COLOUR:
            return 0.0
        colour *= score
    return kind * colour


def _colour_fit(word: str, segment: Segment) -> float:
    if segment.kind != "cabinet":
        return (segment.cap or segment).colour.score(word)
    return max(
        similarity(WORDS[word], name)
        for name, share in segment.colour.shares.items()
        if share > _MIN_FRONT_SHARE
    )


def _select(candidates: list[Fit], selector: str) -> Fit:
    """One of several by place or size; near counts from the robot, left is +y."""
    keys: dict[str, Callable[[Segment], float]] = {
        "left": lambda segment: -float(segment.shape.center[1]),
        "right": lambda segment: float(segment.shape.center[1]),
        "near": lambda segment: float(np.hypot(*segment.shape.center)),
        "far": lambda segment: -float(np.hypot(*segment.shape.center)),
        "big": lambda segment: -float(np.prod(segment.size)),
        "small": lambda segment: float(np.prod(segment.size)),
    }
    key = keys.get(selector, keys["near"])
    return min(candidates, key=lambda each: key(each.segment))
