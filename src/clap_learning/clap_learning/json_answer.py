"""JSON objects in what a language model says, and its words made fit for a log."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any

_MAX_BRACES = 50
"""Places in an answer where its object is looked for."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def first_object(text: str, keys: Collection[str]) -> dict[str, Any]:
    """The first JSON object with one of `keys`, after a model's thoughts, whatever is around it.

    Raises:
        ValueError: there is none; says so with the beginning of the text.
    """
    text = text.rsplit("</think>", 1)[-1]
    decoder = json.JSONDecoder(parse_constant=_no_number)
    for brace in [match.start() for match in re.finditer(r"\{", text)][:_MAX_BRACES]:
        try:
            found, _ = decoder.raw_decode(text, brace)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and not found.keys().isdisjoint(keys):
            return found
    named = " or ".join(f"'{key}'" for key in keys)
    raise ValueError(f"there is no JSON object with {named} in '{readable(text, 80)}'")


def readable(text: str, max_length: int = 300) -> str:
    """What others wrote, fit for a line of a log: no control characters, not too long."""
    line = " ".join(_CONTROL.sub(" ", text).split())
    return line if len(line) <= max_length else f"{line[: max_length - 3]}..."


def _no_number(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON")
