"""Faults of a running stack: a named error, the arm still, usable again without a restart."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from builtin_interfaces.msg import Duration
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import Point, Pose, Quaternion
from rcl_interfaces.srv import SetParameters
from rclpy.action import ActionClient
from rclpy.parameter import Parameter
from running_stack import EVENT_TIMEOUT_S, STILL_RAD_S, RunningStack
from std_srvs.srv import Trigger
from trajectory_msgs.msg import JointTrajectoryPoint

from clap_core.errors import ClapError, ErrorCode
from clap_msgs.action import ExecuteKeyAction
from clap_msgs.msg import KeyAction, SubTask
from clap_msgs.srv import FindKeypoint
from clap_ros.calls import call_service, run_action
from control_msgs.action import FollowJointTrajectory

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

CONFIG = Path(__file__).parents[2] / "config" / "sim.yaml"
CLOUD_TIMEOUT_S = 3.0
SCENE_CAMERAS = ["front", "left", "right"]
JOINTS = [f"fr3_joint{number}" for number in range(1, 8)]
INTO_THE_TABLE_RAD = [0.0, 1.2, 0.0, -1.6, 0.0, 2.2, 0.785]
SLOW_FACTOR = 0.1
"""Of real time: what would last two seconds lasts twenty."""
CANCELLED = "its motion on /fr3_arm_controller/follow_joint_trajectory is cancelled"
MOVING_RAD_S = 0.1
FAR_FROM_THE_MUG_M = (0.3, 0.45, 0.5)
PICK = "pick up the red mug"
PUT = "put the red mug next to the plate"


class FaultyStack(RunningStack):
    """A running stack with what these tests ask of it besides tasks."""

    def __init__(self, running: RunningStack) -> None:
        super().__init__(running.stack)
        node = self.stack.node
        self._find = node.create_client(FindKeypoint, "/keypoint/find")
        self._recover = node.create_client(Trigger, "/franka_executor/recover")
        self._set = node.create_client(SetParameters, "/simulation/set_parameters")
        self._execute = ActionClient(node, ExecuteKeyAction, "/franka_executor/execute")
        self._follow = ActionClient(
            node, FollowJointTrajectory, "/fr3_arm_controller/follow_joint_trajectory"
        )
        self._health: dict[str, dict[str, str]] = {}
        self._heard = threading.Condition()
        node.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 50)

    def set(self, name: str, value: Any) -> None:
        """Set a parameter of the simulation."""
        kind = Parameter.Type.STRING_ARRAY if isinstance(value, list) else None
        parameter = Parameter(name, kind, value).to_parameter_msg()
        request = SetParameters.Request(parameters=[parameter])
        answer = call_service(self._set, request, EVENT_TIMEOUT_S)
        assert answer.results[0].successful, answer.results[0].reason

    def find(self) -> FindKeypoint.Response:
        """Ask where the red mug is."""
        subtask = SubTask(action=SubTask.ACTION_APPROACH, object="red mug")
        return call_service(self._find, FindKeypoint.Request(subtask=subtask), EVENT_TIMEOUT_S)

    def recover(self) -> Trigger.Response:
        """Recover the robot, as an operator does."""
        return call_service(self._recover, Trigger.Request(), EVENT_TIMEOUT_S)

    def execute(self, **action: Any) -> ExecuteKeyAction.Result:
        """Send one key action straight to the executor."""
        point = action.pop("point", (0.4, 0.0, 0.4))
        down = Quaternion(x=1.0, y=0.0, z=0.0, w=0.0)
        target = Pose(position=Point(x=point[0], y=point[1], z=point[2]), orientation=down)
        goal = ExecuteKeyAction.Goal(action=KeyAction(target=target, speed_scale=1.0, **action))
        goal.header.frame_id = "base"
        return run_action(self._execute, goal, EVENT_TIMEOUT_S)[1]

    def follow(self, joints: list[float], seconds: int) -> FollowJointTrajectory.Result:
        """Send a trajectory past the executor and its checks."""
        goal = FollowJointTrajectory.Goal()
        goal.trajectory.joint_names = JOINTS
        goal.trajectory.points = [
            JointTrajectoryPoint(positions=joints, time_from_start=Duration(sec=seconds))
        ]
        return run_action(self._follow, goal, EVENT_TIMEOUT_S)[1]

    def wait_for_code(self, node: str, code: ErrorCode) -> None:
        """Wait until a node tells an error code on /diagnostics."""
        with self._heard:
            assert self._heard.wait_for(
                lambda: self._health.get(node, {}).get("error_code") == code.name, EVENT_TIMEOUT_S
            ), f"{node} never told {code.name}: {self._health.get(node)}"

    def is_still(self) -> None:
        """Assert that the arm stands still from now on."""
        self.joints.wait(lambda _, v: max(map(abs, v)) < STILL_RAD_S)

    def logged(self, text: str) -> int:
        """How often the stack has said something so far."""
        return self.stack.log.read_text().count(text)

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for a condition that no event tells of."""
        deadline = time.monotonic() + EVENT_TIMEOUT_S
        while not condition():
            assert time.monotonic() < deadline, f"waited too long until {what}"
            time.sleep(0.05)

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        with self._heard:
            for status in message.status:
                self._health[status.name] = {pair.key: pair.value for pair in status.values}
            self._heard.notify_all()


