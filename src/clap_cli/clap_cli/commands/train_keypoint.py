"""``clap train keypoint``: the network of the keypoint finder `learned`."""

from clap_learning.keypoint.command import HELP, add_arguments, run

__all__ = ["HELP", "add_arguments", "run"]
