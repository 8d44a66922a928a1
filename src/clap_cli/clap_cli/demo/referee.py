"""What must be true when a sentence was obeyed, and asking the simulation whether it is."""

from __future__ import annotations

from dataclasses import dataclass

from rclpy.client import Client

from clap_core.task_types import Action, Relation, SubTask
from clap_msgs.srv import CheckRelation
from clap_ros.calls import call_service
from clap_sim.scenes import scene as find_scene

TIMEOUT_S = 20.0

_DONE = {
    Action.PRESS: "pressed",
    Action.OPEN: "opened",
    Action.CLOSE: "closed",
    Action.PUSH: "pushed",
}


@dataclass(frozen=True)
class GoalRelation:
    """One relation that has to hold at the end."""

    object: str
    relation: str
    reference: str = ""

    def __str__(self) -> str:
        words = f"{self.object} {self.relation.replace('_', ' ')} {self.reference}"
        return " ".join(words.split())


def goals_of_sentence(scene: str, sentence: str) -> tuple[GoalRelation, ...]:
    """The relations that are written down with a scene for a sentence; none where it is not.

    They know nothing of the plan, so that a sentence that was understood wrongly is not obeyed.

    Raises:
        ClapError: INVALID_REQUEST for an unknown scene.
    """
    expectation = find_scene(scene).expectation(sentence)
    return (
        ()
        if expectation is None
        else tuple(GoalRelation(*relation) for relation in expectation.relations)
    )


def goals_of(plan: tuple[SubTask, ...]) -> tuple[GoalRelation, ...]:
    """The relations that a plan is meant to bring about.

    An object that is moved twice counts where it ended; "up" counts only while it is held.
    """
    goals: dict[str, GoalRelation] = {}
    for subtask in plan:
        if subtask.action is Action.MOVE and subtask.relation is not Relation.NONE:
            goals[subtask.object] = GoalRelation(
                subtask.object, subtask.relation.value, subtask.reference
            )
        elif subtask.action in _DONE:
            name = subtask.object
            relation = _DONE[subtask.action]
            part = f"{subtask.part} " if subtask.part and subtask.part not in name else ""
            goals[f"{part}{name}"] = GoalRelation(f"{part}{name}", relation, subtask.reference)
    return tuple(goals.values())


def judge(client: Client, goals: tuple[GoalRelation, ...]) -> tuple[bool, tuple[str, ...]]:
    """Ask the simulation's referee about each goal.

    Args:
        client: of ``/simulation/check_relation``.
        goals: at least one is needed for success.

    Returns:
        Whether all of them hold, and the reasons in words.

    Raises:
        ClapError: NODE_UNAVAILABLE or TIMEOUT.
    """
    reasons = []
    success = bool(goals)
    for goal in goals:
        answer = call_service(
            client,
            CheckRelation.Request(
                object=goal.object, relation=goal.relation, reference=goal.reference
            ),
            TIMEOUT_S,
        )
        holds = answer.success and not answer.error_code
        success = success and holds
        reasons.append(
            f"{'true' if holds else 'FALSE'}: {goal} ({answer.reason or answer.error_msg})"
        )
    return success, tuple(reasons) or ("the plan leads to nothing that can be checked",)
