"""Which point a sub-task's keypoint is: one convention for planners, finders, policies and tasks.

A keypoint is where the sub-task happens, in the base frame, as things are when it begins:

==================  ==========================================================================
the hand            To let go, and what is done with what the hand holds already and names no
                    place: lift it, turn it, pull it open by the handle that was grasped. The
                    keypoint is the tool centre point. Nothing has to be looked for, and
                    `happens_at_hand` tells it from the plan alone.
a place             A move or a push that names a reference (``on the plate``, ``in the red cup``,
                    ``onto the green target``). The keypoint is where the foot of what
                    is moved will stand: on a block that is the block's top, in a cup or drawer
                    its inner floor, in a stack of cups the floor of the topmost; for a thread the
                    mouth of it. A place in the air is its centre. Of a tool that is moved to
                    what it will be used on, it is that thing's foot.
a part              A sub-task that names a part, or works on one (handle, button's cap, the edge
                    of a lid, a door's face): the middle of that part, where fingers touch it.
a thing             Everything else: the middle of the thing's foot, where it stands. So a thing
                    that was put on a place has its keypoint there.
==================  ==========================================================================

A sub-task that says "move" never opens the hand, and one that says "release" does nothing else but
open it and draw back. An approach towards a reference happens at the thing that is approached;
where to is the keypoint of the next sub-task.
"""

from __future__ import annotations

from collections.abc import Sequence

from clap_core.task_types import Action, SubTask


def happens_at_hand(subtask: SubTask, held: str) -> bool:
    """Whether a sub-task's keypoint is the tool centre point.

    Args:
        subtask: the sub-task.
        held: what the hand holds when it begins, in the plan's words; empty for nothing.
    """
    if subtask.action is Action.RELEASE:
        return True
    if subtask.reference or subtask.action in (Action.APPROACH, Action.GRASP):
        return False
    return bool(held) and subtask.object.casefold() == held.casefold()


def held_before(plan: Sequence[SubTask], index: int, held: str = "") -> str:
    """What the hand holds when a step of a plan begins, if all before it went well.

    Args:
        plan: the sub-tasks.
        index: of the step.
        held: what it held before the first one.
    """
    for subtask in plan[:index]:
        if subtask.action is Action.GRASP:
            held = subtask.object
        elif subtask.action is Action.RELEASE:
            held = ""
    return held
