"""The node `trajectory_hand` over ROS: a client of franka_gripper in front of it, and behind it a
FollowJointTrajectory server that moves a finger in time."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import rclpy
from action_msgs.msg import GoalStatus
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from finger_controller import DEADLINE_S, FingerController
from rclpy.action import ActionClient
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger

from control_msgs.action import GripperCommand
from franka_msgs.action import Grasp, Homing, Move


class HandClient:
    """The node as a process, its controller, and a client of both."""

    def __init__(self, arm_id: str = "fr3", namespace: str = "", **parameters: object) -> None:
        self.controller = FingerController(arm_id, namespace)
        self.namespace = namespace
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        self.client = Node("client", context=self.context)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.client)
        self.status: DiagnosticStatus | None = None
        self.fingers: JointState | None = None
        self.client.create_subscription(
            DiagnosticArray, f"{namespace}/diagnostics", self._on_status, 10
        )
        self.client.create_subscription(
            JointState, f"{namespace}/franka_gripper/joint_states", self._on_fingers, 10
        )
        given = {"arm_id": arm_id, "fingers.answer_timeout": 3.0, **parameters}
        words = [w for name, value in given.items() for w in ("-p", f"{name}:={value}")]
        command = [sys.executable, "-m", "clap_franka.trajectory_hand.node", "--ros-args", *words]
        if namespace:
            command += ["-r", f"__ns:={namespace}"]
        self.node = subprocess.Popen(command)
        self.actions = {
            kind: ActionClient(self.client, kind, f"{namespace}/franka_gripper/{name}")
            for kind, name in (
                (Homing, "homing"),
                (Move, "move"),
                (Grasp, "grasp"),
                (GripperCommand, "gripper_action"),
            )
        }
        self.stop = self.client.create_client(Trigger, f"{namespace}/franka_gripper/stop")
        self.until(lambda: all(a.server_is_ready() for a in self.actions.values()), "the actions")
        self.until(self.stop.service_is_ready, "the service")
        self.until(lambda: self.fingers, "the fingers' states")

    def close(self) -> None:
        self.node.terminate()
        self.node.wait(DEADLINE_S)
        self.executor.shutdown()
        for action in self.actions.values():
            action.destroy()
        self.client.destroy_node()
        rclpy.shutdown(context=self.context)
        self.controller.close()

    def _on_status(self, message: DiagnosticArray) -> None:
        if "trajectory_hand" in message.status[0].name:
            self.status = message.status[0]

    def _on_fingers(self, message: JointState) -> None:
        self.fingers = message

    def until(self, done: Callable[[], Any], what: str) -> None:
        end = time.monotonic() + DEADLINE_S
        while not done():
            assert time.monotonic() < end, f"deadline: {what}; {self.status}"
            self.executor.spin_once(timeout_sec=0.05)

    def send(self, goal: Any) -> Any:
        """The accepted goal's handle."""
        (kind,) = [kind for kind in self.actions if isinstance(goal, kind.Goal)]
        sent = self.actions[kind].send_goal_async(goal)
        self.until(sent.done, "the answer")
        assert sent.result().accepted, "franka_gripper takes every goal"
        return sent.result()

    def finished(self, handle: Any) -> tuple[int, Any]:
        """Status and result."""
        done = handle.get_result_async()
        self.until(done.done, "the result")
        return done.result().status, done.result().result

    def do(self, goal: Any) -> tuple[int, Any]:
        return self.finished(self.send(goal))

    @property
    def width_m(self) -> float:
        return 2.0 * self.controller.finger_m


@pytest.fixture
def hand() -> Iterator[HandClient]:
    hand = HandClient()
    yield hand
    hand.close()


def grasp(width: float, epsilon: float = 0.005) -> Grasp.Goal:
    goal = Grasp.Goal(width=width, speed=0.1, force=20.0)
    goal.epsilon.inner = goal.epsilon.outer = epsilon
    return goal


@pytest.mark.parametrize(("arm_id", "namespace"), [("fr3", ""), ("panda", "/left"), ("fer", "/r")])
def test_all_of_frankas_gripper_works_for_any_arm_in_any_namespace(
    arm_id: str, namespace: str
) -> None:
    hand = HandClient(arm_id, namespace)
    try:
        status, result = hand.do(Homing.Goal())
        assert (status, result.success) == (GoalStatus.STATUS_SUCCEEDED, True)
        status, result = hand.do(Move.Goal(width=0.03, speed=0.1))
        assert (status, result.success) == (GoalStatus.STATUS_SUCCEEDED, True)
        assert hand.width_m == pytest.approx(0.03, abs=0.003)
        goal = GripperCommand.Goal()
        goal.command.position = 0.04
        status, result = hand.do(goal)
        assert status == GoalStatus.STATUS_SUCCEEDED and result.reached_goal
        assert result.position == pytest.approx(0.08, abs=0.003), "the full width, as upstream"
        hand.controller.object_m = 0.05
        status, result = hand.do(grasp(0.05))
        assert (status, result.success) == (GoalStatus.STATUS_SUCCEEDED, True)
        names = [f"{arm_id}_finger_joint1", f"{arm_id}_finger_joint2"]
        hand.fingers = None
        hand.until(lambda: hand.fingers, "the fingers' states")
        assert hand.fingers is not None and hand.fingers.name == names
        assert list(hand.fingers.position) == pytest.approx([0.025, 0.025], abs=0.001)
        assert {joint for goal in hand.controller.joints for joint in goal} == {names[0]}
    finally:
        hand.close()


