"""The shape of the robot's hand, as boxes in the frame of the tool centre point (TCP).

The TCP's z points out of the fingers, its y along the fingers' opening. Franka Hand: fingers
54 mm long, TCP 38 mm below the hand's body and 8 mm above the finger tips (franka_description).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

Box = tuple[tuple[float, float, float], tuple[float, float, float]]
"""Lower and upper corner in the TCP frame [m]."""


class HandShape(BaseModel, frozen=True, extra="forbid"):
    """Measures of the gripper."""

    max_opening_m: float = Field(
        0.08, description="largest distance between the fingers [m]", gt=0.0, le=0.3
    )
    pad_width_m: float = Field(
        0.018,
        description="width of the finger pads across the opening [m]",
        gt=0.0,
        le=0.1,
    )
    pad_height_m: float = Field(0.017, description="height of the finger pads [m]", gt=0.0, le=0.1)
    finger_width_m: float = Field(
        0.021, description="width of a finger across the opening [m]", gt=0.0, le=0.1
    )
    finger_thickness_m: float = Field(
        0.016,
        description="thickness of a finger tip along the opening [m]",
        gt=0.0,
        le=0.1,
    )
    tip_below_tcp_m: float = Field(
        0.009,
        description="how far the finger tips reach beyond the TCP [m]",
        ge=0.0,
        le=0.1,
    )
    body_above_tcp_m: float = Field(
        0.045,
        description="distance from the TCP back to the hand's body [m]",
        gt=0.0,
        le=0.3,
    )
    body_width_m: float = Field(
        0.206,
        description="width of the hand's body along the opening [m]",
        gt=0.0,
        le=0.5,
    )
    body_depth_m: float = Field(
        0.066,
        description="depth of the hand's body across the opening [m]",
        gt=0.0,
        le=0.5,
    )

    def fingers(self, opening_m: float) -> tuple[Box, Box]:
        """The boxes of the two fingers at an opening."""
        half, inner = self.finger_width_m / 2, opening_m / 2
        outer = inner + self.finger_thickness_m
        low, high = -self.body_above_tcp_m, self.tip_below_tcp_m
        return (
            ((-half, inner, low), (half, outer, high)),
            ((-half, -outer, low), (half, -inner, high)),
        )

    def body(self) -> Box:
        """The box of the hand's body."""
        half_x, half_y = self.body_depth_m / 2, self.body_width_m / 2
        low, high = -self.body_above_tcp_m - 0.066, -self.body_above_tcp_m
        return ((-half_x, -half_y, low), (half_x, half_y, high))

    def between_pads(self, opening_m: float) -> Box:
        """The box between the finger pads at an opening."""
        half_x, half_z = self.pad_width_m / 2, self.pad_height_m / 2
        return ((-half_x, -opening_m / 2, -half_z), (half_x, opening_m / 2, half_z))


@dataclass(frozen=True)
class RobotMask:
    """Which points of a cloud belong to the robot's hand and the arm above it.

    Attributes:
        shape: of the hand.
        margin_m: added around each box, for noise and calibration.
        wrist_radius_m: radius of the cylinder above the hand that holds the wrist and its camera.
    """

    shape: HandShape
    margin_m: float = 0.012
    wrist_radius_m: float = 0.13

    def __call__(
        self,
        xyz: NDArray[np.floating],
        base_T_tcp: NDArray[np.float64],
        opening_m: float | None,
    ) -> NDArray[np.bool_]:
        """[N] True for points on the hand, the wrist or straight above them.

        Args:
            xyz: [N, 3] points in the base frame.
            base_T_tcp: [4, 4] pose of the TCP.
            opening_m: distance between the fingers; None when unknown.
        """
        local = in_frame(xyz, base_T_tcp)
        margin = self.margin_m
        opening = self.shape.max_opening_m if opening_m is None else opening_m
        mask = inside(local, self.shape.body(), margin)
        for finger in self.shape.fingers(opening):
            mask |= inside(local, finger, margin)
        wrist_from = -self.shape.body_above_tcp_m - 0.03
        mask |= (local[:, 2] < wrist_from) & (
            np.hypot(local[:, 0], local[:, 1]) < self.wrist_radius_m
        )
        return mask


def in_frame(xyz: NDArray[np.floating], base_T_tcp: NDArray[np.float64]) -> NDArray[np.float64]:
    """[N, 3] points of the base frame in the TCP's frame."""
    return (xyz - base_T_tcp[:3, 3]) @ base_T_tcp[:3, :3]


def inside(local: NDArray[np.float64], box: Box, margin_m: float = 0.0) -> NDArray[np.bool_]:
    """[N] True for points inside a box grown by a margin."""
    low, high = np.array(box[0]) - margin_m, np.array(box[1]) + margin_m
    return np.asarray(((local > low) & (local < high)).all(axis=1))
