"""The JSON form of plans: what is let through and what is not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from clap_core.errors import ClapError, ErrorCode
from clap_core.plan_schema import PLAN_SCHEMA, check_plan, plan_from_dict, plan_to_dict
from clap_core.task_types import Action, Relation, SubTask

PLAN = (
    SubTask(Action.APPROACH, "approach the mug", "mug"),
    SubTask(Action.GRASP, "grasp the mug by the handle", "mug", "handle"),
    SubTask(Action.MOVE, "move the mug onto the plate", "mug", "", Relation.ON, "plate"),
    SubTask(Action.RELEASE, "release the mug", "mug", "", Relation.ON, "plate"),
)


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(PLAN_SCHEMA)


def test_there_and_back_through_json() -> None:
    data = json.loads(json.dumps(plan_to_dict("put the mug on the plate", PLAN)))
    assert plan_from_dict(data) == PLAN


def broken(index: int, **changes: Any) -> dict[str, Any]:
    """The plan with one sub-task changed; a value of None removes the field."""
    data = plan_to_dict("put the mug on the plate", PLAN)
    item = data["subtasks"][index]
    item.update(changes)
    data["subtasks"][index] = {key: value for key, value in item.items() if value is not None}
    return data


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({}, "instruction"),
        ([], "object"),
        ({"instruction": "x", "subtasks": []}, "subtasks"),
        (broken(0, action="fly"), "fly"),
        (broken(0, text=None), "text"),
        (broken(0, text=""), "text"),
        (broken(0, speed=3), "speed"),
        (broken(0, object=7), "object"),
        (broken(1, object=""), "object"),
        (broken(2, relation="", reference=""), "relation"),
        (broken(2, relation="atop"), "atop"),
        (broken(2, reference=""), "reference"),
        (broken(0, reference="plate"), "reference"),
        (broken(0, action="grasp"), "while the hand holds 'mug'"),
    ],
)
def test_refuses(data: Any, named: str) -> None:
    with pytest.raises(ClapError) as caught:
        plan_from_dict(data)
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert named in caught.value.reason


def test_check_plan_refuses_no_subtasks() -> None:
    with pytest.raises(ClapError):
        check_plan("x", ())


def test_a_lift_needs_no_reference() -> None:
    lift = SubTask(Action.MOVE, "lift the mug", "mug", "", Relation.UP)
    assert check_plan("lift the mug", (lift,)) == (lift,)
