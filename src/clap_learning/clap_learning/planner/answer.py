"""Reads a model's answer as data: a plan in the vocabulary, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clap_core.errors import ClapError, ErrorCode
from clap_core.plan_schema import plan_from_dict
from clap_core.task_types import SubTask
from clap_learning.json_answer import first_object, readable
from clap_learning.planner.prompt import MAX_STEPS, REFUSALS
from clap_learning.planner.wording import (
    step_text,
    what_was_left_out,
    what_was_not_said,
    without_articles,
)

_NAMES = ("object", "reference", "part")

_PARTS = frozenset(
    ["handle", "lid", "door", "knob", "edge", "rim", "side", "top", "bottom", "button", "base"]
)
"""Parts that need not be said: "open the fridge" is by its door."""


class NotAPlan(ClapError):
    """An answer that is no plan; the model may be asked again."""

    def __init__(self, what: str) -> None:
        super().__init__(
            ErrorCode.INVALID_REQUEST,
            f"the planner's answer is not a plan: {what}",
            "Say the instruction in other words, or choose another planner backend",
        )
        self.what = what


def read_answer(text: str, instruction: str) -> tuple[SubTask, ...]:
    """The sub-tasks that a model answered.

    Args:
        text: the answer; its first JSON object counts.
        instruction: what things may be named after.

    Raises:
        NotAPlan: naming the place in the answer and what is wrong with it.
        ClapError: one of `REFUSALS`, when the model says that it cannot.
    """
    try:
        answer = first_object(text, ("subtasks", "cannot"))
    except ValueError as error:
        raise NotAPlan(str(error)) from error
    if answer.get("cannot") is not None:
        raise _refusal(answer["cannot"])
    steps = answer.get("subtasks")
    if not isinstance(steps, list) or not 0 < len(steps) <= MAX_STEPS:
        raise NotAPlan(f"$.subtasks must have 1 to {MAX_STEPS} steps, or 'cannot' a reason")
    written = [_with_text(step, index) for index, step in enumerate(steps)]
    try:
        subtasks = plan_from_dict({"instruction": instruction, "subtasks": written})
    except ClapError as error:
        raise NotAPlan(error.reason.removeprefix("the planner's answer is not a plan: ")) from error
    for index, step in enumerate(written):
        _check_names(step, f"$.subtasks[{index}]", instruction)
    told = [value for step in written for value in step.values() if isinstance(value, str)]
    if word := what_was_left_out(told, instruction):
        raise NotAPlan(f"it says nothing of '{word}': if no step can, give the reason in 'cannot'")
    return subtasks


def _refusal(cannot: Any) -> ClapError:
    codes = {code.name: code for code in REFUSALS}
    if not isinstance(cannot, dict) or cannot.get("code") not in codes:
        raise NotAPlan(f"$.cannot.code must be one of {', '.join(codes)}")
    reason = readable(str(cannot.get("reason") or "it gives no reason"))
    return ClapError(
        codes[cannot["code"]],
        f"the language model declines: {reason}",
        "Say it in other words, step by step, with the names of the things",
    )


def _with_text(step: Any, index: int) -> dict[str, Any]:
    place = f"$.subtasks[{index}]"
    if not isinstance(step, dict):
        raise NotAPlan(f"{place} must be an object")
    for field in ("action", "object", "part", "relation", "reference"):
        if not isinstance(step.get(field), str):
            raise NotAPlan(f"{place}.{field} must be a string")
    named = {**step, **{field: without_articles(step[field]) for field in _NAMES}}
    return {**named, "text": step_text(named)}


def _check_names(step: Mapping[str, Any], place: str, instruction: str) -> None:
    """Things are named with what the person said."""
    for field in _NAMES:
        name = step[field]
        if not name or (field == "part" and set(name.split()) <= _PARTS):
            continue
        if what := what_was_not_said(name, instruction):
            raise NotAPlan(f"{place}.{field}: {what}")
