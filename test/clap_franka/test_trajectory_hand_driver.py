"""A hand on a trajectory controller, with a controller and clocks that do what a test says."""

from __future__ import annotations

import math

import pytest

from clap_core.errors import ClapError, ErrorCode
from clap_franka.robot import HandCommand, HandState
from clap_franka.trajectory_hand.config import FingerConfig, TrajectoryHandConfig
from clap_franka.trajectory_hand.driver import PREEMPTED, TrajectoryHandDriver
from clap_franka.trajectory_hand.fingers import FingerStates

STEP_S = 0.01
NAMES = ["fr3_joint1", "fr3_finger_joint1", "fr3_finger_joint2"]


class FakeGoal:
    """A goal whose answers the test gives."""

    def __init__(self, position_m: float, seconds: float) -> None:
        self.position_m, self.seconds = position_m, seconds
        self.answered = self.ended = self.cancelled = self.unwanted = False
        self.error: ClapError | None = None

    def cancel(self) -> None:
        self.unwanted = True


class FakeController:
    """Moves a finger in a straight line until something is in the way.

    Attributes:
        obeys: whether it answers at all.
        object_m: width of what is between the pads.
    """

    def __init__(self) -> None:
        self.finger_m = 0.04
        self.object_m = 0.0
        self.obeys = True
        self.missing: ClapError | None = None
        self.goals: list[FakeGoal] = []
        self._target_m, self._speed_m_s = 0.04, 0.0

    def trouble(self) -> ClapError | None:
        return self.missing

    def send(self, position_m: float, seconds: float) -> FakeGoal:
        self.goals.append(FakeGoal(position_m, seconds))
        return self.goals[-1]

    def step(self) -> None:
        goal = self.goals[-1] if self.goals else None
        if goal is None or not self.obeys:
            return
        if not goal.answered:
            goal.answered = True
            self._target_m = goal.position_m
            self._speed_m_s = abs(goal.position_m - self.finger_m) / goal.seconds
        if goal.unwanted and not goal.ended:
            goal.ended = goal.cancelled = True
            self._target_m = self.finger_m
        step = self._speed_m_s * STEP_S
        self.finger_m += max(-step, min(step, self._target_m - self.finger_m))
        self.finger_m = max(self.finger_m, 0.5 * self.object_m, 0.0)
        if abs(self.finger_m - self._target_m) < 1e-9:
            goal.ended = True


class HandBench:
    """A driver, its controller, and both clocks."""

    def __init__(self, **config: float) -> None:
        self.now_s = self.steady_s = 100.0
        self.controller = FakeController()
        settings = FingerConfig(**config)
        self.fingers = FingerStates(
            "fr3", "/joint_states", settings.max_width, settings.state_timeout, self.steady
        )
        self.hand = TrajectoryHandDriver(
            settings, 0.1, self.fingers, self.controller, lambda: self.steady_s
        )
        self.hear()

    def steady(self) -> float:
        return self.steady_s

    def hear(self) -> None:
        self.fingers.hear(NAMES, [0.3, self.controller.finger_m, self.controller.finger_m])

    def run(self, seconds: float, *, hears: bool = True, ticks: bool = True) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.steady_s += STEP_S
            self.now_s += STEP_S if ticks else 0.0
            self.controller.step()
            if hears:
                self.hear()
            self.hand.update(self.now_s)

    def finish(self, command: HandCommand, longest_s: float = 20.0) -> HandCommand:
        started_s = self.now_s
        while command.state is HandState.RUNNING:
            self.run(STEP_S)
            assert self.now_s - started_s < longest_s
        return command


@pytest.fixture
def bench() -> HandBench:
    return HandBench()


def test_a_move_takes_the_time_of_its_speed(bench: HandBench) -> None:
    start_s = bench.now_s
    command = bench.finish(bench.hand.move(0.02, 0.03))
    assert command.state is HandState.SUCCEEDED
    assert bench.now_s - start_s == pytest.approx(0.06 / 0.03, rel=0.1)
    assert bench.hand.width_m == pytest.approx(0.02, abs=0.003)


