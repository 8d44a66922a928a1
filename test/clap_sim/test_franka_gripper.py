"""The simulated hand in the physics."""

from __future__ import annotations

import numpy as np
import pytest
from franka_bench import CUBE_M, Bench

from clap_core.errors import ClapError
from clap_franka.robot import HandState


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def around_cube(bench: Bench) -> Bench:
    """The open hand around the cube."""
    above = bench.joints_at(0.5, 0.0, 0.15)
    bench.go_to(above, 1.5)
    bench.go_to(bench.joints_at(0.5, 0.0, 0.5 * CUBE_M), 1.5)
    return bench


def test_a_move_takes_the_time_of_its_speed(bench: Bench) -> None:
    start_s = bench.now_s
    command = bench.finish(bench.robot.gripper.move(0.02, 0.03))
    assert command.state is HandState.SUCCEEDED
    assert bench.robot.gripper.width_m == pytest.approx(0.02, abs=1e-3)
    assert bench.now_s - start_s == pytest.approx(0.06 / 0.03, rel=0.15)


def test_the_speed_is_limited_to_that_of_the_hand(bench: Bench) -> None:
    start_s = bench.now_s
    bench.finish(bench.robot.gripper.move(0.0, 5.0))
    assert bench.now_s - start_s > 0.8


def test_homing_closes_and_opens(bench: Bench) -> None:
    widths = []
    command = bench.robot.gripper.homing()
    while command.state is HandState.RUNNING:
        bench.step()
        widths.append(bench.robot.gripper.width_m)
    assert command.state is HandState.SUCCEEDED
    assert min(widths) < 0.001
    assert widths[-1] == pytest.approx(0.08, abs=1e-3)


def test_a_grasp_of_nothing_fails(bench: Bench) -> None:
    command = bench.finish(bench.robot.gripper.grasp(0.05, 0.1, 30.0, 0.005, 0.005))
    assert command.state is HandState.FAILED
    assert "stopped at" in command.error


def test_a_cube_within_epsilon_is_grasped_held_and_lifted(around_cube: Bench) -> None:
    gripper = around_cube.robot.gripper
    command = around_cube.finish(gripper.grasp(CUBE_M, 0.1, 30.0, 0.005, 0.005))
    assert command.state is HandState.SUCCEEDED
    around_cube.go_to(around_cube.joints_at(0.5, 0.0, 0.2), 1.5)
    around_cube.run(1.0)
    assert around_cube.data.body("cube").xpos[2] > 0.19
    # Only its weight is felt, not the grip.
    assert around_cube.robot.forces.base_wrench[2] == pytest.approx(-0.98, abs=0.1)


@pytest.mark.parametrize(("width", "inner", "outer"), [(0.03, 0.005, 0.005), (0.07, 0.01, 0.005)])
def test_a_cube_outside_epsilon_is_a_failed_grasp(
    around_cube: Bench, width: float, inner: float, outer: float
) -> None:
    command = around_cube.finish(around_cube.robot.gripper.grasp(width, 0.1, 30.0, inner, outer))
    assert command.state is HandState.FAILED


@pytest.mark.parametrize("force", [10.0, 60.0])
def test_the_fingers_press_with_the_commanded_force(around_cube: Bench, force: float) -> None:
    around_cube.finish(around_cube.robot.gripper.grasp(CUBE_M, 0.1, force, 0.01, 0.01))
    around_cube.run(0.2)
    model, data = around_cube.model, around_cube.data
    finger = around_cube.robot.franka.fingers[0]
    pressed = 0.0
    for i in range(data.ncon):
        contact = data.contact[i]
        if finger in model.geom_bodyid[contact.geom]:
            wrench = np.zeros(6)
            _contact_force(around_cube, i, wrench)
            pressed += wrench[0]
    assert pressed == pytest.approx(force, rel=0.25)


def _contact_force(bench: Bench, index: int, wrench: np.ndarray) -> None:
    import mujoco

    mujoco.mj_contactForce(bench.model, bench.data, index, wrench)


def test_a_blocked_move_fails(around_cube: Bench) -> None:
    command = around_cube.finish(around_cube.robot.gripper.move(0.01, 0.1))
    assert command.state is HandState.FAILED
    assert "blocked" in command.error


def test_stop_ends_the_command_where_it_is(bench: Bench) -> None:
    command = bench.robot.gripper.move(0.0, 0.05)
    bench.run(0.5)
    bench.robot.gripper.stop()
    assert command.state is HandState.CANCELED
    width = bench.robot.gripper.width_m
    bench.run(0.5)
    assert bench.robot.gripper.width_m == pytest.approx(width, abs=2e-3)


def test_a_new_command_ends_the_running_one(bench: Bench) -> None:
    first = bench.robot.gripper.move(0.0, 0.05)
    bench.run(0.2)
    second = bench.finish(bench.robot.gripper.move(0.06, 0.1))
    assert first.state is HandState.FAILED and "preempted" in first.error
    assert second.state is HandState.SUCCEEDED


@pytest.mark.parametrize(
    ("width", "speed", "force", "epsilon"),
    [
        (0.09, 0.1, 10.0, 0.0),
        (-0.01, 0.1, 10.0, 0.0),
        (np.nan, 0.1, 10.0, 0.0),
        (0.05, 0.0, 10.0, 0.0),
        (0.05, 0.1, 100.0, 0.0),
        (0.05, 0.1, np.nan, 0.0),
        (0.05, 0.1, 10.0, -0.01),
    ],
)
def test_impossible_numbers_are_refused(
    bench: Bench, width: float, speed: float, force: float, epsilon: float
) -> None:
    with pytest.raises(ClapError, match="The hand takes"):
        bench.robot.gripper.grasp(width, speed, force, epsilon, epsilon)
    assert bench.robot.gripper.command is None
