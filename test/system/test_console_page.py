"""``./clap console`` over the simulated stack, in a real browser."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rclpy.node import Node
from running_stack import STILL_RAD_S, RunningStack
from sensor_msgs.msg import JointState

from chromium import chromium

pytest.importorskip("uvicorn", reason="./clap setup installs it")

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(600)]

DEADLINE_MS = 60_000
TASK_MS = 240_000
MOVING_RAD_S = 0.15
STOP_WITHIN_S = 0.3
JOINT_STATE_PERIOD_S = 1.0 / 30.0
SENTENCE = "put the red mug next to the plate"
CAN = "put the green can next to the plate"
ENDED = "#task[data-state=done], #task[data-state=failed]"


class Console:
    """The command's process, and where it serves."""

    def __init__(self, log: Path) -> None:
        command = [sys.executable, "-u", "-m", "clap_cli", "console", "--port", "0"]
        self.log = log.open("w+")
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self.log, text=True, env=os.environ.copy()
        )
        assert self.process.stdout is not None
        self.said = []
        for line in self.process.stdout:
            self.said.append(line)
            if found := re.search(r"Open (http\S+)", line):
                self.address = found[1]
                return
        raise AssertionError(f"it did not start: {self.said} {log.read_text()}")

    def end(self) -> str:
        """Ctrl-C; what it says at its end."""
        self.process.send_signal(signal.SIGINT)
        out, _ = self.process.communicate(timeout=30)
        return out


@pytest.fixture(scope="module")
def stack(start_stack: Callable[..., RunningStack]) -> RunningStack:
    return start_stack(scene="tabletop", seed=0, real_time_factor=1.0)


