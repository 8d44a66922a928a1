"""Move what is held, and let it go."""

from __future__ import annotations

import numpy as np

from clap_baseline.places import (
    place_for,
    release_opening,
    support_below,
    to_center,
)
from clap_baseline.situation import Situation
from clap_baseline.skills import motions
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import tool_down, tool_yaw
from clap_core.task_types import ActionChunk, HeldObject, Relation

_NEXT_TO = (Relation.NONE, Relation.TOWARDS)


def move(situation: Situation) -> ActionChunk:
    """Carry what is held to above its place, or lift it.

    Raises:
        ClapError: INVALID_REQUEST when nothing is held, NO_GRASP when there is no place.
    """
    observation, config = situation.observation, situation.config
    subtask, held = observation.subtask, observation.held
    if held is None:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"'{subtask.text}' needs something in the gripper, which is empty",
            "Grasp it first",
        )
    highest = situation.table_z + config.max_tcp_height_m
    if subtask.relation is Relation.UP or not subtask.reference:
        pose = situation.tcp().copy()
        pose[2, 3] = max(pose[2, 3], min(pose[2, 3] + config.lift_up_m, highest))
        action = motions.linear(pose, config.slow_speed, f"lift the {held.name} up")
        return ActionChunk((action,), held, done=True)
    relation = Relation.NEXT_TO if subtask.relation in _NEXT_TO else subtask.relation
    place = place_for(relation, held, situation)
    lowest = situation.lowest_tcp_z(
        place.tcp, place.yaw, release_opening(situation), situation.obstacles
    )
    z = max(place.support_z + held.tcp_above_bottom_m, lowest) + config.place_hover_m
    pose = tool_down([place.tcp[0], place.tcp[1], min(z, highest)], place.yaw)
    text = f"carry the {held.name} to {relation.value.replace('_', ' ')} the {subtask.reference}"
    return ActionChunk((motions.free(pose, text),), held, done=True)


def release(situation: Situation) -> ActionChunk:
    """Lower what is held to just above what is below it, open, and go straight up."""
    config, pose, held = situation.config, situation.tcp(), situation.observation.held
    opening = release_opening(situation)
    if held is None:
        return ActionChunk(
            (motions.set_opening(pose, situation.hand.max_opening_m, "open"),),
            None,
            done=True,
        )
    if held.radius_m <= 0.0:
        return _feel_down(held, situation, opening)
    low = pose.copy()
    low[2, 3] = min(pose[2, 3], _release_z(held, situation, opening))
    name = held.name
    actions = (
        motions.linear(low, config.slow_speed, f"lower the {name}"),
        motions.set_opening(low, opening, f"let the {name} go"),
        motions.linear(motions.raised(low, config.retreat_m), config.slow_speed, "up"),
    )
    return ActionChunk(actions, None, done=True)


def _feel_down(held: HeldObject, situation: Situation, opening_m: float) -> ActionChunk:
    """Lower what was never measured until it touches something, open, and go straight up."""
    config, pose = situation.config, situation.tcp()
    nothing_in_the_way = np.zeros((0, 3))
    lowest = situation.lowest_tcp_z(pose[:2, 3], tool_yaw(pose), opening_m, nothing_in_the_way)
    low, up = pose.copy(), pose.copy()
    low[2, 3] = min(pose[2, 3], lowest)
    # Above the start, not above `low`: where the touch will be is not known.
    highest = situation.table_z + config.max_tcp_height_m
    up[2, 3] = max(pose[2, 3], min(pose[2, 3] + config.retreat_m, highest))
    actions = (
        motions.guarded(low, f"lower the {held.name} until it touches something"),
        motions.set_opening(low, opening_m, f"let the {held.name} go"),
        motions.linear(up, config.slow_speed, "up"),
    )
    return ActionChunk(actions, None, done=True)


def _release_z(held: HeldObject, situation: Situation, opening_m: float) -> float:
    """Height of the TCP at which the held object is just above its support."""
    pose = situation.tcp()
    yaw, xy = tool_yaw(pose), pose[:2, 3]
    center = xy + to_center(held, yaw)
    support = support_below(np.asarray(center), held.radius_m, situation)
    z = support + held.tcp_above_bottom_m + situation.config.release_height_m
    return max(z, situation.lowest_tcp_z(xy, yaw, opening_m, situation.obstacles))
