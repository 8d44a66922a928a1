"""``clap bench fci``: does the FCI driver keep its cycles while the computer is busy?"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console

from clap_cli.simulated_fci import SimulatedFci
from clap_core.errors import ClapError, ErrorCode
from clap_franka.fci.arm import FciArmDriver
from clap_franka.fci.arm_process import run_arm
from clap_franka.fci.config import FciConfig
from clap_franka.motion.follower import Ending, Execution
from clap_franka.motion.goal import RequestPoint, TrajectoryRequest
from clap_franka.robot import RobotMode

HELP = """Drive franka-sim, which speaks the robot's protocol, with the FCI driver while every core
is kept busy: the share of commands in time (success_rate, 1 is all), how far the arm is from
what is commanded (path_error_rad), and how long a cancelled motion takes to stop (stop_s).
franka-sim is installed into an environment of its own at the first time."""

MOTION_S, STEP_RAD = 1.5, 0.3
TIMEOUT_S = 60.0
SETTLED_S = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--motions", type=int, default=10, help="how many (%(default)s)")
    parser.add_argument("--idle", action="store_true", help="without keeping the cores busy")
    parser.add_argument("--json", action="store_true", help="print only the JSON line")


def run(args: argparse.Namespace) -> int:
    """Run the measurement; its last line of output is JSON."""
    cores = 0 if args.idle else os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder:
        robot = SimulatedFci(Path(folder))
        try:
            config = FciConfig(robot_ip=robot.address, answer_timeout=TIMEOUT_S)
            arm = FciArmDriver(config, run_arm, lambda: 0.0, lambda *_: None)
            try:
                _until(arm, lambda: arm.connected)
                with _busy(cores):
                    figures = measure(arm, args.motions)
            finally:
                arm.end()
        finally:
            robot.end()
    figures["busy_cores"] = cores
    if not args.json:
        Console(highlight=False).print(
            f"{args.motions} motions with {cores} busy cores: {figures['success_rate']:.4f} of the "
            f"commands in time, {figures['path_error_rad']:.4f} rad off at most, "
            f"stopped in {figures['stop_s']:.2f} s"
        )
    print(json.dumps(figures))
    return 0


def measure(arm: FciArmDriver, motions: int) -> dict[str, float]:
    """Move to and fro, then stop in the middle of a longer motion.

    Returns:
        ``success_rate`` (mean over all motions), ``lowest_success_rate`` (of 100 commands in a
        row), ``path_error_rad``, ``stop_s``.

    Raises:
        ClapError: TRAJECTORY_ABORTED, a motion failed.
    """
    rates: list[float] = []
    errors = [0.0]

    def moved(execution: Execution, began_s: float) -> bool:
        errors.append(float(np.abs(arm.setpoint.position - arm.position).max()))
        state = arm.state()
        # It is 0 between motions, and over the last 100 commands.
        if state.mode is RobotMode.MOVE and time.monotonic() - began_s > SETTLED_S:
            rates.append(state.success_rate)
        return execution.outcome is not None

    for number in range(motions):
        execution = _start(arm, STEP_RAD * (-1) ** number, MOTION_S)
        _until(arm, partial(moved, execution, time.monotonic()))
        _succeeded(execution)
    execution = _start(arm, STEP_RAD * (-1) ** motions, 2.0 * MOTION_S)
    start = arm.setpoint.position.copy()
    _until(arm, lambda: np.abs(arm.setpoint.position - start).max() > 0.5 * STEP_RAD)
    cancelled = time.monotonic()
    arm.cancel(execution, 0.0)
    _until(arm, lambda: execution.outcome is not None)
    return {
        "success_rate": float(np.mean(rates)),
        "lowest_success_rate": min(rates),
        "path_error_rad": max(errors),
        "stop_s": time.monotonic() - cancelled,
    }


def _start(arm: FciArmDriver, offset: float, seconds: float) -> Execution:
    target = arm.setpoint.position + offset * np.eye(7)[0]
    still = (0.0,) * 7
    points = [RequestPoint(seconds, target.tolist(), still, still)]
    names = [f"{arm.arm_id}_joint{i}" for i in range(1, 8)]
    return arm.start_trajectory(TrajectoryRequest(names, points), time.monotonic())


def _succeeded(execution: Execution) -> None:
    outcome = execution.outcome
    if outcome is None or outcome.ending is not Ending.SUCCEEDED:
        raise ClapError(
            ErrorCode.TRAJECTORY_ABORTED,
            "a motion failed" if outcome is None else outcome.reason,
            "End what else keeps this computer busy, then measure again",
        )


def _until(arm: FciArmDriver, done: Callable[[], bool]) -> None:
    end = time.monotonic() + TIMEOUT_S
    while not done():
        arm.update()
        if time.monotonic() > end:
            raise arm.refusal() or ClapError(
                ErrorCode.TIMEOUT, f"nothing came for {TIMEOUT_S:g} s", "Measure again"
            )
        time.sleep(0.002)


@contextmanager
def _busy(cores: int) -> Iterator[None]:
    """So many processes that do nothing but compute."""
    context = multiprocessing.get_context("spawn")
    burners = [context.Process(target=_burn, daemon=True) for _ in range(cores)]
    for burner in burners:
        burner.start()
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.join()


def _burn() -> None:
    while True:
        sum(range(10_000))
