"""``clap record``: record topics to a bag."""

from __future__ import annotations

from clap_bringup.bags.recorder_command import add_arguments, run

HELP = "record topics to a rosbag2 bag (MCAP)"

__all__ = ["HELP", "add_arguments", "run"]
