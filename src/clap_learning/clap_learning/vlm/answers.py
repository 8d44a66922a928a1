"""Reads the model's answers as data: JSON of the asked form, with points inside their pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from clap_core.errors import ClapError, ErrorCode
from clap_learning.json_answer import first_object, readable
from clap_learning.vlm.prompts import FirstAnswer, PictureSlot, Pixel, SeenThing

MAX_THINGS = 30
_MAX_NAME = 80


def read_first(text: str, pictures: Sequence[PictureSlot]) -> FirstAnswer:
    """The first round's answer.

    Raises:
        ClapError: INVALID_REQUEST, naming what is wrong with it.
    """
    answer = _object(text, "objects")
    things, there = answer.get("objects"), answer.get("there")
    if not isinstance(things, list) or len(things) > MAX_THINGS:
        raise _unusable(f"'objects' is no list of at most {MAX_THINGS}")
    if not isinstance(there, bool):
        raise _unusable("'there' is neither true nor false")
    return FirstAnswer(
        tuple(_thing(thing, pictures) for thing in things),
        readable(str(answer.get("step", "")), _MAX_NAME),
        there,
    )


def read_second(text: str, pictures: Sequence[PictureSlot]) -> dict[str, Pixel]:
    """The second round's answer: a pixel for each camera that sees the place.

    Raises:
        ClapError: INVALID_REQUEST, naming what is wrong with it.
    """
    points = _read_points(_object(text, "points").get("points"), pictures)
    return {camera: point for camera, point in points.items() if point is not None}


def _object(text: str, key: str) -> dict[str, Any]:
    try:
        return first_object(text, (key,))
    except ValueError as error:
        raise _unusable(str(error)) from error


def _thing(thing: Any, pictures: Sequence[PictureSlot]) -> SeenThing:
    if not isinstance(thing, dict) or not isinstance(thing.get("name"), str):
        raise _unusable("an object has no name")
    return SeenThing(
        readable(thing["name"], _MAX_NAME), _read_points(thing.get("points"), pictures)
    )


def _read_points(points: Any, pictures: Sequence[PictureSlot]) -> Mapping[str, Pixel | None]:
    known = {picture.camera: picture for picture in pictures}
    if not isinstance(points, dict):
        raise _unusable("'points' has no point for each camera")
    for camera in points:
        if camera not in known:
            named = readable(str(camera), _MAX_NAME)
            raise _unusable(f"there is no camera '{named}', only {', '.join(known)}")
    return {camera: _pixel(point, known[camera]) for camera, point in points.items()}


def _pixel(point: Any, picture: PictureSlot) -> Pixel | None:
    if point is None:
        return None
    if (
        not isinstance(point, list)
        or len(point) != 2
        or not all(type(value) in (int, float) and math.isfinite(value) for value in point)
    ):
        raise _unusable(f"{readable(str(point), 40)} is no point [column, row]")
    column, row = (round(value) for value in point)
    if not (0 <= column < picture.width and 0 <= row < picture.height):
        raise _unusable(
            f"({readable(str(column), 20)}, {readable(str(row), 20)}) is outside the picture of "
            f"'{picture.camera}', {picture.width} x {picture.height} pixels"
        )
    return column, row


def _unusable(what: str) -> ClapError:
    return ClapError(
        ErrorCode.INVALID_REQUEST,
        f"the vision-language model's answer cannot be used: {what}",
        "Say the step in other words, tune the model (./clap train qwen), or choose another "
        "keypoint backend",
    )
