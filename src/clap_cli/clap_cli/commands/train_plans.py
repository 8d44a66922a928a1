"""``clap train plans``: how demonstrated sentences are taken apart, for the planner `shown`."""

from clap_learning.shown_plans.command import HELP, add_arguments, run

__all__ = ["HELP", "add_arguments", "run"]
