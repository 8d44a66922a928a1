"""The whole chain of ``./clap say`` on the FCI: robot.launch.yaml drives franka-sim's arm.

libfranka is the real one; no robot was there. franka-sim has an arm and fingers but no table and no
cameras: these are rendered around the arm that it tells of.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from rendered_cameras import JOINTS, RenderedCameras
from sensor_msgs.msg import JointState

from clap_cli.__main__ import main
from clap_cli.simulated_fci import SimulatedFci
from clap_cli.stack import LaunchedStack
from clap_core.robot.kinematics import ArmKinematics
from clap_core.robot.specification import arm_specification
from clap_msgs.action import ExecuteTask
from clap_msgs.msg import KeyAction

pytest.importorskip("pylibfranka", reason="./clap setup --with fci installs it")
pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
PICK = "pick up the red mug"
EVENT_TIMEOUT_S = 60.0
SENTENCE_TIMEOUT_S = 120.0
MOVING_RAD_S = 0.1
STILL_RAD = 1e-3
"""franka-sim's last joint trembles by a tenth of that while it stands."""
STILL_FOR_S = 0.3
ARRIVED_M = 0.005
SHORT_OF_IT_M = 0.02
CARTESIAN_REFLEX = 6
"""research_interface::robot::Error"""

Sample = tuple[float, np.ndarray, np.ndarray]
"""When the robot told it (s), [7] rad, [7] rad/s."""


class FciStack:
    """The stack on franka-sim, and what is heard of it over ROS."""

    def __init__(self, robot: SimulatedFci, stack: LaunchedStack, cameras: RenderedCameras) -> None:
        self.robot, self.stack, self.cameras = robot, stack, cameras
        self.samples: list[Sample] = []
        self.actions: list[KeyAction] = []
        self._heard = threading.Condition()
        self._kinematics = ArmKinematics(arm_specification("fr3"))
        node = stack.node
        node.create_subscription(JointState, "/franka/joint_states", self._on_joints, 50)
        feedback = "/task_executive/execute_task/_action/feedback"
        node.create_subscription(ExecuteTask.Impl.FeedbackMessage, feedback, self._on_feedback, 50)

    def _on_joints(self, message: JointState) -> None:
        places = [message.name.index(joint) for joint in JOINTS]
        stamp = message.header.stamp
        sample = (
            stamp.sec + 1e-9 * stamp.nanosec,
            np.array(message.position)[places],
            np.array(message.velocity)[places],
        )
        with self._heard:
            self.samples.append(sample)
            self._heard.notify_all()

    def _on_feedback(self, message: Any) -> None:
        action = message.feedback.action
        if message.feedback.stage == "acting" and action.motion != KeyAction.MOTION_NONE:
            self.actions.append(action)

    def wait(self, done: Callable[[list[Sample]], bool], what: str) -> list[Sample]:
        """What comes from now on, until that is enough."""
        end = time.monotonic() + EVENT_TIMEOUT_S
        with self._heard:
            first = len(self.samples)
            while not done(self.samples[first:]):
                assert self._heard.wait(end - time.monotonic()), f"never came: {what}"
            return self.samples[first:]

    def until_moving(self) -> None:
        self.wait(lambda new: any(np.abs(s[2]).max() > MOVING_RAD_S for s in new), "motion")

    def moves_before(self, sentence: Sentence) -> bool:
        """Whether the arm begins to move before a sentence ends."""

        def done(new: list[Sample]) -> bool:
            return not sentence.runs or any(np.abs(s[2]).max() > MOVING_RAD_S for s in new)

        self.wait(done, "motion or the sentence's end")
        return sentence.runs

    def assert_still(self) -> None:
        """No joint moves for a while from now on."""
        new = self.wait(lambda new: bool(new) and new[-1][0] - new[0][0] > STILL_FOR_S, "states")
        moved = max(float(np.abs(sample[1] - new[0][1]).max()) for sample in new)
        assert moved < STILL_RAD

    def tcp(self) -> np.ndarray:
        """[3] where the joints that are told now put the fingertips, metres."""
        sample = self.wait(bool, "joint states")[-1]
        return self._kinematics.forward(sample[1])[:3, 3]

    def short_of_it(self) -> float:
        """How far the fingertips are from where the last motion was to end, metres."""
        asked = self.actions[-1].target.position
        return float(np.linalg.norm(self.tcp() - [asked.x, asked.y, asked.z]))


