"""Open and close drawers by their handles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clap_baseline.drawers import DrawerHandle, find_drawer_handle
from clap_baseline.situation import Situation, nearest_turn
from clap_baseline.skills import motions
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import tool_down
from clap_core.task_types import ActionChunk, GripperCommand, KeyAction, Motion

_HANDLE_OPENING_M = 0.04
_HANDLE_MIN_WIDTH_M = 0.003
_OPEN_ENOUGH_M = 0.02
_SHUT_M = 0.01
_BELOW_BAR_M = 0.015
"""How much lower than the bar's middle the TCP pushes, so that the fingers do not slip over it."""
_EASY_HEIGHT_M = 0.3
_BEFORE_CONTACT_M = 0.05


def open_drawer(situation: Situation) -> ActionChunk:
    """Hold the handle with the hand leaning away from the cabinet, and pull."""
    handle, config = _handle(situation), situation.config
    if handle.open_m > config.drawer_pull_m - _OPEN_ENOUGH_M:
        return ActionChunk((), situation.observation.held, done=True)
    cabinet = situation.target()
    pose = handle_pose(situation, handle, cabinet.table_z + cabinet.shape.top_m)
    away = -config.hover_m * pose[:3, 2]
    before = motions.shifted(pose, away)
    pull = np.array([*(config.drawer_pull_m * handle.outward), 0.0])
    pulled = motions.shifted(pose, pull)
    grip = KeyAction(
        pose,
        Motion.LINEAR,
        GripperCommand.GRASP,
        width_m=_HANDLE_MIN_WIDTH_M,
        force_n=config.grasp_force_n,
        speed_scale=config.slow_speed,
        text=f"hold the {handle.name} handle",
    )
    actions = (
        motions.set_opening(
            before, _HANDLE_OPENING_M, f"to the {handle.name} handle", Motion.JOINT
        ),
        grip,
        motions.linear(pulled, config.contact_speed, f"pull the {handle.name} open"),
        motions.set_opening(pulled, _HANDLE_OPENING_M, "let go"),
        motions.linear(
            motions.raised(pulled, config.drawer_retreat_m), config.slow_speed, "off the handle"
        ),
        motions.free(_at_ease(situation, pulled), "back to an easy posture"),
    )
    return ActionChunk(actions, None, done=True)


def close_drawer(situation: Situation) -> ActionChunk:
    """Push the handle in with closed fingers until the drawer is shut."""
    handle, config = _handle(situation), situation.config
    if handle.open_m < _SHUT_M:
        return ActionChunk((), situation.observation.held, done=True)
    inward = np.array([*-handle.outward, 0.0])
    bearing = float(np.arctan2(inward[1], inward[0]))
    contact = tool_down(handle.point, situation.natural_yaw(handle.point[:2], bearing))
    lower = np.array([0.0, 0.0, _BELOW_BAR_M])
    contact = motions.shifted(contact, -situation.hand.finger_width_m / 2 * inward - lower)
    start = motions.shifted(contact, -_BEFORE_CONTACT_M * inward)
    shut = motions.shifted(contact, (handle.open_m + config.clearance_m) * inward)
    back = motions.shifted(shut, -_BEFORE_CONTACT_M * inward)
    above = motions.raised(start, config.hover_m)
    actions = (
        motions.set_opening(above, 0.0, f"before the {handle.name}, fingers closed", Motion.JOINT),
        motions.linear(start, config.slow_speed, "down"),
        motions.guarded(shut, f"push the {handle.name} shut"),
        motions.linear(back, config.slow_speed, "back off"),
        motions.linear(motions.raised(back, config.hover_m), config.slow_speed, "up"),
    )
    return ActionChunk(actions, None, done=True)


def handle_pose(situation: Situation, handle: DrawerHandle, top_z: float) -> NDArray[np.float64]:
    """[4, 4] base_T_tcp around a handle bar, one finger behind it and one before it.

    The hand's body is as wide as the fingers' opening direction is long, and reaches over the
    cabinet. Where the cabinet's top (at height `top_z`) is in its way, the hand leans back.
    """
    over_top = handle.point[2] + situation.hand.body_above_tcp_m - situation.config.clearance_m
    tilt = situation.config.drawer_tilt_rad if top_z > over_top else 0.0
    outward = np.array([*handle.outward, 0.0])
    up = np.array([0.0, 0.0, 1.0])
    z_axis = -np.cos(tilt) * up - np.sin(tilt) * outward
    # Fingers close across the bar; of the two turns, the one nearer to the arm's own.
    close = np.cos(tilt) * outward - np.sin(tilt) * up
    bearing = float(np.arctan2(handle.point[1], handle.point[0]))
    x_yaw = float(np.arctan2(outward[1], outward[0])) + np.pi / 2
    chosen = nearest_turn(x_yaw, bearing + 0.2)
    y_axis = close if abs(np.cos(chosen - x_yaw) - 1.0) < 1e-6 else -close
    pose = np.eye(4)
    pose[:3, 0] = np.cross(y_axis, z_axis)
    pose[:3, 1] = y_axis
    pose[:3, 2] = z_axis
    pose[:3, 3] = handle.point
    return pose


def _at_ease(situation: Situation, pose: NDArray[np.float64]) -> NDArray[np.float64]:
    """[4, 4] upright above a pose, turned as suits the arm: good to start any motion from."""
    x, y, z = pose[:3, 3]
    height = max(z + situation.config.hover_m, situation.table_z + _EASY_HEIGHT_M)
    return tool_down([x, y, height], float(np.arctan2(y, x)))


def _handle(situation: Situation) -> DrawerHandle:
    subtask = situation.observation.subtask
    cabinet = situation.target()
    if cabinet.kind != "cabinet":
        raise ClapError(
            ErrorCode.NO_GRASP,
            f"the {cabinet.label} has nothing to {subtask.action.value}",
            "Name something with a drawer",
            seen=situation.scene.labels,
        )
    return find_drawer_handle(cabinet, f"{subtask.object} {subtask.part}")
