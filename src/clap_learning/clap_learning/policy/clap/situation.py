"""A sub-task as the network sees it: everything in the frame of its keypoint.

The frame's origin is the keypoint; its x axis points from the robot's axis to it, z up. An arm does
the same on its left as on its right, so nothing has to be learned twice. Nor has it for a hand that
is turned by half about its approach axis: two fingers that change places are the same hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clap_core.geometry import invert, transform_points
from clap_core.task_types import SubTask
from clap_learning.keypoint.query import Query, query_of
from clap_learning.policy.demonstration import SubTaskStart
from clap_learning.policy.frames import HALF_TURN, KeyPoseFrame, Transform, frame_pose
from clap_learning.policy.surroundings import Surroundings


@dataclass(frozen=True, eq=False)
class SubTaskSituation:
    """What is known when a sub-task begins, in the keypoint's frame.

    Attributes:
        query: what is to be done.
        at_hand: whether it happens at the hand.
        xyz: [N, 3] float32 m, what is around.
        rgb: [N, 3] uint8.
        key_T_tcp: [4, 4] the hand.
        tcp_p_held: [3] foot of what is held, in the TCP's frame; None if nothing is.
        next_m: [3] where the next sub-task happens; None where it does not matter.
        top_m: height of what stands at the keypoint.
        out_m: how far the keypoint is from the robot's axis.
        height_m: of the keypoint, base frame.
        turned_round: whether this is the hand turned by half.
    """

    query: Query
    at_hand: bool
    xyz: NDArray[np.float32]
    rgb: NDArray[np.uint8]
    key_T_tcp: Transform
    tcp_p_held: NDArray[np.float64] | None
    next_m: NDArray[np.float64] | None
    top_m: float
    out_m: float
    height_m: float
    turned_round: bool = False

    @property
    def carried_m(self) -> NDArray[np.float64]:
        """[3] the point whose way is predicted: the held thing's foot, or the TCP."""
        return carried_point(self.key_T_tcp, self.tcp_p_held)


def carried_point(
    key_T_tcp: Transform, tcp_p_held: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """[3] where the held thing's foot is when the TCP is at a pose; the TCP if nothing is held."""
    if tcp_p_held is None:
        return np.array(key_T_tcp[:3, 3])
    return transform_points(key_T_tcp, tcp_p_held)


def nearest_m(key_T_tcp: Iterable[Transform], tcp_p_held: NDArray[np.float64] | None) -> float:
    """How near the carried point comes to the keypoint, m, at the nearest of key poses."""
    return min(float(np.linalg.norm(carried_point(pose, tcp_p_held))) for pose in key_T_tcp)


def situation(
    subtask: SubTask, at_hand: bool, state: SubTaskStart, look: Surroundings
) -> SubTaskSituation:
    """What is known, seen from the keypoint.

    Args:
        subtask: to be done.
        at_hand: whether it happens at the hand.
        state: at its start, base frame.
        look: around the keypoint, along the axes of the base frame.
    """
    base_T_key = frame_of(state)
    key_T_base = invert(base_T_key)
    turned = look.xyz @ base_T_key[:3, :3].astype(np.float32)
    now = SubTaskSituation(
        query=query_of(subtask),
        at_hand=at_hand,
        xyz=turned,
        rgb=look.rgb,
        key_T_tcp=np.asarray(key_T_base @ state.base_T_tcp),
        tcp_p_held=state.tcp_p_held,
        next_m=None if state.next_m is None else transform_points(key_T_base, state.next_m),
        top_m=state.top_m,
        out_m=float(np.hypot(*state.keypoint_m[:2])),
        height_m=float(state.keypoint_m[2]),
    )
    return turned_by_half(now) if is_the_other_way_round(now) else now


def is_the_other_way_round(now: SubTaskSituation) -> bool:
    """Whether the hand is seen as the one that is turned by half: whose y axis points to the
    keypoint frame's left. Of a hand that looks down and is not turned it points to the right."""
    return bool(now.key_T_tcp[1, 1] > 0.0)


def turned_by_half(now: SubTaskSituation) -> SubTaskSituation:
    """The same with the hand turned by half; what it holds is where it was."""
    held = now.tcp_p_held
    return replace(
        now,
        key_T_tcp=now.key_T_tcp @ HALF_TURN,
        tcp_p_held=None if held is None else HALF_TURN[:3, :3] @ held,
        turned_round=not now.turned_round,
    )


def frame_of(state: SubTaskStart) -> Transform:
    """[4, 4] base_T_key."""
    return frame_pose(KeyPoseFrame.RADIAL, state, None)


def kind_of(subtask: SubTask, at_hand: bool) -> str:
    """What a sub-task is of: its action and relation, and whether it happens at the hand."""
    words = [subtask.action.value, subtask.relation.value]
    return " ".join([*(word for word in words if word), *(["at the hand"] if at_hand else [])])
