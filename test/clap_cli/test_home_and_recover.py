"""``./clap home`` and ``./clap recover`` ask the robot of the stack that is meant."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any

import pytest
from rclpy.action import ActionServer
from std_srvs.srv import Trigger

from clap_cli.__main__ import main
from clap_cli.stack import Client
from clap_msgs.action import ExecuteTask
from franka_msgs.action import Homing


class PlayedArm:
    """What a stack in a namespace serves; each name can be told to fail."""

    def __init__(self, namespace: str) -> None:
        self._client = Client("task_executive", namespace=namespace)
        node = self._client.node
        self.asked: list[str] = []
        self.hand_error = ""
        self.arm_error = ""
        self._task = ActionServer(node, ExecuteTask, "task_executive/execute_task", lambda _: None)
        self._homing = ActionServer(node, Homing, "franka_gripper/homing", self._home)
        node.create_service(Trigger, "franka_executor/recover", self._recover)

    def __enter__(self) -> PlayedArm:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._task.destroy()
        self._homing.destroy()
        self._client.close()

    def _home(self, handle: Any) -> Homing.Result:
        self.asked.append("home")
        (handle.abort if self.hand_error else handle.succeed)()
        return Homing.Result(success=not self.hand_error, error=self.hand_error)

    def _recover(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self.asked.append("recover")
        response.success, response.message = not self.arm_error, self.arm_error
        return response


@pytest.fixture
def arms() -> Iterator[dict[str, PlayedArm]]:
    with PlayedArm("left") as left, PlayedArm("right") as right:
        yield {"left": left, "right": right}


@pytest.mark.parametrize("command", ["home", "recover"])
def test_the_named_arm_is_asked_and_no_other(arms: dict[str, PlayedArm], command: str) -> None:
    assert main([command, "--namespace", "right"]) == 0
    assert (arms["left"].asked, arms["right"].asked) == ([], [command])


@pytest.mark.parametrize("command", ["home", "recover"])
def test_of_two_arms_none_is_asked_unless_it_is_named(
    arms: dict[str, PlayedArm], command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command]) != 0
    assert "--namespace" in capsys.readouterr().err
    assert not arms["left"].asked and not arms["right"].asked


def test_why_it_was_not_done_is_said(
    arms: dict[str, PlayedArm], capsys: pytest.CaptureFixture[str]
) -> None:
    arms["left"].hand_error = "the fingers are blocked"
    assert main(["home", "--namespace", "left"]) != 0
    assert "the fingers are blocked" in capsys.readouterr().err
    arms["left"].arm_error = "the user stop is pressed. Release it"
    assert main(["recover", "--namespace", "left"]) != 0
    assert "the user stop is pressed. Release it" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["home", "recover"])
def test_where_nothing_runs_it_says_how_to_start(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command]) != 0
    assert "./clap launch" in capsys.readouterr().err
