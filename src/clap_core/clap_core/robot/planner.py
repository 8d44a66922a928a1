"""From an end-effector target to a safe, timed joint trajectory, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import interpolate, rotation_distance
from clap_core.robot.collision import CollisionModel
from clap_core.robot.config import MotionConfig, SafetyConfig
from clap_core.robot.kinematics import ArmKinematics, InverseFailure, Joints, Transform
from clap_core.robot.paths import Anchor, joint_path, joint_polyline, tcp_path
from clap_core.robot.specification import ArmSpecification
from clap_core.robot.trajectory import Path, SpeedLimits, Trajectory, time_path
from clap_core.task_types import Motion

ARRIVED_RAD = 1e-4
"""A motion in which no joint moves further than this is no motion."""

GROWTH_TOLERANCE = 1e-4
"""By how much a violation that a path starts with may grow by rounding, metres or radians."""

MIN_LEG_M = 0.01
"""A rise or descent shorter than this gets no leg of its own."""

ACROSS_STEP_M = 0.1
ACROSS_STEP_RAD = 0.5
"""Distance of the postures that are solved along the way across."""

CLIMB_STEP_M = 0.03
"""Distance of the postures that are solved on the way up and down."""

SWING_RISES_M = (0.0, 0.1, 0.2)
"""How far above the travel height a swing across may begin and end."""

TRAVEL_STEP_M = 0.02
"""By how much the travel height is lowered where it is out of reach."""


class MotionPlanner:
    """Plans motions of one arm.

    Args:
        arm: the arm's constants.
        motion: speed and shape of motions.
        safety: what no motion may do.
        hand_T_tcp: [4, 4] tool centre point in the hand's frame; the Franka hand's by default.
    """

    def __init__(
        self,
        arm: ArmSpecification,
        motion: MotionConfig | None = None,
        safety: SafetyConfig | None = None,
        hand_T_tcp: Transform | None = None,
    ) -> None:
        self.arm = arm
        self.motion = motion or MotionConfig()
        self.safety = safety or SafetyConfig()
        self.kinematics = ArmKinematics(arm, hand_T_tcp, self.safety.joint_margin_rad)
        self.collision = CollisionModel(self.kinematics, self.safety)

    def plan(
        self, base_T_tcp: Transform, motion: Motion, joints: Joints, speed_scale: float = 1.0
    ) -> Trajectory | None:
        """Plan the motion of a key action.

        Args:
            base_T_tcp: [4, 4] target of the tool centre point.
            motion: JOINT (free), LINEAR or GUARDED (straight line).
            joints: [7] where the arm is now, at rest.
            speed_scale: 0..1 of the configured speed, 0 excluded.

        Returns:
            The trajectory; None when the arm is already there or `motion` is NONE.

        Raises:
            ClapError: INVALID_REQUEST, OUT_OF_WORKSPACE or UNREACHABLE.
        """
        if not 0.0 < speed_scale <= 1.0:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"speed_scale is {speed_scale:g}",
                "Set it above 0 and up to 1",
            )
        if motion is Motion.NONE:
            return None
        self._check_target(base_T_tcp)
        if motion is Motion.JOINT:
            goal = self.solve(base_T_tcp, joints)
        else:
            goal = self.solve(base_T_tcp, joints, posture=joints)
        if np.abs(goal - joints).max() < ARRIVED_RAD:
            return None
        if motion is Motion.JOINT:
            path = self._free_path(base_T_tcp, joints, goal)
        else:
            path = self._line(base_T_tcp, joints, goal)
            self._check_path(path)
        limits = SpeedLimits.scaled(
            self.arm, self.motion, speed_scale, guarded=motion is Motion.GUARDED
        )
        return time_path(path, self.arm, self.motion, limits)

    def solve(self, base_T_tcp: Transform, joints: Joints, posture: Joints | None = None) -> Joints:
        """Inverse kinematics without collisions, nearest to `joints`; see ``ArmKinematics``.

        Raises:
            ClapError: UNREACHABLE, with the numbers and the cure.
        """
        solution = self.kinematics.inverse(base_T_tcp, joints, posture, self.collision.hit)
        if isinstance(solution, InverseFailure):
            raise self._unreachable(base_T_tcp, solution)
        return solution

    def _line(self, target: Transform, joints: Joints, goal: Joints) -> Path:
        start = self.kinematics.forward(joints)
        anchors = (Anchor(start[:3, 3], 0.0, joints), Anchor(target[:3, 3], 1.0, goal))
        return tcp_path(self.kinematics, start, target, anchors, self.motion.blend_radius_m)

    def _free_path(self, target: Transform, joints: Joints, goal: Joints) -> Path:
        """Straight through joint space where that stays high; else up, across and down."""
        direct = joint_path(self.kinematics, joints, goal)
        if self._stays_high(direct):
            try:
                self._check_path(direct)
            except ClapError:
                pass  # the lifted path may still be free
            else:
                return direct
        reason: ClapError | None = None
        for across, height in self._ways_across():
            try:
                path = across(target, joints, goal, height)
                self._check_path(path)
            except ClapError as error:
                reason = error
            else:
                return path
        assert reason is not None
        raise reason

    def _ways_across(self) -> Iterator[tuple[Callable[..., Path], float]]:
        """How to cross the table and at what height, the best first."""
        motion = self.motion
        yield self._lifted, motion.travel_height_m
        # A swing sags between its ends, so it is tried from higher up too.
        for higher in SWING_RISES_M:
            yield self._swung, motion.travel_height_m + higher
        heights = np.arange(
            motion.travel_height_m, motion.min_travel_height_m - 1e-9, -TRAVEL_STEP_M
        )
        for height in heights[1:]:
            yield self._lifted, float(height)
        for height in heights[1:]:
            yield self._swung, float(height)

    def _stays_high(self, path: Path) -> bool:
        """Whether the TCP is low only near the path's ends, and never lower than both."""
        points = np.array([self.kinematics.forward(row)[:3, 3] for row in path.joints])
        floor = min(points[0, 2], points[-1, 2]) - 1e-3
        if points[:, 2].min() < floor:
            return False
        low = points[points[:, 2] < self.motion.travel_height_m - 1e-3]
        to_start = np.linalg.norm(low[:, :2] - points[0, :2], axis=1)
        to_goal = np.linalg.norm(low[:, :2] - points[-1, :2], axis=1)
        return bool((np.minimum(to_start, to_goal) <= self.motion.approach_radius_m).all())

    def _lifted(self, target: Transform, joints: Joints, goal: Joints, height: float) -> Path:
        start = self.kinematics.forward(joints)
        anchors = [Anchor(start[:3, 3], 0.0, joints)]
        if height - start[2, 3] > MIN_LEG_M:
            anchors.append(self._anchor(start, target, 0.0, height, joints))
        last = Anchor(target[:3, 3], 1.0, goal)
        descent = [last]
        if height - target[2, 3] > MIN_LEG_M:
            descent.insert(0, self._anchor(start, target, 1.0, height, goal))
        across = float(np.linalg.norm(target[:2, 3] - start[:2, 3]))
        turn = rotation_distance(start, target)
        parts = int(np.ceil(max(across / ACROSS_STEP_M, turn / ACROSS_STEP_RAD)))
        # Postures solved on the way keep the joints near the line that the tool has to follow.
        for part in range(1, parts):
            fraction = part / parts
            level = anchors[-1].joints
            anchors.append(self._anchor(start, target, fraction, height, level))
        return tcp_path(
            self.kinematics, start, target, [*anchors, *descent], self.motion.blend_radius_m
        )

    def _swung(self, target: Transform, joints: Joints, goal: Joints, height: float) -> Path:
        """Up, across by a straight line in joint space, and down.

        For large turns of the wrist, through which no straight line of the tool leads. The way
        across is a curve of the tool; it must stay above the least travel height.
        """
        start = self.kinematics.forward(joints)
        rise = self._climb(start, joints, height)
        descent = self._climb(target, goal, height)[::-1]
        across = joint_path(self.kinematics, rise[-1], descent[0])
        heights = [self.kinematics.forward(row)[2, 3] for row in across.joints]
        ends = min(heights[0], heights[-1])
        if min(heights) < min(ends, self.motion.min_travel_height_m):
            raise ClapError(
                ErrorCode.UNREACHABLE,
                f"swinging across, the tool would sink to {min(heights):.2f} m",
                "Split the motion, or turn the tool in smaller steps",
            )
        return joint_polyline(self.kinematics, [*rise, *descent], self.motion.blend_radius_m)

    def _climb(self, pose: Transform, joints: Joints, height: float) -> list[Joints]:
        """Postures from a pose straight up to a height, each near the one below."""
        postures = [joints]
        steps = int(np.ceil(max(0.0, height - pose[2, 3] - MIN_LEG_M) / CLIMB_STEP_M))
        for level in np.linspace(pose[2, 3], height, steps + 1)[1:]:
            above = pose.copy()
            above[2, 3] = level
            postures.append(self.solve(above, postures[-1], posture=postures[-1]))
        return postures

    def _anchor(
        self, start: Transform, target: Transform, fraction: float, height: float, near: Joints
    ) -> Anchor:
        """A place between start and target, lifted to the travel height where it is below."""
        pose = interpolate(start, target, fraction)
        # Interpolate between the lifted ends, so that the way across is one straight line.
        ends = np.maximum([start[2, 3], target[2, 3]], height)
        pose[2, 3] = (1.0 - fraction) * ends[0] + fraction * ends[1]
        return Anchor(pose[:3, 3], fraction, self.solve(pose, near))

    def _check_target(self, base_T_tcp: Transform) -> None:
        if not np.isfinite(base_T_tcp).all():
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                "the target pose has numbers that are not finite",
                "Correct the policy that made it",
            )
        if outside := self._outside(base_T_tcp[:3, 3]):
            raise ClapError(
                ErrorCode.OUT_OF_WORKSPACE,
                f"the target {outside}",
                "Bring the object into the workspace, or change workspace_min_m and "
                "workspace_max_m if the space is free",
            )

    def _outside(self, position: NDArray[np.float64]) -> str:
        limits = zip(
            "xyz",
            position,
            self.safety.workspace_min_m,
            self.safety.workspace_max_m,
            strict=True,
        )
        for axis, value, low, high in limits:
            if not low <= value <= high:
                return f"has {axis} = {value:.3f} m, outside {low:.2f} .. {high:.2f} m"
        return ""

    def _check_path(self, path: Path) -> None:
        """Every station is inside the limits and the workspace, and hits nothing.

        A path may start in violation, say with the fingers on the table, if it leads out of just
        that: what is violated from the start must not grow, and not come back.
        """
        forgiven: dict[str, float] | None = None
        words = ""
        for row in path.joints:
            words = self._violation(row)
            found = self._violations(row) if words else {}
            if forgiven is not None:
                if any(
                    depth > forgiven.get(kind, 0.0) + GROWTH_TOLERANCE
                    for kind, depth in found.items()
                ):
                    break
                found = {
                    kind: min(depth, forgiven[kind])
                    for kind, depth in found.items()
                    if kind in forgiven
                }
            forgiven = found
        if words:
            raise ClapError(
                ErrorCode.UNREACHABLE,
                f"on the way to the target {words}",
                "Choose another approach direction or yaw, or move the object",
            )

    def _violations(self, joints: Joints) -> dict[str, float]:
        """All that is violated at `joints`, and how deep, in metres or radians."""
        depths: dict[str, float] = {}
        for index in range(len(joints)):
            depths[f"joint {index + 1} low"] = self.kinematics.position_min[index] - joints[index]
            depths[f"joint {index + 1} high"] = joints[index] - self.kinematics.position_max[index]
        tool = self.kinematics.forward(joints)[:3, 3]
        for axis in range(3):
            depths[f"{'xyz'[axis]} low"] = self.safety.workspace_min_m[axis] - tool[axis]
            depths[f"{'xyz'[axis]} high"] = tool[axis] - self.safety.workspace_max_m[axis]
        found = {kind: float(depth) for kind, depth in depths.items() if depth > 0.0}
        for hit in self.collision.violations(joints):
            found[hit.kind] = max(found.get(hit.kind, 0.0), hit.depth)
        return found

    def _violation(self, joints: Joints) -> str:
        tolerance = 1e-3
        low = self.kinematics.position_min - tolerance
        high = self.kinematics.position_max + tolerance
        for index in np.flatnonzero((joints < low) | (joints > high)):
            return (
                f"joint {index + 1} would be at {joints[index]:.2f} rad, outside "
                f"{low[index]:.2f} .. {high[index]:.2f} rad"
            )
        if outside := self._outside(self.kinematics.forward(joints)[:3, 3]):
            return f"the tool {outside}"
        return self.collision.hit(joints)

    def _unreachable(self, target: Transform, failure: InverseFailure) -> ClapError:
        x, y, z = target[:3, 3]
        where = f"({x:.3f}, {y:.3f}, {z:.3f}) m, {np.hypot(x, y):.2f} m from the robot's axis"
        if failure.refusal:
            return ClapError(
                ErrorCode.UNREACHABLE,
                f"at the target {where}, {failure.refusal}",
                "Raise the target, choose another yaw, or move the object",
            )
        at_limit = np.flatnonzero(
            (failure.joints <= self.kinematics.position_min + 1e-6)
            | (failure.joints >= self.kinematics.position_max - 1e-6)
        )
        held_by = ", ".join(
            f"joint {index + 1} at {failure.joints[index]:.2f} rad" for index in at_limit
        )
        return ClapError(
            ErrorCode.UNREACHABLE,
            f"no posture reaches the target {where}: the nearest misses it by "
            f"{1000 * failure.position_error_m:.0f} mm and "
            f"{np.degrees(failure.rotation_error_rad):.0f} degrees"
            + (f" with its range used up ({held_by})" if held_by else ""),
            "Pointing down, the arm reaches about 0.30 to 0.75 m from its axis: move the object "
            "there, or choose another yaw",
        )
