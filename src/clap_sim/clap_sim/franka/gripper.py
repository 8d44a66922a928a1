"""The Franka hand: homing, move, grasp and stop with finite speed and force."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from clap_franka.hand_checks import invalid_command
from clap_franka.robot import HandCommand, HandState
from clap_sim.franka.config import FrankaHandConfig
from clap_sim.franka.model import FrankaModel

_CLOSED_WIDTH_M = 0.0
_FORCE_REACHED = 0.95
"""Share of the force at which the drive counts as pressing with all of it."""


@dataclass(frozen=True)
class _Stage:
    """One stretch of a command.

    Attributes:
        target_m: width to go to.
        speed_m_s: of the width.
        force_n: at each finger.
        until_blocked: ends when the fingers stand still, not at the target.
    """

    target_m: float
    speed_m_s: float
    force_n: float
    until_blocked: bool


class FingerMotion(HandCommand):
    """A command on its way, in stages."""

    def __init__(self, stages: list[_Stage], window_m: tuple[float, float] | None = None) -> None:
        super().__init__()
        self._stages = stages
        self.window_m = window_m

    @property
    def stage(self) -> _Stage:
        """What is being done."""
        return self._stages[0]

    def next_stage(self) -> bool:
        """Go to the next stretch; False when that was the last."""
        self._stages = self._stages[1:]
        return bool(self._stages)


class SimulatedGripper:
    """Drives both fingers by a position servo of limited force whose target moves at the speed.

    As on the real hand, a grasp closes until the fingers are blocked, and has succeeded when the
    width is then within ``[width - inner, width + outer]`` (libfranka's ``Gripper::grasp``); the
    force stays on afterwards. A new command ends the running one.

    Args:
        franka: where the fingers are.
        data: the simulation's state.
        config: limits and drive.
    """

    def __init__(self, franka: FrankaModel, data: mujoco.MjData, config: FrankaHandConfig) -> None:
        self._franka = franka
        self._data = data
        self._config = config
        self._step_s = franka.model.opt.timestep
        self._command: FingerMotion | None = None
        self._target_m = 0.0
        self._started_s = 0.0
        self._still_since_s: float | None = None
        self._configure_drive()
        self.reset()

    @property
    def width_m(self) -> float:
        """Distance between the pads."""
        return float(self._data.qpos[self._franka.finger_qpos].sum())

    @property
    def speed_m_s(self) -> float:
        """Rate of the width."""
        return float(self._data.qvel[self._franka.finger_dofs].sum())

    @property
    def max_width_m(self) -> float:
        """The full opening."""
        return self._config.max_width

    @property
    def command(self) -> FingerMotion | None:
        """The running command."""
        return self._command

    def reset(self) -> None:
        """Hold the present width; a running command fails."""
        self._end(HandState.FAILED, "the simulation was reset")
        self._target_m = self.width_m
        self._set_force(self._config.travel_force)

    def homing(self) -> FingerMotion:
        """Close and open fully, to calibrate the width."""
        config = self._config
        speed, force = config.default_speed, config.travel_force
        return self._start(
            [
                _Stage(_CLOSED_WIDTH_M, speed, force, until_blocked=True),
                _Stage(config.max_width, speed, force, until_blocked=False),
            ]
        )

    def move(self, width_m: float, speed_m_s: float) -> FingerMotion:
        """Go to a width.

        Raises:
            ClapError: INVALID_REQUEST for a width or speed that the hand does not have.
        """
        width, speed = self._checked(width_m, speed_m_s)
        return self._start([_Stage(width, speed, self._config.travel_force, until_blocked=False)])

    def grasp(
        self,
        width_m: float,
        speed_m_s: float,
        force_n: float,
        epsilon_inner_m: float,
        epsilon_outer_m: float,
    ) -> FingerMotion:
        """Close on an object.

        Args:
            width_m: its expected size.
            speed_m_s: of closing.
            force_n: to hold it with.
            epsilon_inner_m: how much smaller it may be.
            epsilon_outer_m: how much larger it may be.

        Raises:
            ClapError: INVALID_REQUEST for numbers that the hand does not have.
        """
        width, speed = self._checked(width_m, speed_m_s)
        if not (np.isfinite(force_n) and 0.0 <= force_n <= self._config.max_force):
            raise invalid_command(f"the force {force_n} N", f"0 to {self._config.max_force:g} N")
        if not (epsilon_inner_m >= 0.0 and epsilon_outer_m >= 0.0):
            raise invalid_command(
                f"the epsilon {epsilon_inner_m} and {epsilon_outer_m} m", "at least 0 m"
            )
        force = max(force_n, self._config.min_force)
        closing = _Stage(_CLOSED_WIDTH_M, speed, force, until_blocked=True)
        return self._start([closing], (width - epsilon_inner_m, width + epsilon_outer_m))

    def stop(self) -> None:
        """End the running command and hold the present width."""
        if self._command is not None:
            self._end(HandState.CANCELED, "stopped")
            self._target_m = self.width_m

    def cancel(self, command: HandCommand) -> None:
        """Stop, if the command still runs."""
        if command is self._command:
            self.stop()

    def step(self, now_s: float) -> None:
        """Write the control for the next physics step."""
        command = self._command
        if command is not None:
            self._advance(command, now_s)
        # The tendon's length is the travel of one finger, half the width.
        self._data.ctrl[self._franka.gripper_actuator] = 0.5 * self._target_m

    def _advance(self, command: FingerMotion, now_s: float) -> None:
        config, stage, width = self._config, command.stage, self.width_m
        # Past blocked fingers the target runs on until the servo presses with the whole force.
        overshoot = 2.0 * self._drive_force(stage.force_n) / config.stiffness
        end = stage.target_m - overshoot if stage.until_blocked else stage.target_m
        step = stage.speed_m_s * self._step_s
        self._target_m += float(np.clip(end - self._target_m, -step, step))
        self._target_m = max(self._target_m, width - overshoot)

        if self._started_s < 0.0:
            self._started_s = now_s
        elapsed = now_s - self._started_s
        if abs(self.speed_m_s) > config.stalled_speed or elapsed < config.stalled_time:
            self._still_since_s = None
        elif self._still_since_s is None:
            self._still_since_s = now_s
        still = (
            self._still_since_s is not None and now_s - self._still_since_s >= config.stalled_time
        )
        if stage.until_blocked:
            if still and self._has_force(stage):
                self._finish_stage(command)
        elif still and abs(width - stage.target_m) <= config.width_tolerance:
            self._finish_stage(command)
        elif still and self._has_force(stage):
            self._end(HandState.FAILED, f"the fingers are blocked at {width:.4f} m")
        allowed = config.max_width / stage.speed_m_s + config.command_timeout
        if self._command is command and elapsed > allowed:
            self._end(HandState.FAILED, f"not done after {allowed:g} s")

    def _has_force(self, stage: _Stage) -> bool:
        applied = abs(float(self._data.actuator_force[self._franka.gripper_actuator]))
        return applied >= _FORCE_REACHED * self._drive_force(stage.force_n)

    def _finish_stage(self, command: FingerMotion) -> None:
        if command.next_stage():
            self._begin_stage(command)
            return
        if command.window_m is not None:
            low, high = command.window_m
            if not low <= self.width_m <= high:
                self._end(
                    HandState.FAILED,
                    f"grasp failed: the fingers stopped at {self.width_m:.4f} m, outside "
                    f"{low:.4f} to {high:.4f} m",
                )
                return
        self._end(HandState.SUCCEEDED, "")

    def _start(
        self, stages: list[_Stage], window_m: tuple[float, float] | None = None
    ) -> FingerMotion:
        self._end(HandState.FAILED, "preempted by a new gripper command")
        self._command = FingerMotion(stages, window_m)
        self._begin_stage(self._command)
        return self._command

    def _begin_stage(self, command: FingerMotion) -> None:
        self._target_m = self.width_m
        self._started_s = -1.0
        self._still_since_s = None
        self._set_force(command.stage.force_n)

    def _end(self, state: HandState, error: str) -> None:
        if self._command is not None:
            self._command.state = state
            self._command.error = error
            self._command = None

    def _checked(self, width_m: float, speed_m_s: float) -> tuple[float, float]:
        config = self._config
        if not (np.isfinite(width_m) and 0.0 <= width_m <= config.max_width + 1e-6):
            raise invalid_command(f"the width {width_m} m", f"0 to {config.max_width:g} m")
        if not (np.isfinite(speed_m_s) and speed_m_s > 0.0):
            raise invalid_command(f"the speed {speed_m_s} m/s", f"0 to {config.max_speed:g} m/s")
        return min(width_m, config.max_width), min(speed_m_s, config.max_speed)

    def _configure_drive(self) -> None:
        model, actuator = self._franka.model, self._franka.gripper_actuator
        model.actuator_gaintype[actuator] = mujoco.mjtGain.mjGAIN_FIXED
        model.actuator_biastype[actuator] = mujoco.mjtBias.mjBIAS_AFFINE
        model.actuator_gainprm[actuator, 0] = self._config.stiffness
        stiffness, damping = self._config.stiffness, self._config.damping
        model.actuator_biasprm[actuator, :3] = (0.0, -stiffness, -damping)
        model.actuator_ctrllimited[actuator] = 0
        model.actuator_forcelimited[actuator] = 1

    def _set_force(self, force_n: float) -> None:
        limit = self._drive_force(force_n)
        self._franka.model.actuator_forcerange[self._franka.gripper_actuator] = (-limit, limit)

    def _drive_force(self, force_n: float) -> float:
        """Force along the tendon, of which each finger gets half, its friction included."""
        friction = self._franka.model.dof_frictionloss[self._franka.finger_dofs].sum()
        return float(2.0 * force_n + friction)
