"""Trajectories as goals of a joint trajectory controller."""

from __future__ import annotations

from builtin_interfaces.msg import Duration
from trajectory_msgs.msg import JointTrajectoryPoint

from clap_core.robot.trajectory import Trajectory
from control_msgs.action import FollowJointTrajectory


def trajectory_goal(trajectory: Trajectory) -> FollowJointTrajectory.Goal:
    """The goal that sends a trajectory to a joint trajectory controller."""
    goal = FollowJointTrajectory.Goal()
    goal.trajectory.joint_names = list(trajectory.joint_names)
    rows = zip(
        trajectory.times,
        trajectory.positions,
        trajectory.velocities,
        trajectory.accelerations,
        strict=True,
    )
    goal.trajectory.points = [
        JointTrajectoryPoint(
            positions=position.tolist(),
            velocities=velocity.tolist(),
            accelerations=acceleration.tolist(),
            time_from_start=_duration(float(time)),
        )
        for time, position, velocity, acceleration in rows
    ]
    return goal


def _duration(seconds: float) -> Duration:
    nanoseconds = round(seconds * 1e9)
    return Duration(sec=nanoseconds // 10**9, nanosec=nanoseconds % 10**9)
