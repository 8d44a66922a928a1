"""``clap data to-bag``: an episode as a bag, as if recorded on the robot."""

from __future__ import annotations

import argparse
from pathlib import Path

from clap_data.bags.from_episode import write_bag
from clap_data.episodes import EpisodeFile

HELP = """Write an episode as a rosbag2 bag (MCAP) with the robot's topics: images at each look,
joint states and frames throughout, plan, keypoints and what the stack would say."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("episode", type=Path, help="the episode's file")
    parser.add_argument("bag", type=Path, help="folder of the bag (made; must be new)")


def run(args: argparse.Namespace) -> int:
    """Write it."""
    with EpisodeFile(args.episode) as episode:
        count = write_bag(episode, args.bag)
    print(f"{count} messages in {args.bag}")
    return 0
