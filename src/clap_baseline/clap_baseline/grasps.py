"""Grasps of an object from above: handle, rim, across."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_baseline.segments.segmentation import Segment
from clap_baseline.situation import Situation, wrap
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import tool_down
from clap_core.task_types import HeldObject

_HANDLE_WIDTH_M = 0.014
_HANDLE_OPENING_M = 0.05
_HANDLE_BELOW_TOP_M = 0.010
_WALL_M = 0.005
_RIM_OPENING_M = 0.045
_RIM_DEPTH_M = 0.010
_RIM_DIRECTIONS = 24
_ACROSS_DIRECTIONS = 12
_ACROSS_DEPTH_M = 0.035
_MIN_OVERLAP_M = 0.008
_MAX_WIDTH_SHARE = 0.94
_MIN_WIDTH_SHARE = 0.4
_THINNEST_M = 0.002


@dataclass(frozen=True)
class Grasp:
    """A grasp from straight above.

    Attributes:
        kind: handle, rim or across.
        base_T_tcp: [4, 4] where the fingers close.
        opening_m: opening before they close.
        width_m: expected width of what is between them.
        cost: smaller is better, among grasps of a kind.
    """

    kind: str
    base_T_tcp: NDArray[np.float64]
    opening_m: float
    width_m: float
    cost: float

    @property
    def min_width_m(self) -> float:
        """Smallest width between the fingers that counts as having it."""
        return max(_THINNEST_M, _MIN_WIDTH_SHARE * self.width_m)


def choose_grasp(segment: Segment, situation: Situation) -> Grasp:
    """The grasp to try: the best of a kind, another kind after each failure.

    Raises:
        ClapError: NO_GRASP, with the reasons.
    """
    observation = situation.observation
    if segment.kind in ("button", "cabinet"):
        raise _no_grasp(segment, situation, f"a {segment.kind} stands fixed")
    part = observation.subtask.part.lower()
    proposers = {"handle": _by_handle, "rim": _by_rim, "across": _across}
    if part in ("handle", "rim"):
        proposers = {part: proposers[part]}
    elif part in ("side", "body"):
        proposers = {"across": _across}
    elif segment.shape.handle is None or segment.kind != "mug":
        order = ("rim", "across") if segment.shape.hollow > 0.5 else ("across", "rim")
        proposers = {kind: proposers[kind] for kind in order}
    best: list[Grasp] = []
    for propose in proposers.values():
        grasps = propose(segment, situation)
        if grasps:
            best.append(min(grasps, key=lambda grasp: grasp.cost))
    if not best:
        raise _no_grasp(
            segment,
            situation,
            "it is too wide for the gripper, too flat, or its neighbours leave no room",
        )
    return best[observation.attempt % len(best)]


def held_by(grasp: Grasp, segment: Segment, name: str) -> HeldObject:
    """What to remember of an object once a grasp has succeeded."""
    tcp = grasp.base_T_tcp[:3, 3]
    table_z = segment.table_z
    lowest = float(np.percentile(segment.height, 1))
    bottom_z = table_z + (lowest if lowest > _STANDS_ON_SOMETHING_M else 0.0)
    center = np.array([*segment.shape.center, (bottom_z + table_z + segment.shape.top_m) / 2])
    yaw = float(np.arctan2(grasp.base_T_tcp[1, 0], grasp.base_T_tcp[0, 0]))
    return HeldObject(
        name=name,
        tcp_above_bottom_m=float(tcp[2] - bottom_z),
        radius_m=segment.shape.radius_m,
        tcp_to_center_m=center - tcp,
        tcp_yaw_rad=yaw,
    )


_STANDS_ON_SOMETHING_M = 0.018
"""The lowest points of what stands on the table are lost with the table's own."""


def _by_handle(segment: Segment, situation: Situation) -> list[Grasp]:
    """Fingers on both sides of the handle's upright part, closing along the body's tangent."""
    handle = segment.shape.handle
    if handle is None:
        return []
    top = segment.table_z + segment.shape.top_m - _HANDLE_BELOW_TOP_M
    grasps = []
    for turn in (0.0, -0.2, 0.2):
        yaw = situation.natural_yaw(handle.point[:2], handle.angle_rad + turn)
        lowest = _lowest(segment, situation, handle.point[:2], yaw, _HANDLE_OPENING_M)
        z = max(float(handle.point[2]), lowest)
        if z < top:
            cost = 4 * abs(turn) + 20 * max(0.0, z - float(handle.point[2]))
            grasps.append(
                _grasp("handle", situation, handle.point[:2], yaw, z, _HANDLE_OPENING_M,
                       _HANDLE_WIDTH_M, cost)
            )  # fmt: skip
    return [grasp for grasp in grasps if grasp is not None]


