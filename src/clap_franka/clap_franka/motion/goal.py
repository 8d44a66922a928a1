"""Checks of FollowJointTrajectory goals as joint_trajectory_controller does them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from clap_franka.motion.spline import Waypoints

FloatArray = NDArray[np.float64]

_VELOCITY_AT_END = float(np.finfo(np.float32).eps)
"""Largest velocity in rad/s of a last point, as in joint_trajectory_controller."""

_NO_TOLERANCE = -1.0
"""A tolerance with this value is switched off (control_msgs/JointTolerance)."""


class TrajectoryError(IntEnum):
    """Mirror of the constants of ``control_msgs/action/FollowJointTrajectory``."""

    SUCCESSFUL = 0
    INVALID_GOAL = -1
    INVALID_JOINTS = -2
    OLD_HEADER_TIMESTAMP = -3
    PATH_TOLERANCE_VIOLATED = -4
    GOAL_TOLERANCE_VIOLATED = -5


class GoalRefusedError(Exception):
    """A goal that the controller does not take.

    Args:
        code: which rule it broke.
        reason: how, naming the joint or point.
    """

    def __init__(self, code: TrajectoryError, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(f"{code.name}: {reason}")


@dataclass(frozen=True)
class RequestPoint:
    """One point of a request; empty sequences where nothing is given."""

    time_s: float
    positions: Sequence[float]
    velocities: Sequence[float] = ()
    accelerations: Sequence[float] = ()
    effort: Sequence[float] = ()


@dataclass(frozen=True)
class RequestTolerance:
    """A joint's tolerances; 0 is the controller's default, -1 none."""

    name: str
    position: float = 0.0
    velocity: float = 0.0


@dataclass(frozen=True)
class TrajectoryRequest:
    """A FollowJointTrajectory goal as it came in.

    Attributes:
        start_s: when it starts; 0 is now.
        goal_time_s: how long after the end the goal may be reached; 0 is the default, -1 forever.
    """

    joint_names: Sequence[str]
    points: Sequence[RequestPoint]
    start_s: float = 0.0
    path_tolerance: Sequence[RequestTolerance] = field(default=())
    goal_tolerance: Sequence[RequestTolerance] = field(default=())
    goal_time_s: float = 0.0


@dataclass(frozen=True)
class Tolerance:
    """Largest errors, [J] each in rad and rad/s; infinite where nothing is checked."""

    position: FloatArray
    velocity: FloatArray

    def violated(
        self, position_error: FloatArray, velocity_error: FloatArray
    ) -> tuple[int, str] | None:
        """The first joint out of tolerance and what is wrong with it."""
        for quantity, unit, error, limit in (
            ("position", "rad", np.abs(position_error), self.position),
            ("velocity", "rad/s", np.abs(velocity_error), self.velocity),
        ):
            if (error > limit).any():
                joint = int(np.argmax(error - limit))
                text = f"{quantity} error {error[joint]:.4f} {unit} > {limit[joint]:.4f} {unit}"
                return joint, text
        return None


@dataclass(frozen=True)
class TrajectoryGoal:
    """A checked goal, in the controller's own order of joints.

    Attributes:
        waypoints: times count from `start_s`.
        start_s: when it starts.
        path: tolerances on the way.
        goal: tolerances at the end.
        goal_time_s: how long after the end the goal may be reached.
    """

    waypoints: Waypoints
    start_s: float
    path: Tolerance
    goal: Tolerance
    goal_time_s: float

    def starting(self, start_s: float) -> TrajectoryGoal:
        """The same on another clock."""
        return replace(self, start_s=start_s)


@dataclass(frozen=True)
class GoalRules:
    """What a goal is checked against.

    Attributes:
        joint_names: [J] of the controller.
        lower: [J] joint limits in rad.
        upper: [J] joint limits in rad.
        velocity: [J] speed limits in rad/s.
        stopped_velocity: tolerance in rad/s at the goal where none is given.
        goal_time_s: time tolerance where none is given; 0 is forever.
    """

    joint_names: tuple[str, ...]
    lower: FloatArray
    upper: FloatArray
    velocity: FloatArray
    stopped_velocity: float
    goal_time_s: float

    def check(self, request: TrajectoryRequest, now_s: float) -> TrajectoryGoal:
        """Check a request and put it into the controller's order.

        Raises:
            GoalRefusedError: with the error code and the reason.
        """
        order = self._order(request.joint_names)
        if not request.points:
            raise GoalRefusedError(TrajectoryError.INVALID_GOAL, "the trajectory has no points")
        times = self._times(request.points)
        if not np.isfinite(request.start_s) or request.start_s < 0.0:
            raise GoalRefusedError(TrajectoryError.INVALID_GOAL, "the header's stamp is not a time")
        if request.start_s > 0.0 and request.start_s + times[-1] < now_s:
            raise GoalRefusedError(
                TrajectoryError.OLD_HEADER_TIMESTAMP,
                f"the trajectory ends at {request.start_s + times[-1]:.3f} s, in the past of "
                f"{now_s:.3f} s; use a zero stamp for a start at once",
            )
        waypoints = Waypoints(
            times,
            self._rows(request.points, "positions", order, required=True),
            self._rows(request.points, "velocities", order),
            self._rows(request.points, "accelerations", order),
        )
        self._rows(request.points, "effort", order)
        self._check_limits(waypoints)
        return TrajectoryGoal(
            waypoints,
            request.start_s if request.start_s > 0.0 else now_s,
            self._tolerance(request.path_tolerance, np.inf),
            self._tolerance(request.goal_tolerance, self.stopped_velocity),
            self._goal_time(request.goal_time_s),
        )

    def _order(self, names: Sequence[str]) -> list[int]:
        if sorted(names) != sorted(self.joint_names):
            raise GoalRefusedError(
                TrajectoryError.INVALID_JOINTS,
                f"the joints {list(names)} are not those of the controller, "
                f"{list(self.joint_names)}",
            )
        return [list(names).index(name) for name in self.joint_names]

    def _times(self, points: Sequence[RequestPoint]) -> FloatArray:
        times = np.array([point.time_s for point in points], dtype=float)
        if times[0] < 0.0:
            raise GoalRefusedError(TrajectoryError.INVALID_GOAL, "point 0 has a negative time")
        for i in np.flatnonzero(np.diff(times) <= 0.0):
            raise GoalRefusedError(
                TrajectoryError.INVALID_GOAL,
                f"the time between points {i} and {i + 1} is not strictly increasing: "
                f"{times[i]:.6f} s and {times[i + 1]:.6f} s",
            )
        return times

    def _rows(
        self,
        points: Sequence[RequestPoint],
        quantity: str,
        order: list[int],
        required: bool = False,
    ) -> FloatArray:
        rows = np.full((len(points), len(order)), np.nan)
        for i, point in enumerate(points):
            values = np.asarray(getattr(point, quantity), dtype=float)
            if values.size == 0 and not required:
                continue
            if values.size != len(order):
                raise GoalRefusedError(
                    TrajectoryError.INVALID_GOAL,
                    f"point {i} has {values.size} {quantity}, not {len(order)}",
                )
            if not np.isfinite(values).all():
                raise GoalRefusedError(
                    TrajectoryError.INVALID_GOAL, f"point {i} has {quantity} that are not finite"
                )
            rows[i] = values[order]
        return rows

    def _check_limits(self, waypoints: Waypoints) -> None:
        outside = (waypoints.positions < self.lower) | (waypoints.positions > self.upper)
        for i, j in np.argwhere(outside):
            raise GoalRefusedError(
                TrajectoryError.INVALID_GOAL,
                f"point {i} has {self.joint_names[j]} at {waypoints.positions[i, j]:.4f} rad, "
                f"outside its limits {self.lower[j]:.4f} to {self.upper[j]:.4f} rad",
            )
        for i, j in np.argwhere(np.abs(waypoints.velocities) > self.velocity):
            raise GoalRefusedError(
                TrajectoryError.INVALID_GOAL,
                f"point {i} has {self.joint_names[j]} at {waypoints.velocities[i, j]:.3f} rad/s, "
                f"above its limit {self.velocity[j]:.3f} rad/s",
            )
        for j in np.flatnonzero(np.abs(waypoints.velocities[-1]) > _VELOCITY_AT_END):
            raise GoalRefusedError(
                TrajectoryError.INVALID_GOAL,
                f"the last point has a velocity of {self.joint_names[j]} that is not zero: "
                f"{waypoints.velocities[-1, j]:.6f} rad/s",
            )

    def _tolerance(self, given: Sequence[RequestTolerance], velocity: float) -> Tolerance:
        count = len(self.joint_names)
        result = Tolerance(np.full(count, np.inf), np.full(count, velocity))
        for tolerance in given:
            if tolerance.name not in self.joint_names:
                raise GoalRefusedError(
                    TrajectoryError.INVALID_JOINTS,
                    f"a tolerance names the unknown joint '{tolerance.name}'",
                )
            joint = self.joint_names.index(tolerance.name)
            for limits, value in (
                (result.position, tolerance.position),
                (result.velocity, tolerance.velocity),
            ):
                if value > 0.0:
                    limits[joint] = value
                elif value == _NO_TOLERANCE:
                    limits[joint] = np.inf
                elif value != 0.0:
                    raise GoalRefusedError(
                        TrajectoryError.INVALID_GOAL,
                        f"the tolerance {value} of {tolerance.name} is invalid; use a positive "
                        "number, 0 for the default or -1 for none",
                    )
        return result

    def _goal_time(self, given: float) -> float:
        if given == _NO_TOLERANCE:
            return np.inf
        if given < 0.0:
            raise GoalRefusedError(
                TrajectoryError.INVALID_GOAL, f"the goal_time_tolerance {given} s is invalid"
            )
        return given or self.goal_time_s or np.inf
