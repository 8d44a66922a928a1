"""Runs ROS 2's YAML launch files where ``ros2 launch`` is not installed.

``resolve`` turns a file into plain data; ``Launch`` runs it:

    from clap_bringup.launch_runner import Launch

    with Launch("sim", {"scene": "table"}, on_event=print) as launch:
        ...                      # everything runs
    assert launch.return_code == 0   # and has ended
"""

from clap_bringup.launch_runner.console import Console
from clap_bringup.launch_runner.description import Description, ProcessSpec
from clap_bringup.launch_runner.errors import LaunchError
from clap_bringup.launch_runner.events import (
    Event,
    Message,
    OutputLine,
    ProcessExited,
    ProcessFailedToStart,
    ProcessStarted,
    ShutdownStarted,
)
from clap_bringup.launch_runner.files import find_launch_file, installed_launch_files
from clap_bringup.launch_runner.launch import Launch
from clap_bringup.launch_runner.resolve import resolve

__all__ = [
    "Console",
    "Description",
    "Event",
    "Launch",
    "LaunchError",
    "Message",
    "OutputLine",
    "ProcessExited",
    "ProcessFailedToStart",
    "ProcessSpec",
    "ProcessStarted",
    "ShutdownStarted",
    "find_launch_file",
    "installed_launch_files",
    "resolve",
]