class Sentence:
    """``./clap say`` as a process."""

    def __init__(self, *words: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "clap_cli", "say", "--json", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def end(self) -> tuple[int, dict[str, Any]]:
        """Exit status and what it told."""
        out, story = self._process.communicate(timeout=SENTENCE_TIMEOUT_S)
        assert out, story
        return self._process.returncode, json.loads(out)


@pytest.fixture(scope="module")
def fci(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FciStack]:
    folder = tmp_path_factory.mktemp("fci")
    config = yaml.safe_load((ROOT / "config/robot.yaml").read_text())
    # Slowly, as in docs/robot.md: a motion lasts longer than it takes to say --stop.
    config["/**/franka_executor"]["ros__parameters"] |= {
        "motion.tcp_speed_m_s": 0.15,
        "motion.joint_velocity_fraction": 0.15,
        # The robot's computer is this one, which may be busy: its milliseconds take longer then.
        "supervision.duration_factor": 10.0,
        "supervision.state_timeout_s": 10.0,
    }
    config["/**/fci_driver"] = {"ros__parameters": {"answer_timeout": 20.0}}
    for node in ("keypoint", "policy"):
        config[f"/**/{node}"] = {"ros__parameters": {"scene.cloud_timeout_s": 20.0}}
    file = folder / "robot.yaml"
    file.write_text(yaml.safe_dump(config))
    profile = str(ROOT / "config/fastdds.xml")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE"):
            patch.setenv(name, profile)  # pictures are larger than the default's memory
        robot = SimulatedFci(folder)
        arguments = {
            "driver": "fci",
            "robot_ip": robot.address,
            "config": str(file),
            "discovery": os.environ.get("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST"),
            "planner_backend": "baseline",
            "encoder_backend": "''",
        }
        stack = LaunchedStack("robot", arguments, folder / "stack.log", use_sim_time=False)
        try:
            with stack, RenderedCameras(stack.node, "tabletop", 1) as cameras:
                yield FciStack(robot, stack, cameras)
        finally:
            robot.end()


def test_stopping_in_mid_motion_stops_the_arm(fci: FciStack) -> None:
    sentence = Sentence(PICK)
    fci.until_moving()
    assert main(["say", "--stop"]) == 0
    fci.assert_still()
    status, told = sentence.end()
    assert status == 1 and told["error_code"] == "CANCELED", told
    assert fci.short_of_it() > SHORT_OF_IT_M


def test_the_user_stop_ends_the_sentence_with_its_cure(fci: FciStack) -> None:
    sentence = Sentence(PICK)
    fci.until_moving()
    fci.robot.order("user_stop")
    _, told = sentence.end()
    assert told["error_code"] == "ROBOT_NOT_READY", told
    assert "user stopped" in told["error_msg"] and "Release the user stop" in told["error_msg"]
    fci.assert_still()
    assert fci.short_of_it() > SHORT_OF_IT_M
    fci.robot.order("release")


def test_reflexes_end_the_sentence_and_the_arm_moves_again_after_recovery(
    fci: FciStack, capfd: pytest.CaptureFixture[str]
) -> None:
    sentence = Sentence(PICK)
    reflexes = 0
    while sentence.runs:  # it recovers by itself, but not for ever
        if fci.moves_before(sentence):
            fci.robot.order("error", CARTESIAN_REFLEX)
            reflexes += 1
    status, told = sentence.end()
    assert reflexes > 1 and status == 1
    assert told["error_code"] == "ROBOT_REFLEX" and "./clap recover" in told["error_msg"], told
    fci.assert_still()

    assert main(["recover"]) == 0
    assert "recovered" in capfd.readouterr().out

    before = fci.cameras.place("red_mug")
    status, told = Sentence(PICK).end()
    assert status == 0, told
    assert fci.short_of_it() < ARRIVED_M
    assert fci.cameras.carried == "red_mug"
    assert fci.cameras.place("red_mug")[2] > before[2] + 0.05
