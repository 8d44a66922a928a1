"""The JSON form of a plan, and the checks that every planner's answer must pass.

The schema says what a sub-task looks like; `check_plan` adds what a schema cannot say: a hand
holds one thing at a time. Model planners are asked for `PLAN_SCHEMA` and checked the same way
as the grammar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Action, Relation, SubTask

_WORDS = {"type": "string", "maxLength": 200}
_SAID = {**_WORDS, "minLength": 1}
_NEEDS_OBJECT = [action.value for action in Action if action is not Action.RELEASE]
_NEEDS_REFERENCE = [
    relation.value for relation in Relation if relation not in (Relation.NONE, Relation.UP)
]


def _when(field: str, values: list[str], then: dict[str, Any]) -> dict[str, Any]:
    return {
        "if": {"properties": {field: {"enum": values}}},
        "then": {"properties": then},
    }


PLAN_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Plan of an instruction",
    "type": "object",
    "additionalProperties": False,
    "required": ["instruction", "subtasks"],
    "properties": {
        "instruction": {"type": "string"},
        "subtasks": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["action", "text", "object", "part", "relation", "reference"],
                "properties": {
                    "action": {"enum": [action.value for action in Action]},
                    "text": {
                        **_SAID,
                        "maxLength": 600,
                        "description": "the step in words, e.g. 'grasp the red mug'",
                    },
                    "object": {**_WORDS, "description": "what is acted on, without article"},
                    "part": {**_WORDS, "description": "part of it, e.g. 'handle'; may be empty"},
                    "relation": {"enum": [relation.value for relation in Relation]},
                    "reference": {**_WORDS, "description": "what the relation refers to"},
                },
                "allOf": [
                    _when("action", _NEEDS_OBJECT, {"object": _SAID}),
                    _when("action", [Action.MOVE.value], {"relation": {"not": {"const": ""}}}),
                    _when("relation", _NEEDS_REFERENCE, {"reference": _SAID}),
                    _when("relation", [""], {"reference": {"const": ""}}),
                ],
            },
        },
    },
}
"""JSON schema of a plan."""

_VALIDATOR = Draft202012Validator(PLAN_SCHEMA)


def plan_to_dict(instruction: str, subtasks: Sequence[SubTask]) -> dict[str, Any]:
    """A plan as plain JSON values, valid against `PLAN_SCHEMA`."""
    return {
        "instruction": instruction,
        "subtasks": [
            {
                "action": subtask.action.value,
                "text": subtask.text,
                "object": subtask.object,
                "part": subtask.part,
                "relation": subtask.relation.value,
                "reference": subtask.reference,
            }
            for subtask in subtasks
        ],
    }


def plan_from_dict(data: Mapping[str, Any]) -> tuple[SubTask, ...]:
    """The sub-tasks of a JSON plan.

    Raises:
        ClapError: INVALID_REQUEST, naming the place in the plan and what is wrong with it.
    """
    errors = sorted(_VALIDATOR.iter_errors(data), key=lambda error: list(map(str, error.path)))
    if errors:
        raise _invalid(f"{errors[0].json_path}: {errors[0].message}")
    subtasks = tuple(
        SubTask(
            Action(item["action"]),
            item["text"],
            item["object"],
            item["part"],
            Relation(item["relation"]),
            item["reference"],
        )
        for item in data["subtasks"]
    )
    _check_hand(subtasks)
    return subtasks


def check_plan(instruction: str, subtasks: Sequence[SubTask]) -> tuple[SubTask, ...]:
    """Check what a planner answered.

    Raises:
        ClapError: INVALID_REQUEST, naming the sub-task and what is wrong with it.
    """
    return plan_from_dict(plan_to_dict(instruction, subtasks))


def _check_hand(subtasks: Sequence[SubTask]) -> None:
    """The hand holds one thing at a time; what it holds at the start is not known here."""
    held = ""
    for index, subtask in enumerate(subtasks):
        if subtask.action is Action.GRASP:
            if held:
                raise _invalid(
                    f"$.subtasks[{index}]: '{subtask.text}' while the hand holds '{held}'"
                )
            held = subtask.object
        elif subtask.action is Action.RELEASE:
            held = ""


def _invalid(what: str) -> ClapError:
    return ClapError(
        ErrorCode.INVALID_REQUEST,
        f"the planner's answer is not a plan: {what}",
        "Say the instruction in other words, or choose another planner backend",
    )