@pytest.fixture(scope="module")
def stack(
    start_stack: Callable[..., RunningStack], tmp_path_factory: pytest.TempPathFactory
) -> FaultyStack:
    config = yaml.safe_load(CONFIG.read_text())
    for node in ("/**/keypoint", "/**/encoder", "/**/policy"):
        config[node]["ros__parameters"]["scene.cloud_timeout_s"] = CLOUD_TIMEOUT_S
    path = tmp_path_factory.mktemp("config") / "faults.yaml"
    path.write_text(yaml.safe_dump(config))
    return FaultyStack(start_stack(scene="tabletop", seed=1, real_time_factor=1.0, config=path))


def check(answer: Any, code: ErrorCode, word: str = "") -> None:
    assert ErrorCode(answer.error_code) is code, answer.error_msg
    assert word in answer.error_msg
    if code is not ErrorCode.SUCCESS:
        assert answer.error_msg.count(".") >= 2, f"no cure in: {answer.error_msg}"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("faults.stopped_cameras", ErrorCode.CAMERA_STALE),
        ("faults.zero_depth_cameras", ErrorCode.DEPTH_INVALID),
    ],
)
def test_without_any_depth_nothing_moves(stack: FaultyStack, fault: str, code: ErrorCode) -> None:
    stack.set(fault, SCENE_CAMERAS)
    stack.wait_for_code("cloud_fusion", code)
    before = len(stack.joints.samples)
    check(stack.say(PICK), ErrorCode.CLOUD_STALE, "/scene/points")
    stack.assert_still(before)
    stack.set(fault, [""])
    stack.wait_for_code("cloud_fusion", ErrorCode.SUCCESS)
    check(stack.find(), ErrorCode.SUCCESS)


def test_one_camera_is_enough_to_see(stack: FaultyStack) -> None:
    stack.set("faults.stopped_cameras", SCENE_CAMERAS[1:])
    stack.wait_for_code("cloud_fusion", ErrorCode.CAMERA_STALE)
    check(stack.find(), ErrorCode.SUCCESS)
    stack.set("faults.stopped_cameras", [""])
    stack.wait_for_code("cloud_fusion", ErrorCode.SUCCESS)


def test_a_wrong_key_action_is_refused_and_a_right_one_done(stack: FaultyStack) -> None:
    joint = KeyAction.MOTION_JOINT
    check(stack.execute(motion=joint, point=(2.0, 0.0, 0.4)), ErrorCode.OUT_OF_WORKSPACE, "x = 2")
    check(stack.execute(motion=joint, point=(0.78, 0.5, 0.7)), ErrorCode.UNREACHABLE, "reach")
    check(stack.execute(motion=joint, point=(float("nan"), 0.0, 0.4)), ErrorCode.INVALID_REQUEST)
    check(stack.execute(motion=9), ErrorCode.INVALID_REQUEST, "9")
    check(stack.execute(gripper=KeyAction.GRIPPER_GRASP), ErrorCode.GRASP_FAILED, "nothing between")
    check(
        stack.execute(motion=joint, gripper=KeyAction.GRIPPER_OPEN, width_m=0.08),
        ErrorCode.SUCCESS,
    )


