"""The answer of every keypoint finder for what happens at the hand."""

from __future__ import annotations

import numpy as np

from clap_core.backends.keypoint_answer import KeypointAnswer
from clap_core.backends.scene import Scene
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Keypoint, SubTask


def answer_at_hand(subtask: SubTask, scene: Scene) -> KeypointAnswer:
    """What is done with what the hand holds happens at the tool centre point.

    Raises:
        ClapError: TRANSFORM_UNAVAILABLE if nobody told where the hand is.
    """
    if scene.base_T_tcp is None:
        raise ClapError(
            ErrorCode.TRANSFORM_UNAVAILABLE,
            f"where the hand is was not told, and '{subtask.text}' happens there",
            "Look at /tf: the pose of the hand must be published",
        )
    point = np.asarray(scene.base_T_tcp[:3, 3], dtype=np.float64)
    held = Keypoint(subtask.object or "hand", point, stamp_ns=scene.cloud.stamp_ns)
    return KeypointAnswer(held, candidates=(held,))
