"""What every fine policy does with the key poses it has found: the rest of the way to an answer.

What geometry alone knows to do (doors, drawers, lids) is done so by each of them; what is put into
something goes in as far as it fits; what is set down, is felt; and what is held afterwards is told.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clap_core.backends import Observation, Policy
from clap_core.errors import ClapError, ErrorCode
from clap_core.keypoint_convention import happens_at_hand
from clap_core.point_cloud import PointCloud
from clap_core.robot.planner import MotionPlanner
from clap_core.robot.reach import Reach
from clap_core.robot.specification import arm_specification
from clap_core.task_types import Action, ActionChunk, GripperCommand, HeldObject, Relation, SubTask
from clap_learning.policy.articulation.operating import known_ways
from clap_learning.policy.clearance import REACHES_BACK_M
from clap_learning.policy.demonstration import SubTaskStart, is_looked_at, way_onward
from clap_learning.policy.feeling import ends_in_touch, until_it_touches
from clap_learning.policy.going_in import as_far_as_it_fits, goes_in
from clap_learning.policy.held import held_at, tcp_p_foot
from clap_learning.policy.letting_go import DRAWN_BACK_M, letting_go, letting_go_narrowly
from clap_learning.policy.retrieval import Asked
from clap_learning.policy.surroundings import (
    NOTHING,
    points_around,
    surroundings,
    top_height,
)
from clap_learning.policy.ways import KeyPoses


@dataclass(frozen=True, eq=False)
class Chosen:
    """How a sub-task is to be done.

    Attributes:
        actions: its key poses.
        foot_m: [3] the foot of what is grasped, base frame.
    """

    actions: KeyPoses
    foot_m: NDArray[np.float64]


class FinePolicy(Policy):
    """Answers with all key poses of a sub-task, from its first look.

    It keeps nothing between calls: how a thing is held travels in the observation.

    Args:
        arm: whose reach is asked.
    """

    def __init__(self, arm: str) -> None:
        self._reach = Reach(MotionPlanner(arm_specification(arm)))

    @abstractmethod
    def _chosen(self, asked: Asked, observation: Observation) -> Chosen:
        """How to do it; raises IMPOSSIBLE or UNREACHABLE where there is no way."""

    @abstractmethod
    def _is_taught(self, asked: Asked) -> bool:
        """Whether a person has shown this very step; then that is how it is done."""

    def act(self, observation: Observation) -> ActionChunk:
        """See `Policy`.

        Raises:
            ClapError: IMPOSSIBLE if nothing that was demonstrated resembles the sub-task;
                UNREACHABLE if the arm cannot do what does; INVALID_REQUEST if it is not known
                where the hand is, or there is nothing to tell it from.
        """
        self.warm_up()
        asked = _asked(observation)
        known = None if self._is_taught(asked) else self._known_way(asked, observation)
        if known is not None:
            chosen = Chosen(known, asked.state.keypoint_m)
        else:
            chosen = self._chosen(asked, observation)
            if goes_in(asked.subtask):
                actions = self._fitting(chosen.actions, asked, observation.scene.cloud)
                chosen = replace(chosen, actions=actions)
        actions = chosen.actions
        if ends_in_touch(asked.subtask):
            actions = self._felt(actions, asked.state.base_T_tcp)
        if asked.subtask.action is Action.APPROACH:
            actions = _before_grasp(actions)
        if _lets_go_inside(observation.subtask):
            actions = letting_go_narrowly(actions, observation.scene.gripper_width_m)
        return ActionChunk(actions, _held_after(actions, observation, chosen.foot_m), done=True)

    def _known_way(self, asked: Asked, observation: Observation) -> KeyPoses | None:
        """What geometry alone knows to do, within reach; None where it knows nothing."""
        state = asked.state
        cloud = observation.scene.cloud
        for way in known_ways(
            asked.subtask,
            state.keypoint_m,
            cloud,
            state.base_T_tcp,
            state.tcp_p_held,
            holds=observation.held is not None,
        ):
            if not self._reach.refusal(state.base_T_tcp, way):
                return way
        return None

    def _fitting(self, actions: KeyPoses, asked: Asked, cloud: PointCloud) -> KeyPoses:
        """Not so far in that the hand meets what it goes into, if the arm reaches that."""
        base_T_tcp = asked.state.base_T_tcp
        goal_m = actions[-1].base_T_tcp[:3, 3]
        around_m = points_around(cloud, goal_m, base_T_tcp, REACHES_BACK_M) + goal_m
        nearer = as_far_as_it_fits(actions, base_T_tcp, around_m)
        if nearer is actions or self._reach.refusal(base_T_tcp, nearer):
            return actions
        return nearer

    def _felt(self, actions: KeyPoses, base_T_tcp: NDArray[np.float64]) -> KeyPoses:
        """With feeling, if the arm may go that low."""
        lower = until_it_touches(actions, base_T_tcp)
        if lower is actions or self._reach.refusal(base_T_tcp, lower):
            return actions
        return lower

    def _let_go(self, base_T_tcp: NDArray[np.float64]) -> KeyPoses:
        """As far back as the arm reaches."""
        ways = [letting_go(base_T_tcp, back_m=back_m) for back_m in DRAWN_BACK_M]
        within = (way for way in ways if not self._reach.refusal(base_T_tcp, way))
        return next(within, ways[-1])


def _asked(observation: Observation) -> Asked:
    subtask, scene, held = observation.subtask, observation.scene, observation.held
    if scene.base_T_tcp is None or not np.isfinite(observation.keypoint.point).all():
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"it is not known where the hand or the keypoint '{observation.keypoint.label}' is",
            "Check that the robot's joint states and transforms arrive, then ask again",
        )
    if subtask.action is Action.RELEASE:
        # Moving brought the thing to its place: where that is does not matter any more.
        subtask = replace(subtask, relation=Relation.NONE, reference="")
    at_hand = happens_at_hand(subtask, held.name if held else "")
    point = scene.base_T_tcp[:3, 3] if at_hand else observation.keypoint.point
    tcp_p_held = None if held is None else tcp_p_foot(held, scene.base_T_tcp)
    keypoint = np.asarray(point, dtype=np.float64)
    look = NOTHING
    if is_looked_at(subtask, at_hand):
        look = surroundings(scene.cloud, keypoint, scene.base_T_tcp)
    next_m = way_onward(keypoint, observation.next_keypoint_m)
    state = SubTaskStart(keypoint, scene.base_T_tcp, tcp_p_held, top_height(look), next_m)
    return Asked(subtask, at_hand, state, look)


def _lets_go_inside(subtask: SubTask) -> bool:
    return subtask.action is Action.RELEASE and subtask.relation is Relation.IN


def _before_grasp(actions: KeyPoses) -> KeyPoses:
    """What a grasp begins with: how the hand comes near."""
    commands = [action.gripper for action in actions]
    if GripperCommand.GRASP not in commands:
        return actions
    return actions[: commands.index(GripperCommand.GRASP)]


def _held_after(
    actions: KeyPoses, observation: Observation, foot_m: NDArray[np.float64]
) -> HeldObject | None:
    """What is held after the sub-task; `foot_m` [3] is the foot of what it grasps."""
    held = observation.held
    keypoint = replace(observation.keypoint, point=foot_m)
    for action in actions:
        if action.gripper is GripperCommand.OPEN:
            held = None
        elif action.gripper is GripperCommand.GRASP:
            held = held_at(action.base_T_tcp, observation.subtask, keypoint)
    return held
