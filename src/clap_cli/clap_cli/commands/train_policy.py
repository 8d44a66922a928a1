"""``clap train policy``: the network of the policy `clap`."""

from clap_learning.policy.clap.command import HELP, add_arguments, run

__all__ = ["HELP", "add_arguments", "run"]
