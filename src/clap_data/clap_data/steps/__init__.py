"""Demonstrations in small steps on disk: one file an episode, its clouds and actions as arrays.

Episodes of key poses, with pictures, are `clap_data.episodes`.
"""

from clap_data.steps.file import StepFile, StepFolder, write_steps
from clap_data.steps.records import STEPS_SUFFIX, StepArrays, StepsRecord

__all__ = [
    "STEPS_SUFFIX",
    "StepArrays",
    "StepFile",
    "StepFolder",
    "StepsRecord",
    "write_steps",
]