def test_the_speed_is_limited_to_that_of_the_hand(bench: HandBench) -> None:
    bench.hand.move(0.0, 50.0)
    assert bench.controller.goals[-1].seconds == pytest.approx(0.8)


@pytest.mark.parametrize("speed", [0.1, 0.01, 0.001])
def test_slow_fingers_are_not_taken_for_blocked_ones(bench: HandBench, speed: float) -> None:
    command = bench.hand.grasp(0.045, speed, 20.0, 0.005, 0.005)
    bench.controller.object_m = 0.070
    bench.run(0.9 * 0.010 / speed)
    assert command.state is HandState.RUNNING


def test_a_grasp_succeeds_where_the_fingers_stop_short_within_epsilon(bench: HandBench) -> None:
    bench.controller.object_m = 0.045
    command = bench.finish(bench.hand.grasp(0.047, 0.1, 20.0, 0.005, 0.005))
    assert command.state is HandState.SUCCEEDED and command.error == ""
    assert bench.hand.width_m == pytest.approx(0.045)
    bench.run(2.0)
    assert not any(goal.unwanted for goal in bench.controller.goals), "it must go on pressing"


@pytest.mark.parametrize(
    ("width", "inner", "outer"), [(0.03, 0.005, 0.005), (0.07, 0.01, 0.005), (0.05, 0.004, 0.02)]
)
def test_a_thing_of_another_size_is_a_failed_grasp(
    bench: HandBench, width: float, inner: float, outer: float
) -> None:
    bench.controller.object_m = 0.045
    command = bench.finish(bench.hand.grasp(width, 0.1, 20.0, inner, outer))
    assert command.state is HandState.FAILED
    assert "the fingers stopped at 0.0450 m, outside" in command.error


def test_a_grasp_of_nothing_fails(bench: HandBench) -> None:
    command = bench.finish(bench.hand.grasp(0.05, 0.1, 30.0, 0.005, 0.005))
    assert command.state is HandState.FAILED and "outside 0.0450 to 0.0550" in command.error


def test_what_the_stack_grasps_with_takes_any_opening(bench: HandBench) -> None:
    """Width 0 and both epsilons the whole opening: how wide it is, the executor judges."""
    bench.controller.object_m = 0.004
    assert bench.finish(bench.hand.grasp(0.0, 0.1, 30.0, 0.08, 0.08)).state is HandState.SUCCEEDED


def test_a_grasp_aims_beyond_closed_by_the_overshoot() -> None:
    bench = HandBench(overshoot=0.04)
    bench.controller.object_m = 0.04
    assert bench.finish(bench.hand.grasp(0.04, 0.1, 9.0, 0.01, 0.01)).state is HandState.SUCCEEDED
    assert bench.controller.goals[-1].position_m == pytest.approx(-0.02)


def test_a_blocked_move_fails_and_the_fingers_are_held_where_they_are(bench: HandBench) -> None:
    bench.controller.object_m = 0.045
    command = bench.finish(bench.hand.move(0.01, 0.1))
    assert command.state is HandState.FAILED and "blocked at 0.0450" in command.error
    bench.run(0.1)
    assert bench.controller.goals[-1].cancelled or bench.controller.goals[
        -1
    ].position_m == pytest.approx(0.0225)


def test_homing_closes_and_opens(bench: HandBench) -> None:
    command = bench.hand.homing()
    narrowest = math.inf
    while command.state is HandState.RUNNING:
        bench.run(STEP_S)
        narrowest = min(narrowest, bench.hand.width_m)
    assert command.state is HandState.SUCCEEDED
    assert narrowest < 0.001 and bench.hand.width_m == pytest.approx(0.08, abs=0.003)


