"""What a person may type, and what the page offers them to type."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from clap_core.errors import ClapError, ErrorCode

LONGEST = 500
"""Characters of a sentence; none that a planner understands comes near it."""

MOST_SUGGESTIONS = 24

_PLACE = re.compile(r" at \([^)]*\)$")
"""Where a thing stands, as finders tell it behind its name."""

_WITHOUT_NAMES = (
    "put the red mug next to the plate",
    "pick up the red mug",
    "press the red button",
    "open the drawer",
)
"""What is offered before anything was seen."""


def checked_sentence(text: object) -> str:
    """The sentence without spaces around it.

    Raises:
        ClapError: EMPTY_INSTRUCTION, or INVALID_REQUEST for what is no sentence: too long, no
            text, control characters.
    """
    if not isinstance(text, str):
        raise ClapError(
            ErrorCode.INVALID_REQUEST, "the sentence is no text", "Send it as a JSON string"
        )
    sentence = text.strip()
    if not sentence:
        raise ClapError(
            ErrorCode.EMPTY_INSTRUCTION,
            "there is no sentence",
            "Say what is to be done, such as 'pick up the red mug'",
        )
    if len(sentence) > LONGEST:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the sentence has {len(sentence)} characters, more than {LONGEST}",
            "Say it in fewer words, or in several sentences one after the other",
        )
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in sentence):
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            "the sentence has line breaks or other control characters",
            "Type it in one line",
        )
    return sentence


def suggestions(seen: Sequence[str]) -> list[str]:
    """Sentences about what stands in the scene.

    Args:
        seen: names of what was seen, as ``red mug`` or ``red mug at (0.35, 0.25)``.
    """
    told = (_PLACE.sub("", name).strip() for name in seen)
    names = list(dict.fromkeys(name for name in told if name))
    if not names:
        return list(_WITHOUT_NAMES)
    offered = [f"pick up the {name}" for name in names]
    offered += [
        f"put the {one} {where} the {other}"
        for where in ("next to", "on")
        for one in names
        for other in names
        if one != other
    ]
    offered += [f"push the {name}" for name in names]
    return offered[:MOST_SUGGESTIONS]
