"""``clap record``: record topics to a bag."""

from __future__ import annotations

import argparse

from clap_bringup.bags import recorder_command
from clap_bringup.bags.topics import patterns_in, placed, split_patterns
from clap_cli import ros2_bag_record
from clap_cli.sourced_ros import become, has_ros2

HELP = "record topics to a rosbag2 bag (MCAP); by `ros2 bag record` where ROS is sourced"

add_arguments = recorder_command.add_arguments


def run(args: argparse.Namespace) -> int:
    """Record until Ctrl-C; 1 where nothing came."""
    if has_ros2(*ros2_bag_record.PACKAGES):
        become(
            ros2_bag_record.command(
                args.output or recorder_command.default_folder(),
                patterns_in(args.namespace, split_patterns(args.topics)),
                exclude=[placed(one, args.namespace) for one in split_patterns(args.exclude)],
                hidden=args.hidden,
                compress=args.compress,
            )
        )
    return recorder_command.run(args)
