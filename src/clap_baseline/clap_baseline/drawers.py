"""Handles of drawers: what sticks out of the front of a cabinet."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clap_baseline.footprints import fit_rectangle, outline
from clap_baseline.object_words import understand
from clap_baseline.segments import clusters
from clap_baseline.segments.segmentation import Segment
from clap_core.errors import ClapError, ErrorCode

_TOP_LAYER_M = 0.015
_MIN_PROTRUSION_M = 0.010
_OUTER_LAYER_M = 0.012
_MIN_POINTS = 8
_STRAY_POINTS = 6
_MERGE_M = 0.02
_FRONT_LAYER_M = 0.006
_TALL_M = 0.04
_LEVELS: dict[str, float] = {
    "top": 1.0,
    "upper": 1.0,
    "middle": 0.5,
    "bottom": 0.0,
    "lower": 0.0,
}


@dataclass(frozen=True)
class DrawerHandle:
    """The handle of one drawer.

    Attributes:
        name: e.g. ``top drawer``.
        point: [3] its middle, base frame.
        outward: [2] horizontal unit vector in which the drawer opens.
        length_m: along the front.
        open_m: how far the drawer is open.
        front: [2] the point of the cabinet's front behind the handle.
    """

    name: str
    point: NDArray[np.float64]
    outward: NDArray[np.float64]
    length_m: float
    open_m: float
    front: NDArray[np.float64]

    def tray_center(self) -> NDArray[np.float64]:
        """[2] middle of that part of the drawer that is out of the cabinet."""
        return self.front + self.open_m / 2 * self.outward


def find_drawer_handle(cabinet: Segment, words: str) -> DrawerHandle:
    """The handle that the words mean: top, middle or bottom; or the only one.

    Raises:
        ClapError: OBJECT_NOT_FOUND when there is no handle, AMBIGUOUS when the words do not say
            which of several.
    """
    handles = drawer_handles(cabinet)
    if not handles:
        raise ClapError(
            ErrorCode.OBJECT_NOT_FOUND,
            f"no drawer handle is seen on the {cabinet.label}",
            "Turn its front to the robot and the cameras",
            seen=(cabinet.label,),
        )
    levels = [level for word, level in _LEVELS.items() if word in words.split()]
    counted = understand(words)
    if len(handles) == 1:
        return handles[0]
    if counted.ordinal and counted.side in ("top", "bottom"):
        if counted.ordinal > len(handles):
            raise ClapError(
                ErrorCode.OBJECT_NOT_FOUND,
                f"there is no '{words}': {len(handles)} drawers are seen",
                "Count again",
                seen=tuple(handle.name for handle in handles),
            )
        at = counted.ordinal - 1
        return handles[at] if counted.side == "top" else handles[-1 - at]
    if not levels:
        raise ClapError(
            ErrorCode.AMBIGUOUS,
            f"the {cabinet.label} has {len(handles)} drawers",
            "Say which one: top, middle or bottom",
            seen=tuple(handle.name for handle in handles),
        )
    # "Middle top" lies between middle and top.
    return handles[round((1.0 - sum(levels) / len(levels)) * (len(handles) - 1))]


def drawer_handles(cabinet: Segment) -> tuple[DrawerHandle, ...]:
    """The handles of a cabinet, from top to bottom.

    The cabinet's top face gives the outline of its body; a handle is what lies outside of that
    outline below the top.
    """
    xyz, height, top = cabinet.cloud.xyz, cabinet.height, cabinet.shape.top_m
    body = fit_rectangle(outline(xyz[height > top - _TOP_LAYER_M, :2]))
    axis = np.array([np.cos(body.angle_rad), np.sin(body.angle_rad)])
    normal = np.array([-axis[1], axis[0]])
    local = (xyz[:, :2] - body.center) @ np.column_stack([axis, normal])
    half = np.array([body.length_m, body.width_m]) / 2
    beyond = np.abs(local) - half
    below = height < top - _TOP_LAYER_M
    best: tuple[DrawerHandle, ...] = ()
    for column, direction in ((0, axis), (1, normal)):
        for sign in (1.0, -1.0):
            out = below & (beyond[:, column] > _MIN_PROTRUSION_M)
            out &= np.sign(local[:, column]) == sign
            found = _handles(
                xyz[out].astype(np.float64), body.center, sign * direction, half[column]
            )
            if len(found) > len(best):
                best = found
    names = {1: ("drawer",), 2: ("top drawer", "bottom drawer")}.get(
        len(best),
        ("top drawer", *(["middle drawer"] * max(0, len(best) - 2)), "bottom drawer"),
    )
    return tuple(replace(handle, name=name) for name, handle in zip(names, best, strict=False))


def _handles(
    xyz: NDArray[np.float64],
    center: NDArray[np.float64],
    outward: NDArray[np.float64],
    half_depth_m: float,
) -> tuple[DrawerHandle, ...]:
    """Group points beyond one side into handles, highest first."""
    if len(xyz) < _MIN_POINTS:
        return ()
    group = clusters.connected(xyz, _MERGE_M / 2)
    along = np.array([-outward[1], outward[0]])
    handles = []
    for index in np.flatnonzero(np.bincount(group) >= _MIN_POINTS):
        points = xyz[group == index]
        reach = (points[:, :2] - center) @ outward
        # Almost the outermost point: of an open drawer the handle is a small part.
        outermost = float(np.sort(reach)[-min(_STRAY_POINTS, len(reach))])
        bar = points[reach > outermost - _OUTER_LAYER_M]
        sideways = (bar[:, :2] - center) @ along
        middle = (sideways.max() + sideways.min()) / 2
        xy = center + middle * along + (outermost - _OUTER_LAYER_M / 3) * outward
        handles.append(
            DrawerHandle(
                "",
                np.array([xy[0], xy[1], float(np.median(bar[:, 2]))]),
                outward,
                float(np.ptp(sideways)),
                max(0.0, _front_reach(points, reach) - half_depth_m),
                center + middle * along + half_depth_m * outward,
            )
        )
    return tuple(sorted(handles, key=lambda handle: -handle.point[2]))


def _front_reach(points: NDArray[np.float64], reach: NDArray[np.float64]) -> float:
    """How far out the front of an open drawer is: the outermost layer that is tall.

    Of a shut drawer only the handle is out, which is not tall.
    """
    layer = np.floor(reach / _FRONT_LAYER_M).astype(np.intp)
    for index in np.unique(layer)[::-1]:
        heights = points[layer == index, 2]
        if len(heights) >= _MIN_POINTS and np.ptp(np.percentile(heights, [5, 95])) > _TALL_M:
            return float((index + 0.5) * _FRONT_LAYER_M)
    return 0.0