def test_the_user_stop_forbids_motion_until_it_is_released(stack: FaultyStack) -> None:
    stack.set("franka.user_stop", True)
    stack.wait_for_code("franka_executor", ErrorCode.ROBOT_NOT_READY)
    check(stack.execute(motion=KeyAction.MOTION_JOINT), ErrorCode.ROBOT_NOT_READY, "user stop")
    stack.set("franka.user_stop", False)
    stack.wait_for_code("franka_executor", ErrorCode.SUCCESS)
    check(stack.execute(motion=KeyAction.MOTION_JOINT), ErrorCode.SUCCESS)


def test_a_reflex_forbids_motion_until_recovery(stack: FaultyStack) -> None:
    assert stack.follow(INTO_THE_TABLE_RAD, 2).error_code != 0
    stack.wait_for_code("franka_executor", ErrorCode.ROBOT_REFLEX)
    stack.is_still()
    check(stack.execute(motion=KeyAction.MOTION_JOINT), ErrorCode.ROBOT_REFLEX, "recover")
    recovered = stack.recover()
    assert recovered.success, recovered.message
    check(stack.execute(motion=KeyAction.MOTION_JOINT), ErrorCode.SUCCESS)


@pytest.mark.parametrize(
    ("node", "stage", "service"),
    [
        ("task_planner", "planning", "/task_planner/plan"),
        ("keypoint", "grounding", "/keypoint/find"),
        ("policy", "looking", "/policy/predict"),
    ],
)
def test_a_node_killed_while_it_is_asked(
    stack: FaultyStack, node: str, stage: str, service: str
) -> None:
    launch = stack.stack.launch
    starts = launch.starts(node)
    launch.signal(node, signal.SIGSTOP)  # it cannot answer before it is killed
    killed = threading.Event()

    def on_feedback(feedback: Any) -> None:
        if feedback.stage == stage and not killed.is_set():
            killed.set()
            launch.signal(node, signal.SIGKILL)

    before = len(stack.joints.samples)
    result = stack.say(PICK, on_feedback=on_feedback)
    check(result, ErrorCode.NODE_UNAVAILABLE, service)
    stack.assert_still(before)
    stack.stack.wait_until_active()
    assert launch.starts(node) == starts + 1
    check(stack.find(), ErrorCode.SUCCESS)


def test_a_killed_task_executive_works_again_once_the_hand_is_free(stack: FaultyStack) -> None:
    launch = stack.stack.launch
    starts = launch.starts("task_executive")
    killed = threading.Event()

    def on_feedback(feedback: Any) -> None:
        # Straight up: wherever the arm stops, below it is where the mug stood before.
        if feedback.action.text == "lift it" and not killed.is_set():
            killed.set()
            launch.signal("task_executive", signal.SIGKILL)

    with pytest.raises(ClapError) as caught:
        stack.say(PUT, on_feedback=on_feedback)
    assert killed.is_set()
    assert caught.value.code is ErrorCode.NODE_UNAVAILABLE
    assert "/task_executive/execute_task" in caught.value.reason

    stack.stack.wait_until_active()
    assert launch.starts("task_executive") == starts + 1
    stack.is_still()
    before = len(stack.joints.samples)
    check(stack.say(PUT), ErrorCode.IMPOSSIBLE, "Say 'let go'")
    stack.assert_still(before)
    check(stack.say("let go"), ErrorCode.SUCCESS)
    check(stack.say(PUT), ErrorCode.SUCCESS)
    assert stack.holds("red mug", "next_to", "plate")


