"""Whether the hand did what the sub-tasks say."""

from __future__ import annotations

from collections.abc import Sequence

from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Action, GripperCommand, KeyAction, SubTask
from clap_data.episodes import SubTaskRecord

_BY_ACTION = {Action.GRASP: GripperCommand.GRASP, Action.RELEASE: GripperCommand.OPEN}
_OTHER = {GripperCommand.GRASP: GripperCommand.OPEN, GripperCommand.OPEN: GripperCommand.GRASP}


def check_hand(name: str, subtasks: Sequence[SubTaskRecord], actions: Sequence[KeyAction]) -> None:
    """Check that the hand closes where something is taken.

    Args:
        name: of the demonstration, for the error.
        subtasks, actions: of the demonstration.

    Raises:
        ClapError: INVALID_REQUEST, naming the sub-task.
    """
    for part in subtasks:
        first, end = part.key_poses
        commands = {action.gripper for action in actions[first:end]}
        if part.action is Action.GRASP and GripperCommand.GRASP not in commands:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"in {name} the hand does not close during '{part.text}'",
                "Give --subtasks that fit what was done, or leave this demonstration out",
            )


def changes(actions: Sequence[KeyAction]) -> list[GripperCommand]:
    """What the hand did, one after the other."""
    return [action.gripper for action in actions if action.gripper is not GripperCommand.KEEP]


def swapped(commands: Sequence[GripperCommand]) -> list[GripperCommand]:
    """The same with closing for opening."""
    return [_OTHER[command] for command in commands]


def of_plan(subtasks: Sequence[SubTask]) -> list[GripperCommand]:
    """What the hand should do, by the sub-tasks of a plan."""
    commands = (_BY_ACTION.get(subtask.action) for subtask in subtasks)
    return [command for command in commands if command is not None]


def is_swapped(commands: Sequence[GripperCommand], planned: Sequence[GripperCommand]) -> bool:
    """Whether a hand did the opposite of what a plan has it do.

    Args:
        commands: what the hand did.
        planned: what it should.
    """
    return bool(planned) and not _fits(commands, planned) and _fits(swapped(commands), planned)


def core(commands: Sequence[GripperCommand]) -> list[GripperCommand]:
    """From the first closing on, each change once."""
    found: list[GripperCommand] = []
    for command in commands:
        if not found and command is not GripperCommand.GRASP:
            continue
        if not found or found[-1] is not command:
            found.append(command)
    return found


def _fits(commands: Sequence[GripperCommand], planned: Sequence[GripperCommand]) -> bool:
    """Whether a hand did what was planned; opening before it, and anything after it, is free."""
    shown, wanted = core(commands), core(planned)
    return shown[: len(wanted)] == wanted
