"""The hand as the ROS front sees it: widths and forces in, trajectories of one finger out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clap_core.errors import ClapError, ErrorCode
from clap_franka.hand_checks import check_grasp, checked_speed, checked_width
from clap_franka.robot import HandCommand, HandState
from clap_franka.trajectory_hand.config import FingerConfig
from clap_franka.trajectory_hand.fingers import FingerStates
from clap_franka.trajectory_hand.goals import FingerController, FingerGoal
from clap_franka.trajectory_hand.stillness import Stillness

PREEMPTED = "preempted by a new gripper command"
SHORTEST_S = 0.05
"""Time of the shortest trajectory."""


@dataclass(frozen=True)
class _Stage:
    """One stretch of a command.

    Attributes:
        target_m: width to go to; it may be less than closed, to press.
        speed_m_s: of the width.
        until_blocked: ends when the fingers stand still, not at the target.
    """

    target_m: float
    speed_m_s: float
    until_blocked: bool


class TrajectoryCommand(HandCommand):
    """A command on its way.

    Args:
        stages: what is left to do, the present stretch first.
        window_m: widths at which a grasp has succeeded; None for other commands.
    """

    def __init__(self, stages: list[_Stage], window_m: tuple[float, float] | None = None) -> None:
        super().__init__()
        self.stages = stages
        self.window_m = window_m


class TrajectoryHandDriver:
    """``clap_franka.robot.HandDriver`` on a joint trajectory controller of finger joint 1.

    A grasp closes until the fingers stand still, and has succeeded when they do so within
    ``[width - inner, width + outer]``, as libfranka's; its trajectory ends at closed, so the
    controller goes on pressing. It cannot be told a force: what it presses with is its own.

    Args:
        config: of the fingers.
        default_speed_m_s: of homing.
        fingers: where they are.
        controller: what moves them.
        steady_s: the steady clock, for what must come whether or not simulated time goes on.
    """

    def __init__(
        self,
        config: FingerConfig,
        default_speed_m_s: float,
        fingers: FingerStates,
        controller: FingerController,
        steady_s: Callable[[], float],
    ) -> None:
        self._config = config
        self._default_speed_m_s = default_speed_m_s
        self._fingers = fingers
        self._controller = controller
        self._steady_s = steady_s
        self._command: TrajectoryCommand | None = None
        self._stopping: TrajectoryCommand | None = None
        self._goal: FingerGoal | None = None
        self._asked_s = 0.0
        self._stillness: Stillness | None = None
        self._now_s = self._ticked_s = 0.0
        self._seen = 0

    def trouble(self) -> ClapError | None:
        """Why the hand does nothing now; None while all is well."""
        return self._fingers.trouble() or self._controller.trouble()

    def update(self, now_s: float) -> None:
        """Move the running command on; call often.

        Args:
            now_s: on the clock of the simulation.
        """
        if now_s != self._now_s:
            self._now_s, self._ticked_s = now_s, self._steady_s()
        if self._stopping is not None:
            self._await_the_stop(self._stopping)
        elif self._command is not None:
            self._advance(self._command, now_s)

    # What follows is ``clap_franka.robot.HandDriver``.

    @property
    def width_m(self) -> float:
        """See ``clap_franka.robot.HandDriver``, as for all below."""
        return self._fingers.width_m

    def homing(self) -> HandCommand:
        speed = self._default_speed_m_s
        return self._start([_Stage(0.0, speed, True), _Stage(self._config.max_width, speed, False)])

    def move(self, width_m: float, speed_m_s: float) -> HandCommand:
        width = checked_width(width_m, self._config.max_width)
        return self._start([_Stage(width, checked_speed(speed_m_s), False)])

    def grasp(
        self,
        width_m: float,
        speed_m_s: float,
        force_n: float,
        epsilon_inner_m: float,
        epsilon_outer_m: float,
    ) -> HandCommand:
        check_grasp(force_n, epsilon_inner_m, epsilon_outer_m)
        width = checked_width(width_m, self._config.max_width)
        closing = _Stage(-self._config.overshoot, checked_speed(speed_m_s), True)
        return self._start([closing], (width - epsilon_inner_m, width + epsilon_outer_m))

    def stop(self) -> None:
        if self._command is None:
            return
        self._stopping, self._command = self._command, None
        self._asked_s = self._steady_s()
        if self._goal is not None:
            self._goal.cancel()

    def cancel(self, command: HandCommand) -> None:
        if command is self._command:
            self.stop()

    def _start(
        self, stages: list[_Stage], window_m: tuple[float, float] | None = None
    ) -> TrajectoryCommand:
        trouble = self.trouble()
        if trouble is not None:
            raise trouble
        for former in (self._command, self._stopping):
            if former is not None:
                former.error, former.state = PREEMPTED, HandState.FAILED
        if self._goal is not None and not self._goal.answered:
            # Accepted after the new one, it would take its place.
            self._goal.cancel()
        self._stopping = None
        self._ticked_s = self._steady_s()
        self._command = TrajectoryCommand(stages, window_m)
        self._begin_stage(stages[0])
        return self._command

    def _begin_stage(self, stage: _Stage) -> None:
        speed = min(stage.speed_m_s, self._config.max_speed)
        seconds = max(SHORTEST_S, abs(stage.target_m - self.width_m) / speed)
        self._goal = self._controller.send(0.5 * stage.target_m, seconds)
        self._asked_s = self._steady_s()
        self._stillness = None

    def _advance(self, command: TrajectoryCommand, now_s: float) -> None:
        goal, stage, config = self._goal, command.stages[0], self._config
        assert goal is not None
        trouble = self._fingers.trouble() or goal.error or self._overdue(goal)
        if trouble is not None:
            self._fail(command, trouble.message)
        elif goal.answered and self._fingers.count != self._seen:
            self._seen = self._fingers.count
            speed = min(stage.speed_m_s, config.max_speed)
            if self._stillness is None:
                self._stillness = Stillness(config, speed, self.width_m, now_s)
            still = self._stillness.look(self.width_m, now_s)
            there = abs(self.width_m - stage.target_m) <= config.width_tolerance
            allowed_s = config.max_width / speed + config.command_timeout
            if (still and stage.until_blocked) or ((still or goal.ended) and there):
                self._finish_stage(command)
            elif still:
                self._fail(command, f"the fingers are blocked at {self.width_m:.4f} m")
            elif self._stillness.since_begin_s > allowed_s:
                self._fail(command, f"not done after {allowed_s:g} s")

    def _overdue(self, goal: FingerGoal) -> ClapError | None:
        """What has not come for too long, by the steady clock."""
        longest_s, present_s = self._config.answer_timeout, self._steady_s()
        if not goal.answered and present_s - self._asked_s > longest_s:
            return _no_answer("accept the goal", longest_s)
        if present_s - self._ticked_s > longest_s:
            return ClapError(
                ErrorCode.ROBOT_NOT_READY,
                f"the clock of this node has stood still for {longest_s:g} s",
                "Bridge the simulation's clock to /clock, or set use_sim_time to false",
            )
        return None

    def _finish_stage(self, command: TrajectoryCommand) -> None:
        command.stages.pop(0)
        if command.stages:
            self._begin_stage(command.stages[0])
            return
        low, high = command.window_m or (self.width_m, self.width_m)
        if low <= self.width_m <= high:
            self._end(command, HandState.SUCCEEDED, "")
        else:
            self._end(
                command,
                HandState.FAILED,
                f"grasp failed: the fingers stopped at {self.width_m:.4f} m, outside {low:.4f} to "
                f"{high:.4f} m",
            )

    def _fail(self, command: TrajectoryCommand, reason: str) -> None:
        """End it, and let the fingers stay where they are."""
        if self._goal is not None:
            self._goal.cancel()
            self._hold_after(self._goal)
        self._end(command, HandState.FAILED, reason)

    def _hold_after(self, goal: FingerGoal) -> None:
        """Hold the present width, if the controller still goes for the end of a goal.

        That it does after one that was done before its cancel came.
        """
        if goal.ended and not goal.cancelled and goal.error is None and self._fingers.known:
            self._goal = self._controller.send(0.5 * self.width_m, SHORTEST_S)

    def _end(self, command: TrajectoryCommand, state: HandState, error: str) -> None:
        command.error, command.state = error, state
        self._command = self._stopping = None

    def _await_the_stop(self, command: TrajectoryCommand) -> None:
        waited_s = self._steady_s() - self._asked_s
        if self._goal is None or self._goal.ended:
            if self._goal is not None:
                self._hold_after(self._goal)
            self._end(command, HandState.CANCELED, "stopped")
        elif waited_s > self._config.answer_timeout:
            error = _no_answer("end the cancelled goal", self._config.answer_timeout)
            self._end(command, HandState.FAILED, f"{error.message} The fingers may still move.")


def _no_answer(what: str, seconds: float) -> ClapError:
    return ClapError(
        ErrorCode.GRIPPER_FAILED,
        f"the finger controller did not {what} within {seconds:g} s",
        "See that it is active (`ros2 control list_controllers`) and that the simulation runs",
    )
