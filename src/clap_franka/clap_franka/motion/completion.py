"""Velocities and accelerations for waypoints that come without."""

from __future__ import annotations

import numpy as np

from clap_franka.motion.spline import Waypoints


def completed(waypoints: Waypoints) -> Waypoints:
    """Waypoints of which all have velocities and accelerations, so that a quintic joins them.

    What is given stays. A robot takes no steps of the velocity, which straight lines between
    points have. The last point is at rest; at others the velocity is the mean of the slopes before
    and after, or zero where the joint turns back, and the acceleration zero.
    """
    times, positions = waypoints.times_s, waypoints.positions
    velocities, accelerations = waypoints.velocities.copy(), waypoints.accelerations.copy()
    slopes = np.zeros((len(times) + 1, positions.shape[1]))
    slopes[1:-1] = np.diff(positions, axis=0) / np.diff(times)[:, None]
    before, after = slopes[:-1], slopes[1:]
    smooth = np.where(before * after > 0.0, 0.5 * (before + after), 0.0)
    unknown = ~np.isfinite(velocities)
    velocities[unknown] = smooth[unknown]
    accelerations[~np.isfinite(accelerations)] = 0.0
    return Waypoints(times, positions, velocities, accelerations)