def test_a_stop_ends_the_command_once_the_controller_has(bench: HandBench) -> None:
    command = bench.hand.move(0.0, 0.05)
    bench.run(0.5)
    bench.hand.stop()
    assert command.state is HandState.RUNNING
    bench.run(2 * STEP_S)
    assert command.state is HandState.CANCELED
    width = bench.hand.width_m
    bench.run(0.5)
    assert bench.hand.width_m == pytest.approx(width)


def test_a_stop_after_the_trajectorys_end_holds_the_width(bench: HandBench) -> None:
    """The controller would go on to the end of what it was given last."""
    bench.controller.object_m = 0.045
    command = bench.hand.grasp(0.045, 0.1, 20.0, 0.005, 0.005)
    bench.run(0.4)
    bench.controller.goals[-1].ended = True
    bench.hand.stop()
    bench.hand.update(bench.now_s)
    assert command.state is HandState.CANCELED
    assert bench.controller.goals[-1].position_m == pytest.approx(0.5 * bench.hand.width_m)


def test_a_stop_that_is_not_confirmed_is_told(bench: HandBench) -> None:
    command = bench.hand.move(0.0, 0.05)
    bench.run(0.2)
    bench.controller.obeys = False
    bench.hand.stop()
    bench.run(6.0)
    assert command.state is HandState.FAILED
    assert "did not end the cancelled goal" in command.error and "may still move" in command.error


def test_only_the_running_command_can_be_cancelled(bench: HandBench) -> None:
    first = bench.finish(bench.hand.move(0.06, 0.1))
    second = bench.hand.move(0.02, 0.1)
    bench.hand.cancel(first)
    assert bench.finish(second).state is HandState.SUCCEEDED
    third = bench.hand.move(0.06, 0.1)
    bench.hand.cancel(third)
    assert bench.finish(third).state is HandState.CANCELED


def test_a_new_command_ends_the_running_one(bench: HandBench) -> None:
    first = bench.hand.move(0.0, 0.05)
    bench.run(0.2)
    second = bench.hand.move(0.06, 0.1)
    assert (first.state, first.error) == (HandState.FAILED, PREEMPTED)
    assert bench.finish(second).state is HandState.SUCCEEDED


def test_a_goal_that_was_not_answered_is_called_back_by_the_next(bench: HandBench) -> None:
    bench.controller.obeys = False
    bench.hand.move(0.0, 0.05)
    bench.hand.move(0.06, 0.1)
    assert bench.controller.goals[0].unwanted and not bench.controller.goals[1].unwanted


@pytest.mark.parametrize(
    ("states", "told"),
    [
        ([], "nothing has told of fr3_finger_joint1 on /joint_states"),
        ([math.nan], "fr3_finger_joint1 is at nan m"),
        ([math.inf], "fr3_finger_joint1 is at inf m"),
        ([0.3], "fr3_finger_joint1 is at 0.3 m"),
        ([0.02, math.nan], "fr3_finger_joint2 is at nan m"),
    ],
)
def test_without_a_believable_joint_state_nothing_moves(states: list[float], told: str) -> None:
    bench = HandBench()
    bench.fingers = bench.hand._fingers = FingerStates(
        "fr3", "/joint_states", 0.08, 2.0, bench.steady
    )
    bench.fingers.hear(["fr3_joint1"], [0.1])
    bench.fingers.hear(NAMES[1:], states)
    assert math.isnan(bench.hand.width_m)
    for start in (bench.hand.homing, lambda: bench.hand.move(0.05, 0.1)):
        with pytest.raises(ClapError, match=told) as refused:
            start()
        assert refused.value.code is ErrorCode.ROBOT_NOT_READY
    assert bench.controller.goals == []


def test_one_finger_is_enough_where_the_other_is_not_told(bench: HandBench) -> None:
    bench.fingers.hear(["fr3_finger_joint1"], [0.03])
    assert bench.hand.width_m == pytest.approx(0.06)


