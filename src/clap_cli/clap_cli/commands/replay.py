"""``clap replay``: publish what a bag holds."""

from __future__ import annotations

from clap_bringup.bags.player_command import add_arguments, run

HELP = "publish the messages of a rosbag2 bag (MCAP or sqlite3)"

__all__ = ["HELP", "add_arguments", "run"]
