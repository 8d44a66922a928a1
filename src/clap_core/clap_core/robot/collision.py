"""Does a posture hit the table or the arm itself? Capsules around each link, checked by coal.

The capsules contain the manufacturer's collision meshes to within 3 mm (a test holds them to
it) and are a little fatter than needed, which is on the safe side.
"""

from __future__ import annotations

from dataclasses import dataclass

import coal
import numpy as np
import pinocchio as pin

from clap_core.robot.config import SafetyConfig
from clap_core.robot.kinematics import ArmKinematics, Joints
from clap_core.robot.specification import TCP_OFFSET_M


@dataclass(frozen=True)
class Violation:
    """Something that a posture must not do.

    Attributes:
        kind: what; the same violation of another posture has the same kind.
        depth: how much of it, in metres or radians.
    """

    kind: str
    depth: float


Point = tuple[float, float, float]
Capsule = tuple[Point, Point, float]
"""Both ends of the axis and the radius, metres, in the frame of the link."""

FINGERTIP_BEYOND_TCP_M = 0.009
_FINGER_RADIUS_M = 0.012
_FINGER_END_M = TCP_OFFSET_M + FINGERTIP_BEYOND_TCP_M - _FINGER_RADIUS_M

CAPSULES: dict[str, tuple[Capsule, ...]] = {
    "link0": (((-0.06, 0.0, 0.025), (0.0, 0.0, 0.05), 0.105),),
    "link1": (
        ((0.0, 0.0, -0.18), (0.0, -0.03, -0.05), 0.065),
        ((0.0, -0.07, 0.0), (0.0, -0.03, 0.0), 0.065),
    ),
    "link2": (
        ((0.0, -0.16, 0.0), (0.0, 0.0, 0.065), 0.066),
        ((0.0, 0.0, 0.01), (0.0, 0.003, 0.01), 0.056),
    ),
    "link3": (
        ((0.0, 0.0, -0.10), (0.0, 0.0, -0.07), 0.062),
        ((0.078, 0.03, -0.004), (0.078, 0.06, -0.004), 0.068),
    ),
    "link4": (
        ((0.0, 0.0, 0.03), (0.0, 0.005, 0.055), 0.068),
        ((-0.08, 0.105, 0.0), (-0.08, 0.06, 0.0), 0.064),
    ),
    "link5": (
        ((0.0, 0.0, -0.235), (0.0, 0.055, -0.165), 0.064),
        ((0.0, 0.095, -0.07), (0.0, 0.092, 0.0), 0.055),
        ((0.0, 0.034, 0.0), (0.0, 0.037, 0.0), 0.054),
    ),
    "link6": (
        ((0.0, 0.0, 0.004), (0.097, -0.015, 0.0), 0.058),
        ((0.06, 0.05, 0.0), (0.086, 0.045, 0.0), 0.048),
    ),
    "link7": (((-0.004, -0.004, 0.075), (0.032, 0.032, 0.082), 0.05),),
    "hand": (((0.0, -0.068, 0.025), (0.0, 0.066, 0.025), 0.052),),
    # Both fingers wide open, so that any opening is covered.
    "fingers": (
        ((0.0, -0.044, 0.065), (0.0, -0.044, _FINGER_END_M), _FINGER_RADIUS_M),
        ((0.0, 0.044, 0.065), (0.0, 0.044, _FINGER_END_M), _FINGER_RADIUS_M),
    ),
}

_FIXED_HEIGHT = ("link0", "link1", "link2")
"""Parts that stand on the table, or cannot come nearer to it than the shoulder is."""

SELF_PAIRS = (
    *(
        (base, part)
        for base in ("link0", "link1", "link2")
        for part in ("link5", "link6", "link7", "hand", "fingers")
    ),
    ("link5", "hand"),
)
"""Parts that can meet. The others are neighbours, or held apart by the joints' ranges."""


