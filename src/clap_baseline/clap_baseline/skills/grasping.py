"""Approach and grasp."""

from __future__ import annotations

import numpy as np

from clap_baseline.drawers import find_drawer_handle
from clap_baseline.grasps import Grasp, choose_grasp, held_by
from clap_baseline.situation import Situation, wrap
from clap_baseline.skills import motions
from clap_baseline.skills.articulated import handle_pose
from clap_core.geometry import tool_down, tool_yaw
from clap_core.task_types import ActionChunk, GripperCommand, KeyAction, Motion

_AT_HOVER_M = 0.012
_AT_HOVER_RAD = 0.05
_NEAR_OBJECT_M = 0.12


def approach(situation: Situation) -> ActionChunk:
    """Open the gripper above where the object will be grasped."""
    situation.require_empty_hand()
    segment = situation.target()
    subtask = situation.observation.subtask
    if segment.kind == "cabinet":
        handle = find_drawer_handle(segment, f"{subtask.object} {subtask.part}")
        pose = handle_pose(situation, handle, segment.table_z + segment.shape.top_m)
        hover = motions.shifted(pose, -situation.config.hover_m * pose[:3, 2])
        return ActionChunk((motions.free(hover, f"to the {handle.name} handle"),), None, done=True)
    if segment.kind == "button":
        xy = segment.shape.center
        top = segment.table_z + segment.shape.top_m + situation.config.hover_m
        pose = tool_down(
            [xy[0], xy[1], top], situation.natural_yaw(xy, float(np.arctan2(*xy[::-1])))
        )
        return ActionChunk((motions.free(pose, f"above the {segment.name}"),), None, done=True)
    grasp = choose_grasp(segment, situation)
    return ActionChunk((_go_above(grasp, situation, Motion.JOINT),), None, done=True)


def grasp(situation: Situation) -> ActionChunk:
    """Go down, close the fingers, lift."""
    situation.require_empty_hand()
    segment, config = situation.target(), situation.config
    chosen = choose_grasp(segment, situation)
    down = KeyAction(
        chosen.base_T_tcp,
        Motion.LINEAR,
        GripperCommand.GRASP,
        width_m=chosen.min_width_m,
        force_n=config.grasp_force_n,
        speed_scale=config.slow_speed,
        text=f"down to the {segment.name}, grasp it ({chosen.kind})",
    )
    lift = motions.linear(
        motions.raised(chosen.base_T_tcp, config.lift_m), config.slow_speed, "lift it"
    )
    name = situation.observation.subtask.object or segment.name
    actions = (*_reach_hover(chosen, situation), down, lift)
    return ActionChunk(actions, held_by(chosen, segment, name), done=True)


_WHERE = {"handle": "the handle", "rim": "the rim", "across": "it"}
"""In words, where each kind of grasp takes hold."""


def _hover(grasp: Grasp, situation: Situation) -> np.ndarray:
    """Above the grasp, with the finger tips above everything near it."""
    tcp = grasp.base_T_tcp[:3, 3]
    height = tcp[2] + situation.config.hover_m
    near = np.hypot(*(situation.obstacles[:, :2] - tcp[:2]).T) < _NEAR_OBJECT_M
    if near.any():
        top = float(situation.obstacles[near, 2].max())
        height = max(
            height,
            top + situation.hand.tip_below_tcp_m + 4 * situation.config.clearance_m,
        )
    return motions.raised(grasp.base_T_tcp, height - tcp[2])


def _go_above(grasp: Grasp, situation: Situation, motion: Motion) -> KeyAction:
    return motions.set_opening(
        _hover(grasp, situation),
        grasp.opening_m,
        f"above {_WHERE[grasp.kind]}, open",
        motion,
    )


def _reach_hover(grasp: Grasp, situation: Situation) -> tuple[KeyAction, ...]:
    """What is missing to be above the grasp with open fingers."""
    now, hover = situation.tcp(), _hover(grasp, situation)
    offset = now[:3, 3] - hover[:3, 3]
    turn = abs(wrap(tool_yaw(now) - tool_yaw(hover)))
    is_low = offset[2] < -_AT_HOVER_M and np.hypot(*offset[:2]) < _NEAR_OBJECT_M
    if is_low:
        # After a failed try the fingers are closed around or beside the object.
        up = now.copy()
        up[2, 3] = hover[2, 3]
        return (
            motions.set_opening(now, situation.hand.max_opening_m, "open"),
            motions.linear(up, situation.config.slow_speed, "up again"),
            _go_above(grasp, situation, Motion.JOINT),
        )
    if np.hypot(*offset[:2]) < _AT_HOVER_M and turn < _AT_HOVER_RAD:
        opening = situation.observation.scene.gripper_width_m
        if opening is not None and abs(opening - grasp.opening_m) < 0.005:
            return ()
        return (motions.set_opening(now, grasp.opening_m, "open"),)
    return (_go_above(grasp, situation, Motion.JOINT),)
