"""One run of the demo, from an empty graph to a report."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rclpy.action import ActionClient

from clap_cli.demo.recording import write_recording
from clap_cli.demo.referee import goals_of, goals_of_sentence, judge
from clap_cli.demo.report import Report, SubTaskReport
from clap_cli.demo.video import Caption, write_video
from clap_cli.stack import SimulatedStack
from clap_core.errors import ErrorCode
from clap_msgs.action import ExecuteTask
from clap_msgs.msg import SubTaskResult
from clap_msgs.srv import CheckRelation
from clap_ros.calls import run_action
from clap_ros.task_messages import subtask_from_message

CHECK_RELATION = "/simulation/check_relation"
EXECUTE_TASK = "/task_executive/execute_task"


BACKENDS: dict[str, dict[str, str]] = {
    "baseline": {},
    "learned": {
        "planner_backend": "shown",
        "keypoint_backend": "learned",
        "policy_backend": "align",
    },
}
"""Who plans, finds and acts, as arguments of the launch file."""


@dataclass(frozen=True)
class DemoOptions:
    """What the user chose.

    Attributes:
        instruction: the sentence.
        backends: one of `BACKENDS`.
        scene: name of a scene of ``clap_sim.scenes``.
        seed: of the objects' places and the sensors' noise.
        folder: receives everything; must exist.
        real_time_factor: 1 for real time, 0 for as fast as possible.
        timeout_s: for the task, wall clock.
        record: whether to write bag, video and rerun recording.
    """

    instruction: str
    backends: str
    scene: str
    seed: int
    folder: Path
    real_time_factor: float
    timeout_s: float
    record: bool


def run_demo(
    options: DemoOptions,
    on_feedback: Callable[[ExecuteTask.Feedback], None],
    on_result: Callable[[ExecuteTask.Result], None],
    say: Callable[[str], None],
) -> Report:
    """Start the simulated stack, obey the sentence, judge, and write what there is to look at.

    Args:
        options: what the user chose.
        on_feedback: called with each feedback message of the task.
        on_result: called with its result.
        say: prints one line on the progress of everything else.

    Returns:
        The report, already written to the folder.

    Raises:
        ClapError: NODE_UNAVAILABLE when the stack does not start or dies, TIMEOUT, CANCELED.
    """
    began = time.monotonic()
    bag = options.folder / "bag"
    captions: list[Caption] = []

    def caption(feedback: ExecuteTask.Feedback) -> None:
        captions.append(Caption(stack.node.get_clock().now().nanoseconds, feedback.text))
        on_feedback(feedback)

    arguments: dict[str, object] = {
        "scene": options.scene,
        "seed": options.seed,
        "real_time_factor": options.real_time_factor,
        **BACKENDS[options.backends],
    }
    if options.record:
        arguments |= {"record": True, "bag": bag}
    say("starting the simulated robot, cameras and nodes ...")
    with SimulatedStack(arguments, options.folder / "stack.log") as stack:
        say(f"the stack is active after {time.monotonic() - began:.0f} s")
        task = ActionClient(stack.node, ExecuteTask, EXECUTE_TASK)
        _, result = run_action(
            task,
            ExecuteTask.Goal(instruction=options.instruction),
            options.timeout_s,
            on_feedback=caption,
        )
        on_result(result)
        goals = goals_of_sentence(options.scene, options.instruction)
        is_judged = bool(goals)
        if not is_judged:
            goals = goals_of(tuple(subtask_from_message(done.subtask) for done in result.subtasks))
        client = stack.node.create_client(CheckRelation, CHECK_RELATION)
        success, verdict = judge(client, goals) if goals else (False, ())
    files = {"stack.log": "the output of all processes"}
    if options.record:
        files |= _make_pictures(bag, options, captions, say)
    report = Report(
        instruction=options.instruction,
        scene=options.scene,
        seed=options.seed,
        success=success and result.error_code == ErrorCode.SUCCESS,
        is_judged=is_judged,
        verdict=verdict,
        outcome=ErrorCode(result.error_code).name,
        message=result.error_msg,
        steps=tuple(_step(done) for done in result.subtasks),
        simulated_s=result.duration_s,
        wall_s=time.monotonic() - began,
        files=files,
    )
    report.write(options.folder)
    return report


def _make_pictures(
    bag: Path, options: DemoOptions, captions: list[Caption], say: Callable[[str], None]
) -> dict[str, str]:
    say("writing the video and the rerun recording ...")
    write_video(bag, options.folder / "demo.mp4", options.instruction, captions)
    write_recording(bag, options.folder / "demo.rrd", options.instruction)
    return {
        "demo.mp4": "video of the spectator camera",
        "demo.rrd": "cloud, keypoint, plan and trajectory in time: `rerun demo.rrd`",
        "bag": "rosbag2 MCAP of all topics: `ros2 bag play bag`, `./clap replay bag`",
    }


def _step(done: SubTaskResult) -> SubTaskReport:
    point = done.keypoint.point
    return SubTaskReport(
        text=done.subtask.text,
        keypoint_m=(point.x, point.y, point.z) if done.keypoint.label else None,
        actions=tuple(action.text for action in done.actions),
        attempts=done.attempts,
        outcome=ErrorCode(done.error_code).name,
        message=done.error_msg,
        duration_s=done.duration_s,
    )
