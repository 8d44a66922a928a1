"""``clap train qwen``: low-rank adapters of a vision-language model that finds keypoints."""

from clap_learning.vlm.command import HELP, add_arguments, run

__all__ = ["HELP", "add_arguments", "run"]
