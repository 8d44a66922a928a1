"""The story of a task, from its messages."""

from __future__ import annotations

import io

from rich.console import Console

from clap_cli.narrator import Narrator, error_name
from clap_core.errors import ErrorCode
from clap_msgs.action import ExecuteTask
from clap_msgs.msg import Keypoint, SubTask, SubTaskResult

GRASP = SubTask(action="grasp", text="grasp the [red] mug", object="red mug")


def told(*messages: ExecuteTask.Feedback | ExecuteTask.Result) -> list[str]:
    """The lines that messages give, without a terminal."""
    stream = io.StringIO()
    narrator = Narrator(Console(file=stream, highlight=False, width=40))
    for message in messages:
        if isinstance(message, ExecuteTask.Result):
            narrator.on_result(message)
        else:
            narrator.on_feedback(message)
    return stream.getvalue().splitlines()


def feedback(stage: str, text: str, keypoint: Keypoint | None = None) -> ExecuteTask.Feedback:
    message = ExecuteTask.Feedback(stage=stage, text=text, subtask=GRASP, index=1, count=4)
    message.keypoint = keypoint or Keypoint()
    return message


def test_a_keypoint_is_told_once_and_again_when_it_moved() -> None:
    there, elsewhere = Keypoint(label="mug"), Keypoint(label="mug")
    elsewhere.point.y = 0.25
    lines = told(
        feedback("acting", "down", there),
        feedback("acting", "close", there),
        feedback("recovering", "trying again"),
        feedback("acting", "down", elsewhere),
    )
    assert [line.split()[0] for line in lines] == [
        "2/4",
        "keypoint",
        "action",
        "action",
        "again",
        "keypoint",
        "action",
    ]
    assert lines[0] == "2/4 grasp the [red] mug"
    assert "(0.000, 0.250, 0.000)" in lines[5]


def test_long_lines_are_not_broken() -> None:
    assert told(feedback("planning", "x" * 200)) == ["x" * 200]


def test_a_result_that_overtakes_feedback_tells_the_outcome() -> None:
    done = ExecuteTask.Result(subtasks=[SubTaskResult(subtask=GRASP)], duration_s=2.0)
    expected = ["    outcome   done", "done in 2.0 s"]
    assert told(feedback("looking", "looking"), done)[1:] == expected
    assert told(feedback("looking", "looking"), feedback("done", ""), done)[1:] == expected
    assert told(done, feedback("done", "")) == ["grasp the [red] mug", *expected]


def test_a_failure_names_the_subtask_and_the_code() -> None:
    failed = SubTaskResult(subtask=GRASP, error_code=int(ErrorCode.GRASP_FAILED))
    result = ExecuteTask.Result(
        error_code=int(ErrorCode.GRASP_FAILED), error_msg="Nothing there.", subtasks=[failed]
    )
    assert told(feedback("looking", "looking"), result)[1:] == [
        "    outcome   GRASP_FAILED",
        "GRASP_FAILED: Nothing there.",
    ]


def test_unknown_codes_have_a_name_too() -> None:
    assert error_name(7) == "error 7"
    assert error_name(44) == "GRASP_FAILED"
