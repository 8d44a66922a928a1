"""What a motion, an opening and a grasp mean, on a robot that notes what it is told."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import tool_down
from clap_core.robot.config import ContactConfig, GripperConfig
from clap_core.robot.key_actions import ContactSense, GripOutcome, KeyActionExecutor
from clap_core.robot.planner import MotionPlanner
from clap_core.robot.specification import HOME, arm_specification
from clap_core.robot.trajectory import Trajectory
from clap_core.task_types import GripperCommand, KeyAction, Motion

PLANNER = MotionPlanner(arm_specification("fr3"))
CONFIG = GripperConfig()
THERE = tool_down((0.5, 0.1, 0.4))
GRASP = KeyAction(THERE, Motion.NONE, GripperCommand.GRASP)


@dataclass
class NotingRobot:
    grip: GripOutcome = field(default_factory=lambda: GripOutcome(0.05, True))
    told: list[tuple[object, ...]] = field(default_factory=list)

    def start_joints(self) -> np.ndarray:
        return np.array(HOME)

    def follow(self, trajectory: Trajectory, until_contact: bool) -> None:
        self.told.append(("follow", until_contact))
        end = PLANNER.kinematics.forward(trajectory.positions[-1])
        np.testing.assert_allclose(end, THERE, atol=1e-3)

    def move_fingers(self, width_m: float, speed_m_s: float) -> None:
        self.told.append(("move_fingers", width_m, speed_m_s))

    def close_fingers(self, force_n: float, speed_m_s: float) -> GripOutcome:
        self.told.append(("close_fingers", force_n, speed_m_s))
        return self.grip


def run(action: KeyAction, robot: NotingRobot | None = None) -> list[tuple[object, ...]]:
    robot = robot or NotingRobot()
    KeyActionExecutor(PLANNER, robot, CONFIG).execute(action)
    return robot.told


@pytest.mark.parametrize("motion", [Motion.JOINT, Motion.LINEAR, Motion.GUARDED])
def test_it_moves_first_and_then_uses_the_gripper(motion: Motion) -> None:
    told = run(KeyAction(THERE, motion, GripperCommand.OPEN, width_m=0.03))
    assert told == [
        ("follow", motion is Motion.GUARDED),
        ("move_fingers", 0.03, CONFIG.speed_m_s),
    ]


def test_nothing_moves_that_is_there_already() -> None:
    here = PLANNER.kinematics.forward(np.array(HOME))
    assert run(KeyAction(here, Motion.LINEAR)) == []


@pytest.mark.parametrize(("asked_n", "used_n"), [(0.0, CONFIG.default_force_n), (35.0, 35.0)])
def test_a_grasp_uses_the_force_asked_for_or_the_configured_one(
    asked_n: float, used_n: float
) -> None:
    assert run(replace(GRASP, force_n=asked_n)) == [("close_fingers", used_n, CONFIG.speed_m_s)]


@pytest.mark.parametrize(
    ("grip", "least_m", "words"),
    [
        (GripOutcome(0.0, True), 0.0, "nothing between the fingers"),
        (GripOutcome(CONFIG.min_object_width_m, True), 0.0, "nothing between the fingers"),
        (GripOutcome(0.02, True), 0.02, "wider than 20.0 mm"),
        (GripOutcome(0.05, False, "it slipped"), 0.0, "could not hold .* 50.0 mm: it slipped"),
    ],
)
def test_a_grasp_that_holds_nothing_has_failed(
    grip: GripOutcome, least_m: float, words: str
) -> None:
    with pytest.raises(ClapError, match=words) as caught:
        run(replace(GRASP, width_m=least_m), NotingRobot(grip))
    assert caught.value.code is ErrorCode.GRASP_FAILED


@pytest.mark.parametrize(
    "change", [{"width_m": 0.09}, {"width_m": -0.01}, {"width_m": np.nan}, {"force_n": 200.0}]
)
def test_what_the_hand_cannot_do_is_refused_before_anything_moves(
    change: dict[str, float],
) -> None:
    robot = NotingRobot()
    with pytest.raises(ClapError) as caught:
        run(replace(GRASP, motion=Motion.LINEAR, **change), robot)
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert robot.told == []


def test_a_cancel_while_it_plans_moves_nothing() -> None:
    robot, phases = NotingRobot(), list[str]()
    executor = KeyActionExecutor(PLANNER, robot, CONFIG)
    with pytest.raises(ClapError) as caught:
        executor.execute(replace(GRASP, motion=Motion.LINEAR), lambda: True, phases.append)
    assert caught.value.code is ErrorCode.CANCELED
    assert (robot.told, phases) == ([], ["planning"])


def test_contact_is_a_change_of_force_that_lasts() -> None:
    sense = ContactSense(ContactConfig(force_n=8.0, samples=2), np.array([0.0, 0.0, -5.0]))
    strong, weak = np.array([0.0, 0.0, 4.0]), np.array([0.0, 0.0, 2.0])
    felt = [sense.feels(force) for force in (weak, strong, weak, strong, strong)]
    assert felt == [False, False, False, False, True]
