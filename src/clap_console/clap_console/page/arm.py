"""The arm as capsules: the shape with which the stack keeps it from the table and from itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError
from clap_core.robot.collision import CAPSULES
from clap_core.robot.kinematics import ArmKinematics
from clap_core.robot.specification import arm_specification

FINGER_RADIUS_M = 0.012
_FIRST_JOINT = "_joint1"
_LINK = "hand"
LEAST_TURN_RAD = 2e-3
"""What an arm at rest trembles."""


class DrawnArm:
    """Where an arm's parts are, by its joint states; whichever Franka it is."""

    def __init__(self) -> None:
        self._kinematics: ArmKinematics | None = None
        self._joints: NDArray[np.float64] | None = None
        self._opening_m = float("nan")
        self.frames: dict[str, NDArray[np.float64]] = {}
        """base_T_frame [4, 4] of links, hand and tool centre point at the last joint states."""

    @property
    def arm_id(self) -> str:
        """fr3, fer or panda; empty until joint states came."""
        return "" if self._kinematics is None else self._kinematics.arm.arm_id

    def update(self, names: Sequence[str], positions: Sequence[float]) -> bool:
        """Take joint states; whether the arm is seen to have moved."""
        where = dict(zip(names, positions, strict=False))
        if self._kinematics is None and not self._recognise(names):
            return False
        assert self._kinematics is not None
        wanted = self._kinematics.arm.joint_names
        if not all(name in where for name in wanted):
            return False
        joints = np.array([where[name] for name in wanted])
        fingers = [value for name, value in where.items() if "finger" in name]
        opening_m = float(sum(fingers)) if fingers else float("nan")
        still = (
            self._joints is not None
            and np.abs(joints - self._joints).max() < LEAST_TURN_RAD
            and (abs(opening_m - self._opening_m) < 5e-4 or not fingers)
        )
        if still or not np.isfinite(joints).all():
            return False
        self._joints, self._opening_m = joints, opening_m
        self.frames = self._kinematics.frames(joints)
        return True

    def capsules(self) -> list[list[float]]:
        """Both ends and the radius of each: x, y, z, x, y, z, radius [m, base frame]."""
        arm = self.arm_id
        shown = []
        for part, capsules in CAPSULES.items():
            pose = self.frames.get(f"{arm}_{_LINK if part == 'fingers' else part}")
            if pose is None:
                continue
            for place, (start, end, radius) in enumerate(capsules):
                ends = np.array([start, end])
                if part == "fingers" and np.isfinite(self._opening_m):
                    side = -1.0 if place == 0 else 1.0
                    ends[:, 1] = side * (self._opening_m / 2.0 + FINGER_RADIUS_M / 2.0)
                placed = ends @ pose[:3, :3].T + pose[:3, 3]
                shown.append([round(float(v), 4) for v in (*placed.ravel(), radius)])
        return shown

    def _recognise(self, names: Sequence[str]) -> bool:
        ids = [name.removesuffix(_FIRST_JOINT) for name in names if name.endswith(_FIRST_JOINT)]
        for arm_id in ids:
            try:
                self._kinematics = ArmKinematics(arm_specification(arm_id))
            except ClapError:
                continue  # a finger's joint, or another robot's
            return True
        return False
