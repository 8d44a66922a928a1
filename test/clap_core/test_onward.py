"""What else has to be found, so that a policy knows where a sub-task leads to."""

from __future__ import annotations

import pytest
from fake_surroundings import FakeSurroundings

from clap_core.control_loop import run_task
from clap_core.errors import ClapError, ErrorCode
from clap_core.onward import onward_step
from clap_core.task_types import Action, Relation, SubTask

PUSH = SubTask(Action.PUSH, "push", "block", "", Relation.TOWARDS, "red target")
BEHIND = SubTask(Action.APPROACH, "go behind", "block", "", Relation.TOWARDS, "red target")
ONTO = SubTask(Action.PUSH, "push it on", "block", "", Relation.ON, "red target")
TAKE = SubTask(Action.GRASP, "take the stick", "stick")
BRING = SubTask(Action.MOVE, "bring the stick", "stick", "", Relation.NEXT_TO, "block")
NEAR = SubTask(Action.APPROACH, "come near", "laptop lid")
SHUT = SubTask(Action.CLOSE, "close it", "laptop lid")
NEAR_STICK = SubTask(Action.APPROACH, "come near", "stick")
HANDLE = SubTask(Action.GRASP, "take the handle", "drawer", "handle")
PULL = SubTask(Action.OPEN, "open it", "drawer", "handle")


@pytest.mark.parametrize(
    ("plan", "index", "object_name"),
    [
        ((PUSH,), 0, "red target"),
        ((BEHIND, ONTO), 0, "red target"),
        ((TAKE, BRING, ONTO), 1, "block"),
        ((NEAR, SHUT), 0, "laptop lid"),
    ],
)
def test_what_something_is_made_ready_for_is_looked_for(
    plan: tuple[SubTask, ...], index: int, object_name: str
) -> None:
    step = onward_step(plan, index)
    assert step is not None
    assert step.object == object_name


@pytest.mark.parametrize(
    ("plan", "index"),
    [
        ((NEAR_STICK, TAKE), 0),
        ((HANDLE, PULL), 0),
        ((HANDLE, PULL), 1),
        ((TAKE, BRING, ONTO), 2),
        ((NEAR,), 0),
    ],
)
def test_nothing_else_is_looked_for_where_it_does_not_matter(
    plan: tuple[SubTask, ...], index: int
) -> None:
    assert onward_step(plan, index) is None


def test_the_loop_tells_the_policy_where_a_push_leads() -> None:
    around = FakeSurroundings()
    assert run_task("push the block towards the bowl", around).error_code is ErrorCode.SUCCESS
    (onward,) = around.onward
    assert onward is not None
    assert onward.label == "bowl"


def test_a_target_that_is_not_seen_is_left_to_the_policy() -> None:
    around = FakeSurroundings()
    missing = ClapError(ErrorCode.OBJECT_NOT_FOUND, "no bowl", "bring one")
    around.failures["find look for the bowl"] = [None, missing]
    assert run_task("push the block towards the bowl", around).error_code is ErrorCode.SUCCESS
    assert around.onward == [None]


def test_to_stop_while_it_is_looked_for_ends_the_task() -> None:
    around = FakeSurroundings()
    stopped = ClapError(ErrorCode.CANCELED, "stopped", "say it again")
    around.failures["find look for the bowl"] = [None, stopped]
    assert run_task("push the block towards the bowl", around).error_code is ErrorCode.CANCELED
    assert not around.motions
