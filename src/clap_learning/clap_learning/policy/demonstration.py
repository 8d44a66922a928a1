"""Demonstrated sub-tasks: what was known when each began, and the key poses that did it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clap_core.fusion import CloudFuser
from clap_core.geometry import invert, transform_points
from clap_core.keypoint_convention import happens_at_hand
from clap_core.task_types import Action, GripperCommand, KeyAction, SubTask
from clap_data.episodes import EpisodeFile, SubTaskRecord
from clap_learning.joined_steps import joined_steps
from clap_learning.policy.letting_go import WIDE_OPEN_M, letting_go
from clap_learning.policy.surroundings import (
    NOTHING,
    Surroundings,
    surroundings,
    top_height,
)

_OTHER_PLACE_M = 0.04
"""Keypoints that are nearer to each other are one place."""


@dataclass(frozen=True, eq=False)
class SubTaskStart:
    """What is known when a sub-task begins.

    Attributes:
        keypoint_m: [3] where it happens, base frame.
        base_T_tcp: [4, 4] where the hand is.
        tcp_p_held: [3] the foot of what is held, in the TCP's frame; None if nothing is.
        next_m: [3] where the next sub-task happens; None where nobody knows, or it happens at the
            hand or at the same place.
        top_m: height over the keypoint of what stands there; 0 where nothing does.
    """

    keypoint_m: NDArray[np.float64]
    base_T_tcp: NDArray[np.float64]
    tcp_p_held: NDArray[np.float64] | None = None
    top_m: float = 0.0
    next_m: NDArray[np.float64] | None = None


@dataclass(frozen=True, eq=False)
class Demonstration:
    """How one sub-task was done once.

    Attributes:
        origin: which episode it is of.
        subtask: what was to be done.
        at_hand: whether it happens at the hand, so that nothing has to be looked for.
        state: at its start.
        look: what lay around the keypoint; nothing where that does not matter.
        actions: the key poses.
    """

    origin: str
    subtask: SubTask
    at_hand: bool
    state: SubTaskStart
    look: Surroundings
    actions: tuple[KeyAction, ...]

    @property
    def is_holding(self) -> bool:
        """Whether something was held when it began."""
        return self.state.tcp_p_held is not None


def demonstrations(episode: EpisodeFile, fuser: CloudFuser) -> Iterator[Demonstration]:
    """The sub-tasks of an episode whose keypoints are known, and those that a plan may say as one.

    Args:
        episode: as ``clap_data.episodes`` reads it.
        fuser: makes clouds of the looks' views.

    Raises:
        ClapError: the file is damaged, or its views make no cloud.
    """
    shown = single_steps(episode, fuser)
    yield from shown.values()
    for steps in joined_steps([part.subtask for part in episode.record.subtasks]):
        if all(index in shown for index in range(steps.first, steps.end)):
            yield _joined(steps.subtask, [shown[i] for i in range(steps.first, steps.end)])


def single_steps(episode: EpisodeFile, fuser: CloudFuser) -> dict[int, Demonstration]:
    """The sub-tasks of an episode whose keypoints are known, by their numbers; raises as
    `demonstrations` does."""
    record = episode.record
    shown: dict[int, Demonstration] = {}
    held, tcp_p_held = "", None
    following_parts = [*record.subtasks[1:], None]
    for number, (part, following) in enumerate(zip(record.subtasks, following_parts, strict=True)):
        first, end = part.key_poses
        if part.keypoint_m is None:
            continue
        keypoint = np.array(part.keypoint_m)
        at_hand = happens_at_hand(part.subtask, held)
        base_T_tcp = np.array(record.looks[first].base_T_tcp)
        look = NOTHING
        if is_looked_at(part.subtask, at_hand):
            cloud = fuser.fuse(list(episode.look(first, record.fixed_cameras).views))
            look = surroundings(cloud, keypoint, base_T_tcp)
        held_then = _held_after(part, record.actions[end - 1], held)
        next_m = None
        if following is not None and not happens_at_hand(following.subtask, held_then):
            next_m = way_onward(keypoint, following.keypoint_m and np.array(following.keypoint_m))
        state = SubTaskStart(keypoint, base_T_tcp, tcp_p_held, top_height(look), next_m)
        origin = f"{record.variation}/{episode.path.stem}"
        actions = record.actions[first:end]
        shown[number] = Demonstration(origin, part.subtask, at_hand, state, look, actions)
        if part.action is Action.RELEASE:
            tcp_p_held = None
        elif held_then != held:
            tcp_T_base = invert(np.array(record.looks[end].base_T_tcp))
            tcp_p_held = transform_points(tcp_T_base, keypoint)
        held = held_then
    return shown


def way_onward(
    keypoint_m: NDArray[np.float64], next_m: NDArray[np.float64] | None
) -> NDArray[np.float64] | None:
    """Where the next sub-task happens, if that is another place: between two looks at one place
    there is no direction."""
    if next_m is None or np.linalg.norm(next_m - keypoint_m) < _OTHER_PLACE_M:
        return None
    return next_m


def _joined(subtask: SubTask, parts: Sequence[Demonstration]) -> Demonstration:
    """Steps one after the other, seen from where the first begins.

    What was taken to open it is let go in the end: nobody will say so.
    """
    first = parts[0]
    next_m = None
    if subtask.reference:
        last = next(one for one in reversed(parts) if one.subtask.reference == subtask.reference)
        next_m = last.state.keypoint_m
    actions = tuple(action for part in parts for action in part.actions)
    if not first.is_holding and _holds(actions):
        widths_m = (one.width_m for one in actions if one.gripper is GripperCommand.OPEN)
        actions += letting_go(actions[-1].base_T_tcp, max(widths_m, default=WIDE_OPEN_M))
    return replace(
        first, subtask=subtask, state=replace(first.state, next_m=next_m), actions=actions
    )


def _holds(actions: Sequence[KeyAction]) -> bool:
    """Whether the hand holds something after the actions."""
    commands = [one.gripper for one in actions if one.gripper is not GripperCommand.KEEP]
    return bool(commands) and commands[-1] is GripperCommand.GRASP


def _held_after(part: SubTaskRecord, last: KeyAction, held: str) -> str:
    """What is held when a sub-task ends, by the plan's name for it."""
    if part.action is Action.RELEASE:
        return ""
    return part.object if last.gripper is GripperCommand.GRASP else held


def is_looked_at(subtask: SubTask, at_hand: bool) -> bool:
    """Whether it matters what is around the keypoint. With a thing in the air it does not; what is
    turned or opened by its handle hangs on something, which tells which way it goes."""
    return not at_hand or subtask.action in (Action.TURN, Action.OPEN, Action.CLOSE)