def _by_rim(segment: Segment, situation: Situation) -> list[Grasp]:
    """One finger inside, one outside of a hollow round body."""
    shape = segment.shape
    if shape.hollow < 0.5 or not (shape.is_round or segment.kind == "mug"):
        return []
    grasps = []
    keypoint = situation.observation.keypoint.point[:2]
    z_wish = segment.table_z + shape.top_m - _RIM_DEPTH_M
    for angle in np.linspace(-np.pi, np.pi, _RIM_DIRECTIONS, endpoint=False):
        out = np.array([np.cos(angle), np.sin(angle)])
        xy = shape.circle.center + (shape.circle.radius_m - _WALL_M / 2) * out
        yaw = situation.natural_yaw(xy, angle + np.pi / 2)
        z = max(z_wish, _lowest(segment, situation, xy, yaw, _RIM_OPENING_M))
        if z > z_wish + 0.004:
            continue
        cost = 5.0 * float(np.hypot(*(xy - keypoint)))
        grasp = _grasp("rim", situation, xy, yaw, z, _RIM_OPENING_M, _WALL_M, cost)
        if grasp is not None:
            grasps.append(grasp)
    return grasps


def _across(segment: Segment, situation: Situation) -> list[Grasp]:
    """Fingers on two opposite sides of the body."""
    shape, hand = segment.shape, situation.hand
    if shape.is_round:
        width = 2 * shape.circle.radius_m
        turns = np.linspace(-np.pi / 2, np.pi / 2, _ACROSS_DIRECTIONS, endpoint=False)
        # `turn` is the direction in which the fingers close.
        options = [(float(turn), width, 0.0) for turn in turns]
    else:
        rectangle = shape.rectangle
        options = [
            (rectangle.angle_rad + np.pi / 2, rectangle.width_m, 0.0),
            (rectangle.angle_rad, rectangle.length_m, 0.3),
        ]
    top = segment.table_z + shape.top_m
    bottom = segment.table_z + float(np.percentile(segment.height, 1))
    z_wish = max((top + bottom) / 2, top - _ACROSS_DEPTH_M)
    grasps = []
    for turn, width, extra in options:
        opening = min(hand.max_opening_m, width + situation.config.opening_margin_m)
        if width > _MAX_WIDTH_SHARE * hand.max_opening_m:
            continue
        yaw = situation.natural_yaw(shape.center, turn + np.pi / 2)
        z = max(z_wish, _lowest(segment, situation, shape.center, yaw, opening))
        if z > top - _MIN_OVERLAP_M:
            continue
        cost = extra + 10 * (z - z_wish)
        grasp = _grasp("across", situation, shape.center, yaw, z, opening, width, cost)
        if grasp is not None:
            grasps.append(grasp)
    return grasps


def _lowest(
    segment: Segment,
    situation: Situation,
    xy: NDArray[np.float64],
    yaw: float,
    opening_m: float,
) -> float:
    return situation.lowest_tcp_z(xy, yaw, opening_m, situation.obstacles)


def _grasp(
    kind: str,
    situation: Situation,
    xy: NDArray[np.float64],
    yaw: float,
    z: float,
    opening_m: float,
    width_m: float,
    cost: float,
) -> Grasp | None:
    """A grasp with the cost of its posture added; None where the arm would have to contort."""
    bearing = float(np.arctan2(xy[1], xy[0]))
    off = abs(wrap(yaw - bearing))
    if off > situation.config.max_yaw_off_rad or np.hypot(*xy) > situation.config.reach_m:
        return None
    pose = tool_down([xy[0], xy[1], z], yaw)
    return Grasp(kind, pose, opening_m, width_m, cost + 0.2 * off)


def _no_grasp(segment: Segment, situation: Situation, why: str) -> ClapError:
    return ClapError(
        ErrorCode.NO_GRASP,
        f"no way to grasp the {segment.label} is found: {why}",
        "Move it, or what stands around it, and try again",
        seen=situation.scene.labels,
    )
