"""``clap train parser``: the network of the planner `learned`."""

from clap_learning.parser.command import HELP, add_arguments, run

__all__ = ["HELP", "add_arguments", "run"]
