"""Planned motions: their shape, their limits, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import make_transform, tool_down
from clap_core.robot.collision import CollisionModel
from clap_core.robot.config import MotionConfig, SafetyConfig
from clap_core.robot.planner import MotionPlanner
from clap_core.robot.specification import HOME, arm_specification
from clap_core.robot.trajectory import Path, SpeedLimits, Trajectory, time_path
from clap_core.task_types import Motion

HOME_JOINTS = np.array(HOME)


@pytest.fixture(scope="module")
def planner() -> MotionPlanner:
    return MotionPlanner(arm_specification("fr3"))


def tool_points(planner: MotionPlanner, trajectory: Trajectory) -> np.ndarray:
    return np.array([planner.kinematics.forward(q)[:3, 3] for q in trajectory.positions])


def end_at(planner: MotionPlanner, position: tuple[float, ...], yaw: float = 0.0) -> np.ndarray:
    return planner.solve(tool_down(position, yaw), HOME_JOINTS)


def assert_safe(planner: MotionPlanner, trajectory: Trajectory, scale: float = 1.0) -> None:
    arm, motion = planner.arm, planner.motion
    period = np.diff(trajectory.times)
    assert trajectory.times[0] == 0.0
    np.testing.assert_allclose(period, 1.0 / motion.sample_rate_hz, rtol=1e-6)
    for rows in (trajectory.velocities, trajectory.accelerations):
        np.testing.assert_allclose(rows[[0, -1]], 0.0, atol=1e-6)
    velocity = np.abs(trajectory.velocities).max(axis=0)
    assert (
        velocity <= np.multiply(arm.velocity, motion.joint_velocity_fraction * scale) * 1.06
    ).all()
    acceleration = np.abs(trajectory.accelerations).max(axis=0)
    share = motion.joint_acceleration_fraction * scale
    assert (acceleration <= np.multiply(arm.acceleration, share) * 1.06).all()
    jerk = np.abs(np.diff(trajectory.accelerations, axis=0)) / period[:, None]
    assert (jerk <= np.multiply(arm.jerk, motion.joint_jerk_fraction)).all()
    # The three rows belong together: numerical derivatives agree.
    mean_velocity = np.diff(trajectory.positions, axis=0) / period[:, None]
    between = (trajectory.velocities[:-1] + trajectory.velocities[1:]) / 2.0
    np.testing.assert_allclose(mean_velocity, between, atol=0.01)
    speed = np.linalg.norm(np.diff(tool_points(planner, trajectory), axis=0), axis=1) / period
    assert speed.max() <= motion.tcp_speed_m_s * scale * 1.03


@pytest.mark.parametrize("scale", [1.0, 0.2])
def test_a_line_is_straight_and_within_limits(planner: MotionPlanner, scale: float) -> None:
    start = end_at(planner, (0.5, 0.1, 0.2), 0.3)
    target = tool_down((0.55, 0.05, 0.03), -0.2)
    trajectory = planner.plan(target, Motion.LINEAR, start, scale)
    assert trajectory is not None
    assert_safe(planner, trajectory, scale)
    points = tool_points(planner, trajectory)
    direction = (points[-1] - points[0]) / np.linalg.norm(points[-1] - points[0])
    offsets = points - points[0]
    sideways = offsets - np.outer(offsets @ direction, direction)
    assert np.linalg.norm(sideways, axis=1).max() < 1e-4
    np.testing.assert_allclose(trajectory.positions[0], start, atol=1e-9)
    reached = planner.kinematics.forward(trajectory.positions[-1])
    np.testing.assert_allclose(reached, target, atol=1e-4)


def test_a_guarded_motion_is_slow(planner: MotionPlanner) -> None:
    start = end_at(planner, (0.5, 0.0, 0.15))
    trajectory = planner.plan(tool_down((0.5, 0.0, 0.05)), Motion.GUARDED, start)
    assert trajectory is not None
    points = tool_points(planner, trajectory)
    speed = np.linalg.norm(np.diff(points, axis=0), axis=1) * planner.motion.sample_rate_hz
    assert speed.max() <= planner.motion.guarded_speed_m_s * 1.03


def test_a_free_motion_between_low_places_goes_over_what_lies_between(
    planner: MotionPlanner,
) -> None:
    start = end_at(planner, (0.5, 0.3, 0.05))
    target = tool_down((0.45, -0.3, 0.08), 1.0)
    trajectory = planner.plan(target, Motion.JOINT, start)
    assert trajectory is not None
    assert_safe(planner, trajectory)
    points = tool_points(planner, trajectory)
    far = np.minimum(
        np.linalg.norm(points[:, :2] - points[0, :2], axis=1),
        np.linalg.norm(points[:, :2] - points[-1, :2], axis=1),
    )
    low = points[:, 2] < planner.motion.travel_height_m - planner.motion.blend_radius_m
    assert low.any()
    assert far[low].max() < planner.motion.blend_radius_m
    np.testing.assert_allclose(
        planner.kinematics.forward(trajectory.positions[-1]), target, atol=1e-4
    )


def test_a_free_motion_high_up_is_straight_in_joint_space(planner: MotionPlanner) -> None:
    trajectory = planner.plan(tool_down((0.5, 0.2, 0.45)), Motion.JOINT, HOME_JOINTS)
    assert trajectory is not None
    assert_safe(planner, trajectory)
    way = trajectory.positions[-1] - HOME_JOINTS
    along = (trajectory.positions - HOME_JOINTS) @ way / (way @ way)
    straight = HOME_JOINTS + along[:, None] * way
    np.testing.assert_allclose(trajectory.positions, straight, atol=1e-6)


def test_a_free_motion_stays_in_the_workspace_on_the_whole_way() -> None:
    """Turning about the base would swing the tool out to x = 0.53 m between two allowed places."""
    narrow = SafetyConfig(workspace_max_m=(0.45, 0.6, 0.9))
    planner = MotionPlanner(arm_specification("fr3"), safety=narrow)
    start = end_at(planner, (0.35, 0.4, 0.4), 0.85)
    trajectory = planner.plan(tool_down((0.35, -0.4, 0.4), -0.85), Motion.JOINT, start)
    assert trajectory is not None
    assert tool_points(planner, trajectory)[:, 0].max() <= 0.45
    unlimited = MotionPlanner(arm_specification("fr3"))
    wide = unlimited.plan(tool_down((0.35, -0.4, 0.4), -0.85), Motion.JOINT, start)
    assert wide is not None
    assert tool_points(unlimited, wide)[:, 0].max() > 0.5


def test_random_free_motions_keep_every_rule(planner: MotionPlanner) -> None:
    random = np.random.default_rng(3)
    joints = HOME_JOINTS
    floor = planner.motion.min_travel_height_m - planner.motion.blend_radius_m
    for _ in range(15):
        radius, bearing = random.uniform(0.35, 0.70), random.uniform(-0.7, 0.7)
        position = (radius * np.cos(bearing), radius * np.sin(bearing), random.uniform(0.02, 0.3))
        target = tool_down(position, random.uniform(-np.pi / 2, np.pi / 2))
        trajectory = planner.plan(target, Motion.JOINT, joints)
        assert trajectory is not None
        assert_safe(planner, trajectory)
        points = tool_points(planner, trajectory)
        low = points[points[:, 2] < floor]
        ends = points[[0, -1], :2]
        far = np.linalg.norm(low[:, None, :2] - ends, axis=2).min(axis=1)
        assert not len(far) or far.max() <= planner.motion.approach_radius_m + 1e-3
        assert all(planner.collision.hit(q) == "" for q in trajectory.positions[::10])
        joints = trajectory.positions[-1]


def test_the_wrist_may_turn_a_lot_on_the_way(planner: MotionPlanner) -> None:
    """No straight line of the tool leads through most half turns; the arm swings across then."""
    random = np.random.default_rng(5)
    floor = planner.motion.min_travel_height_m - planner.motion.blend_radius_m
    planned = 0
    for _ in range(20):
        radius, bearing = random.uniform(0.4, 0.65, 2), random.uniform(-0.7, 0.7, 2)
        places = np.column_stack([radius * np.cos(bearing), radius * np.sin(bearing), [0.03, 0.05]])
        yaw = random.uniform(-1.2, 1.2)
        start = end_at(planner, tuple(places[0]), yaw)
        try:
            trajectory = planner.plan(
                tool_down(places[1], yaw + random.uniform(2.0, 3.0)), Motion.JOINT, start
            )
        except ClapError as error:
            assert error.code is ErrorCode.UNREACHABLE
            continue
        assert trajectory is not None
        planned += 1
        assert_safe(planner, trajectory)
        points = tool_points(planner, trajectory)
        low = points[points[:, 2] < floor]
        far = np.linalg.norm(low[:, None, :2] - points[[0, -1], :2], axis=2).min(axis=1)
        assert far.max() <= planner.motion.approach_radius_m + 1e-3
        assert all(planner.collision.hit(q) == "" for q in trajectory.positions[::10])
    assert planned >= 18


@pytest.mark.parametrize("way_m", [1e-4, 1e-3, 5e-3])
def test_a_tiny_line_is_a_motion_like_any_other(planner: MotionPlanner, way_m: float) -> None:
    start = end_at(planner, (0.52, -0.1, 0.03))
    for direction in np.vstack([np.eye(3), np.full(3, 0.577)]):
        target = tool_down(np.array([0.52, -0.1, 0.03]) + way_m * direction)
        trajectory = planner.plan(target, Motion.LINEAR, start)
        assert trajectory is not None
        assert_safe(planner, trajectory)


def test_nothing_to_do_is_none(planner: MotionPlanner) -> None:
    here = planner.kinematics.forward(HOME_JOINTS)
    assert planner.plan(here, Motion.LINEAR, HOME_JOINTS) is None
    assert planner.plan(tool_down((9.0, 0.0, 0.0)), Motion.NONE, HOME_JOINTS) is None


REFUSALS = {
    "outside": (tool_down((0.5, 0.9, 0.2)), ErrorCode.OUT_OF_WORKSPACE, "y = 0.900 m"),
    "under the table": (tool_down((0.5, 0.0, -0.1)), ErrorCode.OUT_OF_WORKSPACE, "z = -0.100"),
    "fingers in the table": (tool_down((0.5, 0.0, 0.005)), ErrorCode.UNREACHABLE, "the table"),
    "too far": (tool_down((0.84, 0.3, 0.1)), ErrorCode.UNREACHABLE, "misses it by"),
    "hand in the table": (
        make_transform((0.5, 0.0, 0.02), (np.sqrt(0.5), 0.0, 0.0, np.sqrt(0.5))),
        ErrorCode.UNREACHABLE,
        "",
    ),
    "not a number": (
        tool_down((np.nan, 0.0, 0.2)),
        ErrorCode.INVALID_REQUEST,
        "not finite",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
@pytest.mark.parametrize("motion", [Motion.JOINT, Motion.LINEAR])
def test_refusals_name_the_numbers_and_a_cure(
    planner: MotionPlanner, case: str, motion: Motion
) -> None:
    target, code, words = REFUSALS[case]
    with pytest.raises(ClapError) as caught:
        planner.plan(target, motion, HOME_JOINTS)
    assert caught.value.code is code
    assert words in caught.value.reason
    assert caught.value.cure


@pytest.mark.parametrize("scale", [0.0, -0.5, 1.5, float("nan")])
def test_a_meaningless_speed_is_refused(planner: MotionPlanner, scale: float) -> None:
    with pytest.raises(ClapError) as caught:
        planner.plan(tool_down((0.5, 0.0, 0.2)), Motion.LINEAR, HOME_JOINTS, scale)
    assert caught.value.code is ErrorCode.INVALID_REQUEST


def test_a_line_through_the_robot_is_refused(planner: MotionPlanner) -> None:
    start = end_at(planner, (0.25, 0.5, 0.1))
    with pytest.raises(ClapError) as caught:
        planner.plan(tool_down((0.16, -0.5, 0.1)), Motion.LINEAR, start)
    assert caught.value.code is ErrorCode.UNREACHABLE


def test_a_motion_may_lead_out_of_a_violation(planner: MotionPlanner) -> None:
    """Fingers that touch the table, say after a press, can be lifted off it."""
    touching = planner.kinematics.inverse(tool_down((0.5, 0.0, 0.008)), HOME_JOINTS)
    assert isinstance(touching, np.ndarray)
    assert "table" in planner.collision.hit(touching)
    assert planner.plan(tool_down((0.5, 0.0, 0.1)), Motion.LINEAR, touching) is not None


def posture_at(planner: MotionPlanner, place: tuple[float, float, float]) -> np.ndarray:
    """A posture, whatever it hits."""
    joints = planner.kinematics.inverse(tool_down(place), HOME_JOINTS)
    assert isinstance(joints, np.ndarray)
    return joints


def way_past(planner: MotionPlanner, *places: tuple[float, float, float]) -> Path:
    """Postures at these places of the tool, as a path."""
    joints = np.array([posture_at(planner, place) for place in places])
    return Path(joints, np.zeros(len(places)), np.zeros(len(places)))


INSIDE = (0.5, 0.5, 0.1)


@pytest.mark.parametrize(
    "places",
    [
        ((0.5, 0.605, 0.1), (0.5, 0.602, 0.1), INSIDE),
        ((0.5, 0.605, 0.1), (0.4, 0.605, 0.1), INSIDE),  # along the border
        ((0.5, 0.1, 0.008), (0.5, 0.1, 0.009), INSIDE),  # fingers on the table
    ],
)
def test_a_path_may_lead_out_of_the_violation_that_it_starts_in(
    planner: MotionPlanner, places: tuple[tuple[float, float, float], ...]
) -> None:
    planner._check_path(way_past(planner, *places))


@pytest.mark.parametrize(
    "places",
    [
        ((0.5, 0.605, 0.1), (0.5, 0.607, 0.1), INSIDE),  # deeper
        ((0.5, 0.605, 0.1), (0.5, 0.601, 0.1), (0.5, 0.604, 0.1), INSIDE),  # back again
        ((0.5, 0.605, 0.1), (0.5, 0.603, 0.005), INSIDE),  # and into the table
        ((0.5, 0.605, 0.1), INSIDE, (0.5, 0.602, 0.1), INSIDE),  # out once more
        ((0.5, 0.605, 0.1), (0.5, 0.602, 0.1)),  # never inside
        ((0.5, 0.1, 0.008), (0.5, 0.1, 0.006), INSIDE),  # pressed harder
        ((0.5, 0.1, 0.008), (0.5, 0.602, 0.1), INSIDE),
    ],
)
def test_no_other_and_no_deeper_violation_is_forgiven(
    planner: MotionPlanner, places: tuple[tuple[float, float, float], ...]
) -> None:
    with pytest.raises(ClapError) as caught:
        planner._check_path(way_past(planner, *places))
    assert caught.value.code is ErrorCode.UNREACHABLE


def test_the_depth_of_what_touches_is_told(planner: MotionPlanner) -> None:
    """Both ways of looking for collisions agree."""
    folded = np.array([0.0, -1.5, 0.0, -2.9, 0.0, 1.0, 0.8])
    for joints in (folded, posture_at(planner, (0.5, 0.0, 0.005)), HOME_JOINTS):
        assert bool(planner.collision.violations(joints)) == bool(planner.collision.hit(joints))
    low, high = (
        planner.collision.violations(posture_at(planner, (0.5, 0.0, z)))[0] for z in (0.005, 0.006)
    )
    assert low.kind == high.kind == "fingers and table"
    assert low.depth - high.depth == pytest.approx(0.001, abs=1e-5)


def test_a_higher_table_shrinks_the_space() -> None:
    raised = MotionPlanner(arm_specification("fr3"), safety=SafetyConfig(table_height_m=0.1))
    with pytest.raises(ClapError, match="above the table"):
        raised.plan(tool_down((0.5, 0.0, 0.08)), Motion.LINEAR, HOME_JOINTS)


def test_the_hand_in_the_forearm_is_seen(planner: MotionPlanner) -> None:
    """The hand folded back against the base column."""
    folded = np.array([0.0, -1.5, 0.0, -2.9, 0.0, 1.0, 0.8])
    assert "would touch" in planner.collision.hit(folded)
    assert planner.collision.hit(HOME_JOINTS) == ""


def test_lowest_point_is_the_fingertips(planner: MotionPlanner) -> None:
    model: CollisionModel = planner.collision
    joints = end_at(planner, (0.5, 0.1, 0.1))
    assert model.lowest_point(joints) == pytest.approx(0.1 - 0.009, abs=1e-4)


def test_a_path_along_the_end_of_a_range_is_slow() -> None:
    """The FR3 allows hardly any speed towards the end of a joint's range."""
    arm, motion = arm_specification("fr3"), MotionConfig()
    joints = np.tile(HOME_JOINTS, (50, 1))
    joints[:, 0] = np.linspace(2.0, 2.7, 50)
    still = np.zeros(50)
    limits = SpeedLimits.scaled(arm, motion, 1.0)
    towards = time_path(Path(joints, still, still), arm, motion, limits)
    middle = joints.copy()
    middle[:, 0] -= 2.0
    free = time_path(Path(middle, still, still), arm, motion, limits)
    low, high = arm.velocity_limits(towards.positions)
    assert (towards.velocities <= high + 1e-3).all()
    assert (towards.velocities >= low - 1e-3).all()
    assert towards.duration_s > free.duration_s


def test_a_box_inside_out_is_refused() -> None:
    with pytest.raises(ValidationError, match="below"):
        SafetyConfig(workspace_min_m=(1.0, -1.0, 0.0), workspace_max_m=(0.0, 1.0, 1.0))