class CollisionModel:
    """Checks postures of one arm.

    Args:
        kinematics: of the arm.
        safety: margins and the table's height.
    """

    def __init__(self, kinematics: ArmKinematics, safety: SafetyConfig) -> None:
        self._safety = safety
        self._model = kinematics.model
        self._data = self._model.createData()
        self._geometry = pin.GeometryModel()
        parts: dict[str, list[int]] = {}
        for part, capsules in CAPSULES.items():
            frame = "hand" if part == "fingers" else part
            frame_id = self._model.getFrameId(f"{kinematics.arm.arm_id}_{frame}")
            parts[part] = [self._add(part, frame_id, capsule) for capsule in capsules]
        for first, second in SELF_PAIRS:
            for one in parts[first]:
                for other in parts[second]:
                    self._geometry.addCollisionPair(pin.CollisionPair(one, other))
        self._placements = self._geometry.createData()
        for request in self._placements.collisionRequests:
            request.security_margin = safety.self_collision_margin_m
        over_table = [name for name in CAPSULES if name not in _FIXED_HEIGHT]
        self._over_table = [(name, index) for name in over_table for index in parts[name]]

    def _add(self, part: str, frame_id: int, capsule: Capsule) -> int:
        start, end, radius = np.array(capsule[0]), np.array(capsule[1]), capsule[2]
        frame = self._model.frames[frame_id]
        along = pin.SE3(
            pin.Quaternion.FromTwoVectors(np.array([0.0, 0.0, 1.0]), end - start).matrix(),
            (start + end) / 2.0,
        )
        shape = coal.Capsule(radius, float(np.linalg.norm(end - start)))
        name = f"{part}_{self._geometry.ngeoms}"
        return int(
            self._geometry.addGeometryObject(
                pin.GeometryObject(
                    name, frame.parentJoint, frame_id, frame.placement * along, shape
                )
            )
        )

    def hit(self, joints: Joints) -> str:
        """What the arm hits, or comes closer to than the margin, at `joints` [7].

        Returns:
            A phrase such as "the hand would touch link2"; empty when nothing is hit.
        """
        pin.updateGeometryPlacements(
            self._model, self._data, self._geometry, self._placements, joints
        )
        part, height = self._lowest()
        clearance = height - self._safety.table_height_m
        if clearance < self._safety.table_clearance_m:
            return (
                f"the {part} would come to {1000 * clearance:.0f} mm above the table "
                f"(least {1000 * self._safety.table_clearance_m:.0f} mm)"
            )
        if not pin.computeCollisions(self._geometry, self._placements, True):
            return ""
        for pair, result in zip(
            self._geometry.collisionPairs, self._placements.collisionResults, strict=True
        ):
            if result.isCollision():
                return f"{self._part(pair.first)} would touch {self._part(pair.second)}"
        return "parts of the arm would touch"

    def violations(self, joints: Joints) -> list[Violation]:
        """Everything that the arm hits, or comes too close to, at `joints` [7], and how deep."""
        pin.updateGeometryPlacements(
            self._model, self._data, self._geometry, self._placements, joints
        )
        least = self._safety.table_height_m + self._safety.table_clearance_m
        found = [
            Violation(f"{part} and table", least - height)
            for height, part in self._heights()
            if height < least
        ]
        for index, pair in enumerate(self._geometry.collisionPairs):
            distance = pin.computeDistance(self._geometry, self._placements, index).min_distance
            depth = self._safety.self_collision_margin_m - float(distance)
            if depth > 0.0:
                kind = f"{self._part(pair.first)} and {self._part(pair.second)}"
                found.append(Violation(kind, depth))
        return found

    def lowest_point(self, joints: Joints) -> float:
        """Height of the lowest point of the moving arm in the base frame, metres."""
        pin.updateGeometryPlacements(
            self._model, self._data, self._geometry, self._placements, joints
        )
        return self._lowest()[1]

    def _lowest(self) -> tuple[str, float]:
        height, part = min(self._heights())
        return part, height

    def _heights(self) -> list[tuple[float, str]]:
        """Height of the lowest point of each capsule that may come to the table, metres."""
        heights: list[tuple[float, str]] = []
        for part, index in self._over_table:
            placement = self._placements.oMg[index]
            shape = self._geometry.geometryObjects[index].geometry
            drop = abs(placement.rotation[2, 2]) * shape.halfLength + shape.radius
            heights.append((float(placement.translation[2] - drop), part))
        return heights

    def _part(self, index: int) -> str:
        return str(self._geometry.geometryObjects[index].name.rsplit("_", 1)[0])