@pytest.fixture(scope="module")
def console(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    made = Console(tmp_path_factory.mktemp("console") / "console.log")
    yield made
    if made.process.poll() is None:
        made.end()


class Clocks:
    """What the simulated time was at a time of the day."""

    def __init__(self, node: Node) -> None:
        self.samples: list[tuple[float, float]] = []
        node.create_subscription(JointState, "franka/joint_states", self._add, 10)

    def _add(self, message: JointState) -> None:
        stamp = message.header.stamp
        self.samples.append((time.time(), stamp.sec + stamp.nanosec * 1e-9))

    def simulated_at(self, day_s: float) -> float:
        """Simulated time of the last joint states before then [s]."""
        return max(simulated for day, simulated in self.samples if day <= day_s)


@pytest.fixture(scope="module")
def clocks(stack: RunningStack) -> Clocks:
    return Clocks(stack.stack.node)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as made:
        yield made


@pytest.fixture
def tab(browser: Any, console: Console) -> Iterator[Any]:
    """A page that has heard of the stack."""
    errors: list[str] = []
    made = open_page(browser, console, errors)
    yield made
    made.context.close()
    assert errors == []


def open_page(browser: Any, console: Console, errors: list[str]) -> Any:
    page = browser.new_context().new_page()
    page.set_default_timeout(DEADLINE_MS)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(console.address)
    page.wait_for_selector("#wrong:not([data-level=unknown])")
    return page


def type_sentence(tab: Any, sentence: str) -> None:
    tab.click("#sentence")
    tab.keyboard.type(sentence)
    tab.keyboard.press("Enter")


def is_moving(_: float, velocities: list[float]) -> bool:
    return max(map(abs, velocities)) > MOVING_RAD_S


def is_still(_: float, velocities: list[float]) -> bool:
    return max(map(abs, velocities)) < STILL_RAD_S


def test_the_demos_sentence_is_typed_and_the_mug_ends_beside_the_plate(
    stack: RunningStack, tab: Any
) -> None:
    type_sentence(tab, SENTENCE)
    tab.wait_for_selector("#steps li[data-state=running]")
    tab.wait_for_selector("figure svg circle", state="attached")
    assert "confidence" in tab.text_content("#facts")
    tab.wait_for_selector(ENDED, timeout=TASK_MS)
    assert tab.get_attribute("#task", "data-state") == "done", tab.text_content("#state")
    assert stack.holds("red mug", "next_to", "plate")
    assert tab.text_content("#instruction") == SENTENCE
    assert tab.locator("#steps li[data-state=done]").count() == 4
    tab.wait_for_selector("#facts dd:text-is('nothing')")  # is in the hand
    assert tab.input_value("#sentence") == ""


def test_it_shows_cameras_cloud_and_nodes(tab: Any) -> None:
    tab.wait_for_selector("#view[data-points]")
    assert int(tab.get_attribute("#view", "data-points")) > 5000
    for camera in ("front", "left", "right", "wrist"):
        tab.wait_for_selector(f"img[alt='what camera {camera} sees'][src]")
    tab.wait_for_selector("#health tr:nth-child(9)")
    nodes = tab.text_content("#health")
    for node in ("cloud_fusion", "keypoint", "policy", "task_executive", "simulation"):
        assert node in nodes
    assert re.search(r"\d+ %\s*\d+ MB", nodes), "CPU and memory of nodes on this computer"
    assert "rate_hz" in nodes
    tab.focus("#sentence")
    tab.wait_for_selector("#offers option[value='pick up the red mug']", state="attached")


def test_escape_stops_the_arm_in_mid_motion(stack: RunningStack, clocks: Clocks, tab: Any) -> None:
    tab.evaluate("""() => addEventListener("keydown", (event) => {
        document.body.dataset.pressed = performance.timeOrigin + event.timeStamp; }, true)""")
    type_sentence(tab, "pick up the blue bowl")
    stack.joints.wait(is_moving)
    tab.keyboard.press("Escape")
    still_at_s = stack.joints.wait(is_still)
    # When the key was pressed, not when the test's driver was asked to press it.
    asked_at_s = clocks.simulated_at(float(tab.get_attribute("body", "data-pressed")) / 1000.0)
    assert still_at_s - asked_at_s <= STOP_WITHIN_S + JOINT_STATE_PERIOD_S
    tab.wait_for_selector("#task[data-state=failed]")
    assert "CANCELED" in tab.text_content("#state")
    tab.wait_for_selector("#stopping", state="hidden")


def test_a_stop_over_a_lost_connection_arrives_when_it_is_back(
    stack: RunningStack, tab: Any
) -> None:
    type_sentence(tab, CAN)
    stack.joints.wait(is_moving)
    tab.context.set_offline(True)
    tab.click("#stop")
    tab.wait_for_selector("#stopping:visible")
    assert "user stop" in tab.text_content("#stopping")
    stack.joints.wait(is_moving)
    back_at_s = stack.joints.samples[-1][0]
    tab.context.set_offline(False)
    still_at_s = stack.joints.wait(is_still)
    assert still_at_s - back_at_s <= STOP_WITHIN_S + JOINT_STATE_PERIOD_S
    tab.wait_for_selector("#task[data-state=failed]")
    assert "CANCELED" in tab.text_content("#state")


def test_a_reload_and_a_second_browser_show_the_task_and_closing_stops_nothing(
    stack: RunningStack, console: Console, browser: Any, tab: Any
) -> None:
    first = open_page(browser, console, [])
    type_sentence(first, CAN)
    first.wait_for_selector("#steps li[data-state=running]")
    first.reload()
    first.wait_for_selector("#task[data-state=running] #steps li[data-state=running]")
    assert first.text_content("#instruction") == CAN
    first.context.close()
    assert tab.text_content("#instruction") == CAN
    stack.joints.wait(is_moving)
    assert tab.get_attribute("#task", "data-state") == "running"
    tab.click("#stop")
    tab.wait_for_selector("#task[data-state=failed]")
    assert "CANCELED" in tab.text_content("#state")


def test_a_task_of_another_program_is_shown_and_refused_ones_are_answered(
    stack: RunningStack, tab: Any
) -> None:
    result = stack.say("fly to the moon")
    assert result.error_code != 0
    tab.wait_for_selector("#state:has-text('IMPOSSIBLE')")
    type_sentence(tab, "put the red mug next to the elephant")
    tab.wait_for_selector(
        "#task[data-state=failed]:has-text('put the red mug next to the elephant')"
    )
    assert "OBJECT_NOT_FOUND" in tab.text_content("#state")
    assert "Seen" in tab.text_content("#state"), "what is seen is not named"


def test_a_dead_stack_and_a_dead_console_are_said_with_their_cures(
    stack: RunningStack, console: Console, tab: Any
) -> None:
    stack.stack.launch.shutdown()
    tab.wait_for_selector("#wrong[data-level=error]:has-text('nothing takes sentences')")
    type_sentence(tab, "pick up the red mug")
    tab.wait_for_selector("#answer:has-text('no stack is running')")
    assert "./clap launch sim" in tab.text_content("#answer")
    tab.click("#stop")
    tab.wait_for_selector("#stopping:has-text('Press the user stop')")
    console.end()
    assert console.process.returncode is not None
    tab.wait_for_selector("#wrong:has-text('lost its connection')")
    tab.click("#stop")
    tab.wait_for_selector("#stopping:has-text('has not arrived yet')")
