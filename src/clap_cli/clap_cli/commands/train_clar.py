"""``clap train clar``: pre-training of the point-cloud encoder."""

from clap_learning.pretraining.command import HELP, add_arguments, run

__all__ = ["HELP", "add_arguments", "run"]
