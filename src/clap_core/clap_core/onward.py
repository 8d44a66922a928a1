"""Where a sub-task leads to: how a thing is gone behind depends on where it will be pushed."""

from __future__ import annotations

from collections.abc import Sequence

from clap_core.grounding import search_step
from clap_core.keypoint_convention import happens_at_hand, held_before
from clap_core.task_types import Action, Relation, SubTask

_PREPARES = (Action.APPROACH, Action.MOVE)
_PREPARED = (Action.PUSH, Action.PRESS, Action.OPEN, Action.CLOSE)


def onward_step(plan: Sequence[SubTask], index: int) -> SubTask | None:
    """What has to be found besides a step's own keypoint, so that a policy knows where it leads.

    Args:
        plan: the sub-tasks.
        index: of the step.

    Returns:
        The thing that something is moved towards, or the step that an approach or a move prepares;
        None where nothing has to be looked for.
    """
    step = plan[index]
    if step.relation is Relation.TOWARDS:
        return search_step(step.reference)
    if step.action not in _PREPARES or index + 1 == len(plan):
        return None
    following = plan[index + 1]
    at_hand = happens_at_hand(following, held_before(plan, index + 1))
    return None if at_hand or following.action not in _PREPARED else following
