"""``clap train step``: the policy that moves in small steps."""

from clap_learning.step.command import HELP, add_arguments, run

__all__ = ["HELP", "add_arguments", "run"]
