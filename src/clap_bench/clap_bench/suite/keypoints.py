"""The true keypoints of an expert's stages; `clap_core.keypoint_convention` says what they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clap_bench.suite.task import Point, Stage
from clap_bench.suite.truth import Truth
from clap_core.keypoint_convention import happens_at_hand, held_before


def true_keypoint(stages: Sequence[Stage], index: int, truth: Truth) -> Point:
    """[3] where a stage happens as things are now, in the base frame; ask when it begins.

    Raises:
        ValueError: the stage has no keypoint, and does not happen at the hand.
    """
    stage = stages[index]
    plan = [one.subtask for one in stages]
    if happens_at_hand(stage.subtask, held_before(plan, index)):
        return truth.base_T_tcp()[:3, 3].copy()
    if stage.keypoint is None:
        raise ValueError(f"'{stage.subtask.text}' does not happen at the hand: give its keypoint")
    return np.array(stage.keypoint(truth))
