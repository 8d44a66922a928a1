"""The stack on two computers: a slow cable that loses frames between them, and two clocks."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
from two_computers import Cable, Computer, until, why_not

from shifted_clock import build_clock

pytestmark = [
    pytest.mark.system,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]

DELAY_S = 0.02
"""One way; a WLAN or a far wing of the building, not a cable of the same room."""
LOSS = 0.005
"""Of the frames. A cloud has hundreds of them."""
CLOCK_SHIFT_S = 0.3
SENTENCE = "put the red mug next to the plate"
STILL_RAD_S = 0.02
ERROR = 2
ACTIVE_TIMEOUT_S = 90.0
NOTICED_S = 30.0
TASK_TIMEOUT_S = 150.0
ARGUMENTS = {"discovery": "SUBNET", "camera_rate": "3.0", "real_time_factor": "1.0"}


class Lab:
    """A robot's computer, one that thinks, and what is between them."""

    def __init__(self, folder: Any) -> None:
        clock = build_clock(folder)
        self.robot = Computer("robot", "10.77.0.1", folder, 0.0, clock)
        self.thinking = Computer("thinking", "10.77.0.2", folder, CLOCK_SHIFT_S, clock)
        self.cable = Cable(self.robot, self.thinking, DELAY_S, LOSS)

    def wait_until_active(self) -> None:
        """Both managers say that both halves are."""
        for computer, manager in (
            (self.robot, "lifecycle_manager"),
            (self.thinking, "thinking_manager"),
        ):
            until(
                lambda c=computer, m=manager: c.is_active(m)["yes"],
                ACTIVE_TIMEOUT_S,
                lambda c=computer, m=manager: f"{c.is_active(m)}\n{c.output()}",
            )

    def wait_until_still(self) -> None:
        """No joint has moved for a second."""

        def is_still() -> bool:
            self.robot.ask({"ask": "speed"})
            time.sleep(1.0)
            speed = self.robot.ask({"ask": "speed"})
            return speed["samples"] > 5 and speed["fastest_rad_s"] < STILL_RAD_S

        until(is_still, NOTICED_S, lambda: "the arm moves")

    def error_of(self, computer: Computer, node: str) -> str:
        """The message of a node's health as an error; empty if it has none."""
        health = computer.ask({"ask": "health", "node": node})
        return str(health["message"]) if health["level"] == ERROR else ""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    it = Lab(tmp_path_factory.mktemp("lab"))
    yield it
    it.cable.remove()
    for computer in (it.robot, it.thinking):
        computer.switch_off()


@pytest.fixture(scope="module")
def robot_alone(lab: Lab) -> dict[str, Any]:
    """What came of a sentence while the thinking computer was off."""
    lab.robot.launch(computer="robot", **ARGUMENTS)
    until(
        lambda: (
            "waiting for" in lab.robot.is_active("lifecycle_manager")["message"]
            and "other computer" in lab.robot.is_active("lifecycle_manager")["message"]
        ),
        ACTIVE_TIMEOUT_S,
        lambda: f"{lab.robot.is_active('lifecycle_manager')}\n{lab.robot.output()}",
    )
    return answer_of(lab.robot.say(SENTENCE))


@pytest.fixture(scope="module")
def both(lab: Lab, robot_alone: dict[str, Any]) -> Lab:
    lab.thinking.launch(computer="thinking", **ARGUMENTS)
    lab.wait_until_active()
    return lab


def answer_of(said: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = said.communicate(timeout=TASK_TIMEOUT_S)
    assert out, err
    return {**json.loads(out), "story": err}


def test_without_the_thinking_half_a_sentence_is_refused_and_the_arm_stands_still(
    lab: Lab, robot_alone: dict[str, Any]
) -> None:
    assert robot_alone["error_code"] == "NODE_UNAVAILABLE", robot_alone
    assert "/task_planner/plan" in robot_alone["error_msg"]
    lab.wait_until_still()


def test_the_demo_succeeds_when_it_is_said_on_the_thinking_computer(both: Lab) -> None:
    before = json.loads(both.cable.tell("count"))
    answer = answer_of(both.thinking.say(SENTENCE))
    assert answer["success"], answer
    where = {"object": "red mug", "relation": "next_to", "reference": "plate"}
    assert both.robot.ask({"ask": "holds", "what": where})["yes"]
    after = json.loads(both.cable.tell("count"))
    assert after["lost"] - before["lost"] > 100, "the cable was better than it should be"


def test_each_computer_runs_its_half_and_nothing_of_the_others(both: Lab) -> None:
    """No torch where the robot is, neither simulator nor driver where the GPU is."""
    assert both.robot.libraries(r"libmujoco")
    assert not both.robot.libraries(r"libtorch")
    assert not both.thinking.libraries(r"libmujoco|libfranka")
    ours = r"/lib/clap_\w+/(\w+)"

    def nodes(computer: Computer) -> set[str]:
        return {m[1] for c in computer.processes() if (m := re.search(ours, c))}

    assert nodes(both.robot) == {
        "simulation", "cloud_fusion", "franka_executor", "task_executive", "lifecycle_manager",
    }  # fmt: skip
    assert nodes(both.thinking) == {
        "task_planner", "keypoint", "encoder", "policy", "lifecycle_manager",
    }  # fmt: skip


def test_a_cut_cable_ends_the_task_by_name_and_the_stack_is_whole_again_once_it_is_back(
    both: Lab,
) -> None:
    said = both.robot.say("pick up the red mug")
    both.robot.ask({"ask": "speed"})
    until(
        lambda: both.robot.ask({"ask": "speed"})["fastest_rad_s"] > 5 * STILL_RAD_S,
        NOTICED_S,
        lambda: f"the arm never moved: {said.poll()}",
    )
    both.cable.tell("cut")
    answer = answer_of(said)
    assert answer["error_code"] == "NODE_UNAVAILABLE", answer
    both.wait_until_still()
    for computer, manager in (
        (both.robot, "lifecycle_manager"),
        (both.thinking, "thinking_manager"),
    ):
        told = until(
            lambda c=computer, m=manager: both.error_of(c, m),
            NOTICED_S,
            lambda: "nobody says that the other half is lost",
        )
        assert "the other computer's half of the stack was lost" in told
        assert "whether the cable is in" in told
    both.cable.tell("join")
    both.wait_until_active()
    answer = answer_of(both.robot.say("pick up the red mug"))
    assert answer["success"], answer
