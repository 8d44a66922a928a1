"""Teachers by name."""

from __future__ import annotations

from collections.abc import Callable

from clap_core.errors import ClapError, ErrorCode
from clap_learning.teachers.efficientnet import EfficientNetTeacher
from clap_learning.teachers.minilm import MiniLmTeacher
from clap_learning.teachers.random_teacher import RandomTeacher
from clap_learning.teachers.teacher import Teacher, TextTeacher
from clap_learning.teachers.transformers_teacher import (
    TransformersTeacher,
    TransformersTextTeacher,
)
from clap_learning.teachers.vit_focus import DEPTH, VitFocusTeacher

PREFIX = "transformers:"
"""Before the name, or the folder, of a CLIP, SigLIP or DINOv2 model."""

DEFAULT_TEACHER = "efficientnet-lite0"
"""Chosen by measurement (`teachers.choose`): of what can be installed, its features find the same
place in another view most often."""
DEFAULT_TEXT_TEACHER = "minilm"

TEACHERS: dict[str, Callable[[], Teacher]] = {
    "efficientnet-lite0": EfficientNetTeacher,
    "vit-focus": VitFocusTeacher,
    "vit-focus-12": lambda: VitFocusTeacher(layer=DEPTH),
    "random": RandomTeacher,
}
TEXT_TEACHERS: dict[str, Callable[[], TextTeacher]] = {"minilm": MiniLmTeacher}


def make_teacher(name: str = DEFAULT_TEACHER) -> Teacher:
    """The teacher of images of that name, with its weights.

    Args:
        name: one of ``TEACHERS``, or ``transformers:`` and the name or folder of a model.

    Raises:
        ClapError: INVALID_REQUEST when there is none of that name, or when its package is not
            installed (the cure is the command that installs it).
    """
    if name.startswith(PREFIX):
        return TransformersTeacher.from_name(name.removeprefix(PREFIX))
    if name not in TEACHERS:
        raise _unknown(name, "images", list(TEACHERS))
    return TEACHERS[name]()


def make_text_teacher(name: str = DEFAULT_TEXT_TEACHER) -> TextTeacher:
    """The teacher of text of that name; see `make_teacher`."""
    if name.startswith(PREFIX):
        return TransformersTextTeacher.from_name(name.removeprefix(PREFIX))
    if name not in TEXT_TEACHERS:
        raise _unknown(name, "text", list(TEXT_TEACHERS))
    return TEXT_TEACHERS[name]()


def _unknown(name: str, of: str, known: list[str]) -> ClapError:
    return ClapError(
        ErrorCode.INVALID_REQUEST,
        f"there is no teacher of {of} '{name}'",
        f"Choose {', '.join(known)}, or {PREFIX}NAME for a CLIP, SigLIP or DINOv2 model",
    )