def test_old_joint_states_stop_the_fingers_and_refuse_the_next(bench: HandBench) -> None:
    command = bench.hand.move(0.0, 0.02)
    bench.run(0.5)
    bench.run(2.5, hears=False)
    assert command.state is HandState.FAILED
    assert "last told of fr3_finger_joint1" in command.error and "Unpause" in command.error
    assert bench.controller.goals[-1].unwanted
    with pytest.raises(ClapError, match="last told"):
        bench.hand.move(0.05, 0.1)


def test_nonsense_on_the_way_stops_the_fingers(bench: HandBench) -> None:
    command = bench.hand.move(0.0, 0.02)
    bench.run(0.5)
    bench.controller.finger_m = math.nan
    bench.hear()
    bench.hand.update(bench.now_s)
    assert command.state is HandState.FAILED and "nonsense" in command.error


def test_a_clock_that_stands_still_ends_the_command_with_the_cure(bench: HandBench) -> None:
    bench.controller.object_m = 0.045
    command = bench.hand.grasp(0.045, 0.1, 20.0, 0.005, 0.005)
    bench.run(6.0, ticks=False)
    assert command.state is HandState.FAILED and "/clock" in command.error


def test_a_controller_that_is_missing_mute_or_unwilling_is_named(bench: HandBench) -> None:
    missing = ClapError(ErrorCode.NODE_UNAVAILABLE, "no controller serves /x", "Spawn it")
    bench.controller.missing = missing
    with pytest.raises(ClapError, match="no controller serves /x"):
        bench.hand.move(0.05, 0.1)
    bench.controller.missing = None
    bench.controller.obeys = False
    mute = bench.hand.move(0.05, 0.1)
    bench.run(6.0)
    assert mute.state is HandState.FAILED and "did not accept the goal" in mute.error
    assert bench.controller.goals[-1].unwanted, "accepted late, it would move the fingers"
    refused = bench.hand.move(0.05, 0.1)
    goal = bench.controller.goals[-1]
    goal.answered = goal.ended = True
    goal.error = ClapError(ErrorCode.TRAJECTORY_REJECTED, "/x refused the goal", "Activate it")
    bench.hand.update(bench.now_s)
    assert refused.state is HandState.FAILED and "Activate it" in refused.error


@pytest.mark.parametrize(
    ("width", "speed", "force", "epsilon"),
    [
        (0.09, 0.1, 10.0, 0.0),
        (-0.01, 0.1, 10.0, 0.0),
        (math.nan, 0.1, 10.0, 0.0),
        (0.05, 0.0, 10.0, 0.0),
        (0.05, math.nan, 10.0, 0.0),
        (0.05, 0.1, math.nan, 0.0),
        (0.05, 0.1, -1.0, 0.0),
        (0.05, 0.1, 10.0, -0.01),
        (0.05, 0.1, 10.0, math.nan),
    ],
)
def test_impossible_numbers_are_refused(
    bench: HandBench, width: float, speed: float, force: float, epsilon: float
) -> None:
    with pytest.raises(ClapError, match="The hand takes"):
        bench.hand.grasp(width, speed, force, epsilon, epsilon)
    assert bench.controller.goals == []


def test_a_simulation_that_was_reset_is_not_taken_for_a_stall(bench: HandBench) -> None:
    command = bench.hand.move(0.0, 0.05)
    bench.run(0.5)
    bench.now_s = 0.0
    assert bench.finish(command).state is HandState.SUCCEEDED


@pytest.mark.parametrize("arm_id", ["fr3", "panda", "fer"])
def test_the_controller_is_that_of_the_arm_unless_named(arm_id: str) -> None:
    config = TrajectoryHandConfig(arm_id=arm_id)
    assert config.trajectory_action == f"{arm_id}_hand_controller/follow_joint_trajectory"
    named = TrajectoryHandConfig(arm_id=arm_id, controller="mine")
    assert named.trajectory_action == "mine/follow_joint_trajectory"
    with pytest.raises(ClapError, match="ur5"):
        _ = TrajectoryHandConfig(arm_id="ur5").trajectory_action
