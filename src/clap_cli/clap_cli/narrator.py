"""Tells a person, line by line, what a task does while it runs."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from clap_core.errors import ErrorCode
from clap_msgs.action import ExecuteTask
from clap_msgs.msg import Keypoint, SubTaskResult


class Narrator:
    """Prints each sub-task with keypoint, actions and outcome.

    Works on a terminal and without one (no colours, no line that is rewritten).

    Args:
        console: where to print; stdout when None.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._subtask = -1
        self._heading = ""
        self._outcome_told = False
        self._ended = False
        self._point: tuple[float, float, float] | None = None

    def on_feedback(self, feedback: ExecuteTask.Feedback) -> None:
        """Print what a feedback message adds to what was said."""
        if self._ended:
            return
        if feedback.stage in ("planning", "grounding"):
            self._line(feedback.text)
            return
        if feedback.index != self._subtask:
            self._subtask = feedback.index
            self._point = None
            self._outcome_told = False
            self._heading = feedback.subtask.text
            self._line(f"{feedback.index + 1}/{feedback.count} {self._heading}", "bold")
        if feedback.stage == "acting":
            self._say_keypoint(feedback.keypoint)
            self._item("action", feedback.text)
        elif feedback.stage == "recovering":
            self._item("again", feedback.text, "yellow")
        elif feedback.stage == "done":
            self._outcome_told = True
            self._item("outcome", "done", "green")

    def on_result(self, result: ExecuteTask.Result) -> None:
        """Print how the task ended; feedback that comes later is out of date."""
        self._ended = True
        if result.subtasks:
            self._say_last_outcome(result.subtasks[-1])
        if result.error_code == ErrorCode.SUCCESS:
            self._line(f"done in {result.duration_s:.1f} s", "bold green")
        else:
            self._line(f"{error_name(result.error_code)}: {result.error_msg}", "bold red")

    def _say_last_outcome(self, last: SubTaskResult) -> None:
        """The result may overtake the last feedback: tell what that would have told."""
        if last.subtask.text != self._heading:
            self._line(last.subtask.text, "bold")
        elif self._outcome_told:
            return
        if last.error_code == ErrorCode.SUCCESS:
            self._item("outcome", "done", "green")
        else:
            self._item("outcome", error_name(last.error_code), "red")

    def _say_keypoint(self, keypoint: Keypoint) -> None:
        point = (keypoint.point.x, keypoint.point.y, keypoint.point.z)
        if not keypoint.label or point == self._point:
            return
        self._point = point
        x, y, z = point
        self._item(
            "keypoint",
            f"{keypoint.label} at ({x:.3f}, {y:.3f}, {z:.3f}) m in {keypoint.header.frame_id}, "
            f"confidence {keypoint.confidence:.2f}",
        )

    def _item(self, name: str, text: str, style: str = "") -> None:
        self._line(f"    {name:<9} {text}", style)

    def _line(self, text: str, style: str = "") -> None:
        self._console.print(Text(text, style), soft_wrap=True)


def error_name(code: int) -> str:
    """The name of an error code, whatever number came."""
    return ErrorCode(code).name if code in {int(known) for known in ErrorCode} else f"error {code}"
