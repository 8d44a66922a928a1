"""The task_executive node, over real DDS with scripted neighbours."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from action_msgs.msg import GoalStatus
from diagnostic_msgs.msg import DiagnosticArray
from executive_bench import PUT, PUT_MOTIONS, Bench
from fake_stack import DEADLINE_S, HOLDING_M, OPEN_M, wait_until
from participants import participants
from rclpy.action import ActionClient
from rclpy.lifecycle import TransitionCallbackReturn

from clap_core.errors import ErrorCode
from clap_msgs.action import ExecuteKeyAction, ExecuteTask


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()


def test_a_closed_bench_leaves_no_participant() -> None:
    """Only 32 on one machine find each other: whatever comes after them would see nobody."""
    before = participants()
    bench = Bench()
    assert len(participants() - before) == 1
    bench.close()
    del bench
    gc.collect()
    assert not participants() - before


def test_obeys_a_sentence(bench: Bench) -> None:
    status, result = bench.say(PUT)

    assert (status, result.error_code) == (GoalStatus.STATUS_SUCCEEDED, ErrorCode.SUCCESS)
    assert bench.stack.motions == PUT_MOTIONS
    assert [outcome.subtask.text for outcome in result.subtasks] == PUT_MOTIONS
    assert result.subtasks[2].keypoint.label == "plate"
    assert result.subtasks[2].keypoint.header.frame_id == "base"
    assert result.subtasks[1].actions[0].text == "grasp the red mug"
    assert result.duration_s > 0.0

    stages = [message.stage for message in bench.feedback]
    assert stages[0] == "planning"
    assert stages[1:4] == ["grounding"] * 3
    assert stages[4:7] == ["looking", "acting", "done"]
    acting = next(message for message in bench.feedback if message.stage == "acting")
    assert (acting.index, acting.count, acting.subtask.action) == (0, 4, "approach")
    assert acting.keypoint.point.x == 0.5
    assert acting.action.text == "approach the red mug"


def test_where_a_push_leads_is_looked_for_and_told(bench: Bench) -> None:
    status, _ = bench.say("push the block towards the bowl")

    assert status == GoalStatus.STATUS_SUCCEEDED
    assert bench.stack.onward == [["bowl"]]


def test_what_stands_where_it_is_to_go_is_left_there(bench: Bench) -> None:
    bench.stack.already_so = {"move the red mug next to the plate"}
    status, result = bench.say(PUT)

    assert (status, result.error_code) == (GoalStatus.STATUS_SUCCEEDED, ErrorCode.SUCCESS)
    assert bench.stack.motions == []
    assert [outcome.attempts for outcome in result.subtasks] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("instruction", "code"),
    [
        ("", ErrorCode.EMPTY_INSTRUCTION),
        ("fnord", ErrorCode.NOT_UNDERSTOOD),
        ("fly to the moon", ErrorCode.IMPOSSIBLE),
    ],
)
def test_a_bad_instruction_ends_with_the_planners_error(
    bench: Bench, instruction: str, code: ErrorCode
) -> None:
    status, result = bench.say(instruction)

    assert (status, result.error_code) == (GoalStatus.STATUS_ABORTED, code)
    assert "Say for example" in result.error_msg
    assert bench.stack.motions == []


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("plan", ErrorCode.INTERNAL),
        ("find approach the red mug", ErrorCode.OBJECT_NOT_FOUND),
        ("find move the red mug next to the plate", ErrorCode.AMBIGUOUS),
        ("find approach the red mug", ErrorCode.CLOUD_STALE),
        ("predict grasp the red mug", ErrorCode.NO_GRASP),
        ("execute grasp the red mug", ErrorCode.UNREACHABLE),
        ("execute move the red mug next to the plate", ErrorCode.TRAJECTORY_ABORTED),
        ("execute release the red mug", ErrorCode.GRIPPER_FAILED),
    ],
)
def test_a_neighbours_error_stops_the_arm_and_the_next_task_works(
    bench: Bench, call: str, code: ErrorCode
) -> None:
    bench.stack.failures[call] = [(code, "the reason. The cure.")]
    status, result = bench.say(PUT)

    assert (status, result.error_code) == (GoalStatus.STATUS_ABORTED, code)
    assert result.error_msg.startswith("the reason. The cure.")
    assert bench.stack.calls[-1] == call
    holding = "still holds the red mug" in result.error_msg
    assert holding == (call.startswith("execute") and "grasp" not in call)

    status, result = bench.say(PUT if holding or not bench.stack.motions else "let go")
    assert result.error_code == ErrorCode.SUCCESS


def test_a_failed_grasp_is_tried_again(bench: Bench) -> None:
    bench.stack.failures["execute grasp the red mug"] = [(ErrorCode.GRASP_FAILED, "nothing there")]
    _, result = bench.say(PUT)

    assert result.error_code == ErrorCode.SUCCESS
    assert result.subtasks[1].attempts == 2
    assert "recovering" in [message.stage for message in bench.feedback]


def test_a_reflex_is_recovered_from(bench: Bench) -> None:
    bench.stack.failures["execute approach the red mug"] = [(ErrorCode.ROBOT_REFLEX, "collision")]
    _, result = bench.say(PUT)

    assert result.error_code == ErrorCode.SUCCESS
    assert bench.stack.calls.count("recover") == 1


def test_an_answer_in_another_frame_is_refused(bench: Bench) -> None:
    bench.stack.frame = "world"
    _, result = bench.say(PUT)

    assert result.error_code == ErrorCode.INVALID_REQUEST
    assert "'world'" in result.error_msg
    assert bench.stack.motions == []


@pytest.mark.parametrize("moment", PUT_MOTIONS)
def test_cancel_stops_the_motion_and_the_next_task_works(bench: Bench, moment: str) -> None:
    bench.stack.slow_motion = moment
    status, result = bench.say(PUT, cancelled=bench.stack.moving)

    assert (status, result.error_code) == (GoalStatus.STATUS_CANCELED, ErrorCode.CANCELED)
    assert bench.stack.motions[-1] == moment
    assert not bench.stack.moving.is_set()
    holding = moment in PUT_MOTIONS[2:]
    assert ("still holds the red mug" in result.error_msg) == holding

    bench.stack.slow_motion = ""
    bench.stack.calls.clear()
    _, result = bench.say(PUT)
    assert result.error_code == ErrorCode.SUCCESS
    assert bench.stack.motions == (PUT_MOTIONS[2:] if holding else PUT_MOTIONS)


def test_a_second_goal_is_busy_and_leaves_the_first_alone(bench: Bench) -> None:
    bench.stack.slow_motion = PUT_MOTIONS[0]
    ended = threading.Event()
    results: list[ExecuteTask.Result] = []
    first = threading.Thread(target=lambda: results.append(bench.say(PUT, cancelled=ended)[1]))
    first.start()
    assert bench.stack.moving.wait(DEADLINE_S)

    status, second = bench.say("press the button")
    assert (status, second.error_code) == (GoalStatus.STATUS_ABORTED, ErrorCode.BUSY)
    assert bench.stack.moving.is_set()

    ended.set()
    first.join(DEADLINE_S)
    assert results[0].error_code == ErrorCode.CANCELED


def test_an_inactive_executive_says_how_to_activate_it(bench: Bench) -> None:
    bench.spinner.run(bench.executive.trigger_deactivate)
    _, result = bench.say(PUT)

    assert result.error_code == ErrorCode.NODE_UNAVAILABLE
    assert "ros2 lifecycle set /task_executive activate" in result.error_msg
    assert bench.stack.calls == []


def test_deactivating_cancels_the_running_task(bench: Bench) -> None:
    bench.stack.slow_motion = PUT_MOTIONS[0]
    results: list[ExecuteTask.Result] = []
    task = threading.Thread(target=lambda: results.append(bench.say(PUT)[1]))
    task.start()
    assert bench.stack.moving.wait(DEADLINE_S)
    bench.spinner.run(bench.executive.trigger_deactivate)
    task.join(DEADLINE_S)

    assert results[0].error_code == ErrorCode.CANCELED
    assert not bench.stack.moving.is_set()


def test_what_a_killed_node_left_moving_is_stopped(bench: Bench) -> None:
    assert bench.say("press the button")[1].error_code == ErrorCode.SUCCESS
    bench.spinner.run(bench.executive.trigger_deactivate)
    bench.stack.slow_motion = "left behind"
    goal = ExecuteKeyAction.Goal()
    goal.header.frame_id = "base"
    goal.action.text = bench.stack.slow_motion
    motion = ActionClient(bench.node, ExecuteKeyAction, "/franka_executor/execute")
    try:
        wait_until(motion.server_is_ready, "the executor is there")
        bench.spinner.run(lambda: motion.send_goal_async(goal))
        assert bench.stack.moving.wait(DEADLINE_S)
        bench.spinner.run(bench.executive.trigger_activate)
        wait_until(lambda: not bench.stack.moving.is_set(), "the motion is canceled")
    finally:
        bench.spinner.run(motion.destroy)


def test_it_can_be_cleaned_up_and_configured_again(bench: Bench) -> None:
    bench.spinner.run(bench.executive.trigger_deactivate)
    bench.spinner.run(bench.executive.trigger_cleanup)
    assert bench.say(PUT)[1].error_code == ErrorCode.NODE_UNAVAILABLE
    bench.spinner.run(bench.executive.trigger_configure)
    bench.spinner.run(bench.executive.trigger_activate)
    assert bench.say(PUT)[1].error_code == ErrorCode.SUCCESS


def test_diagnostics_tell_what_is_held(bench: Bench) -> None:
    told = threading.Event()

    def on_diagnostics(message: DiagnosticArray) -> None:
        values = {pair.key: pair.value for pair in message.status[0].values}
        if (values.get("held"), values.get("last_result")) == ("red mug", "SUCCESS"):
            told.set()

    bench.node.create_subscription(DiagnosticArray, "/diagnostics", on_diagnostics, 10)
    bench.say("pick up the red mug")
    assert told.wait(DEADLINE_S)


@pytest.fixture
def half_open_bench() -> Iterator[Bench]:
    bench = Bench(width_m=HOLDING_M)
    bench.stack.fingers_follow = False
    yield bench
    bench.close()


def test_what_a_killed_node_left_in_the_hand_is_let_go_first(half_open_bench: Bench) -> None:
    bench = half_open_bench
    status, result = bench.say(PUT)
    assert (status, result.error_code) == (GoalStatus.STATUS_ABORTED, ErrorCode.IMPOSSIBLE)
    assert "Say 'let go'" in result.error_msg
    assert bench.stack.calls == ["plan"]

    assert bench.say("let go")[1].error_code == ErrorCode.SUCCESS
    assert bench.stack.motions == ["open the hand"]
    # Half open as they are, the fingers are known to be empty from now on.
    assert bench.say(PUT)[1].error_code == ErrorCode.SUCCESS


@pytest.mark.parametrize("width_m", [0.0, 0.0799])
def test_a_hand_that_a_person_emptied_is_free(half_open_bench: Bench, width_m: float) -> None:
    bench = half_open_bench
    assert bench.say(PUT)[1].error_code == ErrorCode.IMPOSSIBLE
    bench.stack.width_m = width_m
    wait_until(lambda: bench.executive.health_values()["held"] == "nothing", "it is heard")
    assert bench.say(PUT)[1].error_code == ErrorCode.SUCCESS


def test_what_a_task_left_in_the_hand_is_remembered_by_name(bench: Bench) -> None:
    assert bench.say("pick up the red mug")[1].error_code == ErrorCode.SUCCESS
    result = bench.say("pick up the bowl")[1]
    assert result.error_code == ErrorCode.IMPOSSIBLE
    assert "holds the red mug" in result.error_msg


def test_what_a_person_took_out_of_the_hand_is_no_longer_held(bench: Bench) -> None:
    assert bench.say("pick up the red mug")[1].error_code == ErrorCode.SUCCESS
    bench.stack.width_m = OPEN_M
    assert bench.say("pick up the bowl")[1].error_code == ErrorCode.SUCCESS


@pytest.mark.parametrize("width_m", [HOLDING_M, 0.0])
def test_after_a_cancel_while_the_fingers_close_they_are_asked(
    bench: Bench, width_m: float
) -> None:
    bench.stack.slow_motion = "grasp the red mug"
    cancelled = threading.Event()
    threading.Thread(target=lambda: bench.stack.moving.wait(DEADLINE_S) and cancelled.set()).start()
    _, result = bench.say("pick up the red mug", cancelled)
    assert result.error_code == ErrorCode.CANCELED
    assert "What the hand holds is not known" in result.error_msg

    bench.stack.width_m = width_m
    bench.stack.slow_motion = ""
    code = bench.say(PUT)[1].error_code
    assert code == (ErrorCode.SUCCESS if width_m == 0.0 else ErrorCode.IMPOSSIBLE)


TRANSITIONS = {
    "deactivate": ("deactivate",),
    "shutdown": ("shutdown",),
    "deactivate, cleanup": ("deactivate", "cleanup"),
    "deactivate, shutdown": ("deactivate", "shutdown"),
    "deactivate, cleanup, shutdown": ("deactivate", "cleanup", "shutdown"),
    "deactivate, cleanup, configure": ("deactivate", "cleanup", "configure"),
    "deactivate, activate": ("deactivate", "activate"),
}


@pytest.mark.parametrize("transitions", TRANSITIONS.values(), ids=TRANSITIONS.keys())
def test_each_way_out_of_the_active_state_stops_the_arm(
    bench: Bench, transitions: tuple[str, ...]
) -> None:
    bench.stack.slow_motion = "approach the red mug"
    ends: list[Any] = []
    task = threading.Thread(target=lambda: ends.append(bench.say(PUT)))
    task.start()
    assert bench.stack.moving.wait(DEADLINE_S)

    def go() -> list[TransitionCallbackReturn]:
        return [getattr(bench.executive, f"trigger_{name}")() for name in transitions]

    # Within one callback: the node has no chance to send anything between the transitions.
    assert set(bench.spinner.run(go)) == {TransitionCallbackReturn.SUCCESS}
    wait_until(lambda: not bench.stack.moving.is_set(), "the motion is canceled")
    task.join(DEADLINE_S)
    assert [result.error_code for _, result in ends] == [ErrorCode.CANCELED]


def test_a_hand_that_nobody_tells_of_is_not_trusted(bench: Bench) -> None:
    bench.stack.width_m = None
    bench.spinner.run(bench.executive.trigger_deactivate)
    bench.spinner.run(bench.executive.trigger_cleanup)  # what was heard before is forgotten
    bench.spinner.run(bench.executive.trigger_configure)
    bench.spinner.run(bench.executive.trigger_activate)
    result = bench.say(PUT)[1]
    assert result.error_code == ErrorCode.ROBOT_NOT_READY
    assert "/joint_states" in result.error_msg
    assert bench.stack.calls == []

    bench.stack.width_m = OPEN_M
    assert bench.say(PUT)[1].error_code == ErrorCode.SUCCESS


EXECUTOR = """
import threading
import rclpy
from clap_msgs.action import ExecuteKeyAction
from clap_ros.goals import WorkerActionServer