@pytest.mark.parametrize("end", [signal.SIGCONT, signal.SIGKILL])
def test_an_executor_that_stands_still_leaves_no_moving_arm(
    stack: FaultyStack, end: signal.Signals
) -> None:
    """Somebody else stops the arm, and the executor does not go on where it was."""
    far = stack.execute(motion=KeyAction.MOTION_JOINT, point=FAR_FROM_THE_MUG_M)
    check(far, ErrorCode.SUCCESS)
    launch = stack.stack.launch
    cancels = stack.logged(CANCELLED)
    starts = launch.starts("franka_executor")
    acting, stopped = threading.Event(), threading.Event()

    def stop_in_mid_motion() -> None:
        assert acting.wait(EVENT_TIMEOUT_S)
        # The motion lasts longer than it takes others to miss the executor.
        stack.set("real_time_factor", SLOW_FACTOR)
        stack.joints.wait(lambda _, v: max(map(abs, v)) > MOVING_RAD_S)
        launch.signal("franka_executor", signal.SIGSTOP)
        stopped.set()

    def on_feedback(feedback: Any) -> None:
        if feedback.stage == "acting":
            acting.set()

    stopper = threading.Thread(target=stop_in_mid_motion)
    stopper.start()
    try:
        result = stack.say(PICK, on_feedback=on_feedback)
        stopper.join(EVENT_TIMEOUT_S)
        assert stopped.is_set()
        check(result, ErrorCode.NODE_UNAVAILABLE, "/franka_executor/execute")
        stack.wait_until(lambda: stack.logged(CANCELLED) > cancels, "the motion is cancelled")
        stack.is_still()
    finally:  # the tests after this one need the executor whatever was found here
        since = len(stack.joints.samples)
        stack.set("real_time_factor", 1.0)
        launch.signal("franka_executor", end)

    stack.stack.wait_until_active()
    assert launch.starts("franka_executor") == starts + (end == signal.SIGKILL)
    stack.assert_still(since)
    # One that goes on finds out first that it stood still, and ends what it was doing.
    stack.wait_until(
        lambda: stack.execute(motion=KeyAction.MOTION_NONE).error_code != ErrorCode.BUSY,
        "the motion from before has ended",
    )
    check(stack.say("open the hand"), ErrorCode.SUCCESS)
    check(stack.execute(motion=KeyAction.MOTION_JOINT), ErrorCode.SUCCESS)


def test_a_killed_cloud_fusion_comes_back(stack: FaultyStack) -> None:
    stack.stack.launch.signal("cloud_fusion", signal.SIGKILL)
    check(stack.say(PICK), ErrorCode.CLOUD_STALE, "cloud_fusion")
    stack.is_still()
    stack.wait_for_code("cloud_fusion", ErrorCode.SUCCESS)
    stack.stack.wait_until_active()
    check(stack.say(PICK), ErrorCode.SUCCESS)


def test_without_the_simulation_all_end_and_say_why(stack: FaultyStack) -> None:
    # The last test of this file: it ends the stack.
    launch = stack.stack.launch
    labels = [process.label for process in launch.description.processes]
    pids = [pid for pid in map(launch.pid, labels) if pid is not None]
    assert len(pids) == len(labels)
    killed = threading.Event()

    def on_feedback(feedback: Any) -> None:
        if feedback.stage == "acting" and not killed.is_set():
            killed.set()
            launch.signal("simulation", signal.SIGKILL)

    try:
        result = stack.say(PICK, on_feedback=on_feedback)
        code, message = ErrorCode(result.error_code), result.error_msg
    except ClapError as error:
        code, message = error.code, error.message
    assert killed.is_set()
    # The executive may still tell, be gone before, or be told to end when nobody is left who could
    # confirm that the arm stopped.
    told = (ErrorCode.NODE_UNAVAILABLE, ErrorCode.CANCELED, ErrorCode.TIMEOUT)
    assert code in told, message
    assert message.count(".") >= 2, f"no cure in: {message}"
    assert launch.wait(EVENT_TIMEOUT_S)
    assert launch.return_code == 1
    assert "simulation has ended and is required" in stack.stack.log.read_text()
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []
