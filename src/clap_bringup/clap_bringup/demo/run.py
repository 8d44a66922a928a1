"""One run of the demo, from an empty graph to a report."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rclpy.action import ActionClient

from clap_bringup.bags import BagRecorder
from clap_bringup.demo.recording import write_recording
from clap_bringup.demo.referee import goals_of, judge
from clap_bringup.demo.report import Report, Step
from clap_bringup.demo.video import Caption, write_video
from clap_bringup.narrator import Narrator
from clap_bringup.stack import Stack
from clap_core import backends
from clap_core.errors import ClapError, ErrorCode
from clap_msgs.action import ExecuteTask
from clap_msgs.msg import SubTaskResult
from clap_msgs.srv import CheckRelation
from clap_ros.calls import run_action
from clap_ros.task_messages import subtask_from_message

CHECK_RELATION = "/simulation/check_relation"
EXECUTE_TASK = "/task_executive/execute_task"


@dataclass(frozen=True)
class DemoOptions:
    """What the user chose."""

    instruction: str
    scene: str
    seed: int
    folder: Path
    real_time_factor: float
    timeout_s: float
    record: bool