def execute(goal, cancelled, feedback):
    print("moving", flush=True)
    threading.Event().wait()

rclpy.init()
node = rclpy.create_node("franka_executor")
server = WorkerActionServer(node, ExecuteKeyAction, "/franka_executor/execute", execute)
rclpy.spin(node)
"""


@pytest.fixture
def lonely_bench() -> Iterator[Bench]:
    bench = Bench(with_executor=False)
    yield bench
    bench.close()


def test_an_absent_node_is_named(lonely_bench: Bench) -> None:
    _, result = lonely_bench.say(PUT)
    assert result.error_code == ErrorCode.NODE_UNAVAILABLE
    assert "/franka_executor/execute" in result.error_msg


def test_a_node_that_is_killed_in_the_middle_is_named(lonely_bench: Bench) -> None:
    watch = ActionClient(lonely_bench.node, ExecuteKeyAction, "/franka_executor/execute")
    executor = subprocess.Popen(
        [sys.executable, "-c", EXECUTOR], stdout=subprocess.PIPE, env=os.environ
    )

    def kill_while_it_moves() -> None:
        assert executor.stdout is not None
        executor.stdout.readline()
        executor.kill()

    killer = threading.Thread(target=kill_while_it_moves, daemon=True)
    killer.start()
    try:
        wait_until(watch.server_is_ready, "the executor is there")
        _, result = lonely_bench.say(PUT)
    finally:
        executor.kill()
        executor.wait(DEADLINE_S)
        killer.join(DEADLINE_S)
        lonely_bench.spinner.run(watch.destroy)
    assert result.error_code == ErrorCode.NODE_UNAVAILABLE
    assert "/franka_executor/execute" in result.error_msg
    assert "Start" in result.error_msg
    assert lonely_bench.say("fnord")[1].error_code == ErrorCode.NOT_UNDERSTOOD
