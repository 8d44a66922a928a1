"""A running stack as the page asks and commands it."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.action import ActionClient
from rclpy.node import Node

from clap_console.page.feed import Feed
from clap_console.page.health import StackHealth, wrong_now
from clap_console.page.processes import Processes
from clap_console.page.sentence import suggestions
from clap_console.page.stack import Cloud, Picture
from clap_console.page.task import TaskStory
from clap_console.ros.live_views import LiveViews
from clap_console.ros.messages import error_name, goal_name
from clap_console.ros.task_watch import TaskWatch
from clap_core.errors import ClapError, ErrorCode
from clap_msgs.action import ExecuteTask
from clap_msgs.msg import SubTask
from clap_msgs.srv import FindKeypoint
from clap_ros.calls import (
    ReportedError,
    UnconfirmedStopError,
    call_service,
    cancel_all,
    cancel_client,
    new_goal_id,
    run_action,
)

TICK_S = 1.0
SERVER_S = 2.0
"""How long to look for the executive before saying that there is none."""

AT_ONCE_S = 1.0
"""A sentence that is refused is refused within that, so that the answer can say so."""

NAMES_S = 30.0
"""How long the names of what is seen are taken to be true."""

LOOK_S = 8.0
_NOTHING = "(what is there)"
"""No object is called so: the finder answers with the names of what it sees."""

Doctor = Callable[[], Sequence[dict[str, str]]]


class WatchedStack:
    """The stack in one namespace, whether it runs already or not; see `clap_console.page.stack`.

    Args:
        node: spins on a thread of its own.
        prefix: of the stack's names, ``/`` or ``/left/``.
        action: full name of its ExecuteTask.
        feed: what the page tells.
        task_timeout_s: after that a task is cancelled, wall clock.
        doctor: looks at everything.
    """

    def __init__(
        self,
        node: Node,
        prefix: str,
        action: str,
        feed: Feed,
        task_timeout_s: float,
        doctor: Doctor,
    ) -> None:
        self._node = node
        self._prefix = prefix
        self._feed = feed
        self._timeout_s = task_timeout_s
        self._doctor = doctor
        self._doctor_lock = threading.Lock()
        self._own: dict[str, threading.Event] = {}
        self._story = TaskStory(lambda shown: feed.put("task", shown))
        feed.put("task", self._story.snapshot())
        self._task = ActionClient(node, ExecuteTask, action)
        self._canceler = cancel_client(self._task)
        self._watch = TaskWatch(node, self._task, prefix, self._story, self._own.keys())
        self._health = StackHealth()
        node.create_subscription(DiagnosticArray, f"{prefix}diagnostics", self._on_diagnostics, 100)
        self._processes = Processes(os.environ.get("ROS_DOMAIN_ID", ""))
        self._views = LiveViews(
            node,
            prefix,
            lambda: self._story.point,
            lambda capsules: feed.put("arm", capsules),
        )
        self._find = node.create_client(FindKeypoint, f"{prefix}keypoint/find")
        self._names: tuple[float, list[str]] = (float("-inf"), [])
        self._names_lock = threading.Lock()
        self._ended = threading.Event()
        self._tending = threading.Thread(target=self._tend, name="tending", daemon=True)
        self._tending.start()

    def close(self) -> None:
        """End the thread; what runs on the robot goes on."""
        self._ended.set()
        self._tending.join()

    @property
    def task_runs(self) -> bool:
        """Whether a task runs now."""
        return self._story.running is not None

    def needs_confirmation(self) -> bool:
        """Unless time comes from a simulation, a real robot may move."""
        self._find_server()
        return not self._is_simulated()

    def say(self, sentence: str) -> str:
        """Begin a task; it goes on when nobody looks any more."""
        self._find_server()
        goal_id, stop = new_goal_id(), threading.Event()
        goal = goal_name(goal_id)
        self._own[goal] = stop
        self._story.began(goal, sentence)
        done = threading.Event()
        refused: list[ClapError] = []

        def work() -> None:
            try:
                _, result = run_action(
                    self._task,
                    ExecuteTask.Goal(instruction=sentence),
                    self._timeout_s,
                    stop_early=stop,
                    goal_id=goal_id,
                )
            except ClapError as error:
                refused.append(error)
                may_move = isinstance(error, UnconfirmedStopError)
                warning = error.message if may_move else ""
                self._story.ended(goal, error.code.name, error.message, warning=warning)
            else:
                if result.error_code != ErrorCode.SUCCESS:
                    refused.append(ReportedError(result.error_code, result.error_msg))
                self._watch.tell_result(goal, result)
            finally:
                self._own.pop(goal, None)
                done.set()

        threading.Thread(target=work, name="task", daemon=True).start()
        if done.wait(AT_ONCE_S) and refused:
            raise refused[0]
        return goal

    def stop(self) -> list[dict[str, Any]]:
        """Cancel everything, also a sentence of this page that nobody has taken yet."""
        for stop in list(self._own.values()):
            stop.set()
        results = cancel_all(self._task, SERVER_S, self._canceler)
        return [
            {"code": error_name(result.error_code), "message": result.error_msg}
            for result in results
        ]

    def suggestions(self) -> list[str]:
        """Sentences about what the keypoint finder sees now; it is not asked while a task runs."""
        with self._names_lock:
            asked_at, names = self._names
            is_new = time.monotonic() - asked_at < NAMES_S
            if not is_new and not self.task_runs and self._find.service_is_ready():
                request = FindKeypoint.Request(
                    subtask=SubTask(action="approach", text=_NOTHING, object=_NOTHING)
                )
                with contextlib.suppress(ClapError):  # then the old ones are offered
                    names = list(call_service(self._find, request, LOOK_S).seen) or names
                self._names = (time.monotonic(), names)
        return suggestions(names)

    def picture(self, camera: str, heat: bool) -> Picture | None:
        """The newest picture of a camera."""
        return self._views.picture(camera, heat)

    def cloud(self) -> Cloud | None:
        """The newest cloud."""
        return self._views.cloud()

    def doctor(self) -> list[dict[str, str]]:
        """One look at a time."""
        if not self._doctor_lock.acquire(blocking=False):
            raise ClapError(
                ErrorCode.BUSY, "somebody has the doctor look already", "Wait some seconds"
            )
        try:
            return list(self._doctor())
        finally:
            self._doctor_lock.release()

    def _is_simulated(self) -> bool:
        return self._node.count_publishers(f"{self._prefix}clock") > 0

    def _find_server(self) -> None:
        deadline = time.monotonic() + SERVER_S
        while not self._task.server_is_ready():
            if time.monotonic() > deadline:
                raise ClapError(
                    ErrorCode.NODE_UNAVAILABLE,
                    f"no stack is running: nothing serves {self._task._action_name}",
                    "Start one in another terminal with `./clap launch sim`, or look at the output "
                    "of the one that ran",
                )
            self._ended.wait(0.05)

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            level = status.level[0] if isinstance(status.level, bytes) else int(status.level)
            values = {pair.key: pair.value for pair in status.values}
            self._health.heard(status.name, level, status.message, values)

    def _tend(self) -> None:
        """Once a second: what is there, how it is, what nobody wants any more."""
        ticks = 0
        while not self._ended.wait(TICK_S):
            is_there = self._watch.look_for_server()
            is_watched = self._feed.watchers > 0
            self._views.tend(is_watched)
            if not is_watched:
                continue
            ticks += 1
            if ticks % 3 == 1:
                self._feed.put("cameras", self._views.find_cameras())
            self._tell_health(is_there)

    def _tell_health(self, has_executive: bool) -> None:
        rows = self._health.snapshot(self._processes.sample())
        task = self._story.snapshot()["task"]
        self._feed.put(
            "stack",
            {
                "namespace": self._prefix,
                "simulated": self._is_simulated(),
                "executive": has_executive,
                "held": self._health.value("task_executive", "held"),
                "planned_by": self._health.value("task_planner", "planned_by"),
                "wrong": wrong_now(rows, has_executive, task),
            },
        )
        self._feed.put("health", rows)