def test_a_grasp_of_another_size_or_of_nothing_fails_with_the_width(hand: HandClient) -> None:
    hand.controller.object_m = 0.05
    status, result = hand.do(grasp(0.03))
    assert (status, result.success) == (GoalStatus.STATUS_ABORTED, False)
    assert "the fingers stopped at 0.0500 m" in result.error
    hand.controller.object_m = 0.0
    status, result = hand.do(grasp(0.03))
    assert status == GoalStatus.STATUS_ABORTED and "outside 0.0250 to 0.0350" in result.error
    blocked = GripperCommand.Goal()
    blocked.command.position = 0.04
    assert hand.do(blocked)[0] == GoalStatus.STATUS_SUCCEEDED
    hand.controller.object_m = 0.05
    status, result = hand.do(Move.Goal(width=0.01, speed=0.1))
    assert status == GoalStatus.STATUS_ABORTED and "blocked at 0.0500" in result.error


def test_a_controller_with_a_tolerance_may_miss_the_end_of_a_grasp(hand: HandClient) -> None:
    hand.controller.behaviour = "miss"
    hand.controller.object_m = 0.05
    status, result = hand.do(grasp(0.05))
    assert (status, result.success) == (GoalStatus.STATUS_SUCCEEDED, True)


@pytest.mark.parametrize("by", ["cancel", "stop"])
def test_a_cancel_and_a_stop_leave_the_fingers_where_they_are(hand: HandClient, by: str) -> None:
    handle = hand.send(Move.Goal(width=0.0, speed=0.03))
    hand.until(lambda: hand.width_m < 0.07, "motion")
    if by == "cancel":
        handle.cancel_goal_async()
    else:
        answer = hand.stop.call_async(Trigger.Request())
        hand.until(answer.done, "the answer")
        assert answer.result().success
    status, result = hand.finished(handle)
    assert not result.success
    # A stop that came from elsewhere is no cancel of this goal: it aborts, as upstream.
    wanted = {"cancel": GoalStatus.STATUS_CANCELED, "stop": GoalStatus.STATUS_ABORTED}
    assert status == wanted[by]
    width = hand.width_m
    assert width > 0.03
    assert hand.do(Homing.Goal())[0] == GoalStatus.STATUS_SUCCEEDED


def test_a_cancel_before_the_controller_answered_is_kept(hand: HandClient) -> None:
    hand.controller.behaviour = "late"
    handle = hand.send(Move.Goal(width=0.0, speed=0.05))
    hand.until(hand.controller.asked.is_set, "the goal")
    handle.cancel_goal_async()
    hand.until(lambda: handle.status != GoalStatus.STATUS_EXECUTING, "the cancel")
    hand.controller.answers.set()
    assert hand.finished(handle)[0] == GoalStatus.STATUS_CANCELED
    assert hand.width_m > 0.07
    hand.controller.behaviour = "follow"
    assert hand.do(Move.Goal(width=0.05, speed=0.1))[1].success


@pytest.mark.parametrize(
    ("behaviour", "told"), [("refuse", "refused the goal"), ("abort", "ended the goal by itself")]
)
def test_a_controller_that_will_not_is_named_with_a_cure(
    hand: HandClient, behaviour: str, told: str
) -> None:
    hand.controller.behaviour = behaviour
    status, result = hand.do(Move.Goal(width=0.02, speed=0.1))
    assert status == GoalStatus.STATUS_ABORTED
    assert f"/fr3_hand_controller/follow_joint_trajectory {told}" in result.error
    assert "controller" in result.error.partition(told)[2], "the cure"


def test_a_controller_that_is_missing_is_named_and_may_come_back(hand: HandClient) -> None:
    hand.controller.unload()
    hand.until(
        lambda: hand.status is not None and hand.status.level == DiagnosticStatus.ERROR,
        "the diagnosis",
    )
    status, result = hand.do(Move.Goal(width=0.02, speed=0.1))
    assert status == GoalStatus.STATUS_ABORTED
    assert "no controller serves /fr3_hand_controller" in result.error and "Spawn" in result.error
    hand.controller.serve()
    hand.until(
        lambda: hand.status is not None and hand.status.level == DiagnosticStatus.OK,
        "the diagnosis",
    )
    assert hand.do(Move.Goal(width=0.02, speed=0.1))[1].success


@pytest.mark.parametrize(("tells", "told"), [("nothing", "last told of"), ("nan", "nan m")])
def test_silence_and_nonsense_on_the_way_end_the_goal(
    hand: HandClient, tells: str, told: str
) -> None:
    handle = hand.send(Move.Goal(width=0.0, speed=0.005))
    hand.until(lambda: hand.width_m < 0.079, "motion")
    hand.controller.tells = tells
    status, result = hand.finished(handle)
    assert status == GoalStatus.STATUS_ABORTED and told in result.error
    status, result = hand.do(Move.Goal(width=0.02, speed=0.1))
    assert status == GoalStatus.STATUS_ABORTED and told in result.error
    still = GripperCommand.Goal()  # to width 0: what is unknown is not taken for closed
    assert hand.do(still)[0] == GoalStatus.STATUS_ABORTED


def test_a_wrong_arm_ends_the_node_with_the_reason() -> None:
    command = [sys.executable, "-m", "clap_franka.trajectory_hand.node", "--ros-args"]
    done = subprocess.run(
        [*command, "-p", "arm_id:=ur5"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1 and "ur5" in done.stderr
