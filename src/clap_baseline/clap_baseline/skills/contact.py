"""Push and press, with closed fingers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clap_baseline.directions import plan_push
from clap_baseline.segments.segmentation import Segment
from clap_baseline.situation import Situation
from clap_baseline.skills import motions
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import tool_down
from clap_core.task_types import ActionChunk, Motion

_START_GAP_M = 0.01
_PUSH_HEIGHT_SHARE = 0.4
_CLOSED_WIDTH_M = 0.04
_REACH_SHARE = 0.8
"""The fingers have to get at least as deep as this share of the object's height."""


def push(situation: Situation) -> ActionChunk:
    """Go down behind the object and slide it in a straight line."""
    situation.require_empty_hand()
    config, hand, segment = situation.config, situation.hand, situation.target()
    plan = plan_push(situation.observation.subtask, segment, situation.scene, config.push_gap_m)
    distance = config.push_m if plan.distance_m is None else plan.distance_m
    if distance <= config.push_gap_m / 2:
        return ActionChunk((), None, done=True)
    direction = plan.direction
    behind = segment.extent(-direction) + hand.finger_thickness_m
    start = segment.shape.center - (behind + _START_GAP_M) * direction
    end = segment.shape.center + (distance - behind) * direction
    yaw = _free_yaw(start, direction, segment, situation)
    lowest = situation.lowest_tcp_z(start, yaw, _CLOSED_WIDTH_M, np.zeros((0, 3)))
    blocked = situation.lowest_tcp_z(start, yaw, 0.0, situation.obstacles)
    z = max(lowest, blocked, segment.table_z + _PUSH_HEIGHT_SHARE * segment.shape.top_m)
    poses = [tool_down([xy[0], xy[1], z], yaw) for xy in (start, end)]
    above = max(config.hover_m, segment.shape.top_m)
    actions = (
        motions.set_opening(
            motions.raised(poses[0], above), 0.0, f"behind the {segment.name}, fingers closed",
            Motion.JOINT,
        ),
        motions.linear(poses[0], config.slow_speed, "down"),
        motions.linear(poses[1], config.contact_speed, f"push the {segment.name}"),
        motions.linear(motions.raised(poses[1], above), config.slow_speed, "up"),
    )  # fmt: skip
    return ActionChunk(actions, None, done=True)


def _free_yaw(
    start: NDArray[np.float64],
    direction: NDArray[np.float64],
    segment: Segment,
    situation: Situation,
) -> float:
    """A yaw with which the hand finds room behind the object: broadside on, or else end on.

    Raises:
        ClapError: NO_GRASP when there is none.
    """
    broadside = float(np.arctan2(direction[1], direction[0]))
    for wish in (broadside, broadside + np.pi / 2):
        yaw = situation.natural_yaw(start, wish)
        lowest = situation.lowest_tcp_z(start, yaw, 0.0, situation.obstacles)
        if lowest < segment.table_z + _REACH_SHARE * segment.shape.top_m:
            return yaw
    raise ClapError(
        ErrorCode.NO_GRASP,
        f"there is no room for the fingers behind the {segment.label}",
        "Clear the space on the side from which it has to be pushed",
        seen=situation.scene.labels,
    )


def press(situation: Situation) -> ActionChunk:
    """Press down on the top with closed fingers."""
    situation.require_empty_hand()
    config, hand, segment = situation.config, situation.hand, situation.target()
    button = segment.cap or segment
    xy = button.shape.center
    top = segment.table_z + segment.shape.top_m + hand.tip_below_tcp_m
    yaw = situation.natural_yaw(xy, float(np.arctan2(xy[1], xy[0])))
    above = tool_down([xy[0], xy[1], top + config.press_hover_m], yaw)
    pressed = tool_down([xy[0], xy[1], top - config.press_depth_m], yaw)
    actions = (
        motions.set_opening(above, 0.0, f"above the {segment.name}, fingers closed", Motion.JOINT),
        motions.guarded(pressed, f"press the {segment.name}"),
        motions.linear(motions.raised(above, config.hover_m), config.slow_speed, "up"),
    )
    return ActionChunk(actions, None, done=True)
