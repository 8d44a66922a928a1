"""Runs ROS 2's YAML launch files where ``ros2 launch`` is not installed.

``resolve`` turns a file into plain data; ``Launch`` runs it:

    from clap_launch import Launch

    with Launch("sim", {"scene": "table"}, on_event=print) as launch:
        ...                      # everything runs
    assert launch.return_code == 0   # and has ended
"""

from clap_launch.console import Console
from clap_launch.description import Description, ProcessSpec
from clap_launch.errors import LaunchError
from clap_launch.events import (
    Event,
    LaunchMessage,
    OutputLine,
    ProcessExited,
    ProcessFailedToStart,
    ProcessStarted,
    ShutdownStarted,
)
from clap_launch.files import find_launch_file, installed_launch_files
from clap_launch.launch import Launch
from clap_launch.resolve import resolve

__all__ = [
    "Console",
    "Description",
    "Event",
    "Launch",
    "LaunchError",
    "LaunchMessage",
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
