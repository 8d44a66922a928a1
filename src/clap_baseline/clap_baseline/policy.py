"""The analytic policy: end-effector actions from the geometry around a keypoint."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clap_baseline.policy_config import PolicyConfig
from clap_baseline.segments.segmentation import Segmenter
from clap_baseline.situation import Situation
from clap_baseline.skills import articulated, contact, grasping, placing
from clap_core.backends import Observation, Policy
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Action, ActionChunk

__all__ = ["AnalyticPolicy", "PolicyConfig"]

_SKILLS: dict[Action, Callable[[Situation], ActionChunk]] = {
    Action.APPROACH: grasping.approach,
    Action.GRASP: grasping.grasp,
    Action.MOVE: placing.move,
    Action.RELEASE: placing.release,
    Action.PUSH: contact.push,
    Action.PRESS: contact.press,
    Action.OPEN: articulated.open_drawer,
    Action.CLOSE: articulated.close_drawer,
}


class AnalyticPolicy(Policy):
    """Policy that segments the cloud again and computes where the hand has to go.

    It keeps nothing between calls: what it must remember of a held object travels in the
    observation.
    """

    settings_type = PolicyConfig

    def __init__(self, config: PolicyConfig | None = None) -> None:
        self._config = config or PolicyConfig()
        self._segmenter = Segmenter(self._config.segmentation)

    def act(self, observation: Observation) -> ActionChunk:
        """See ``clap_core.backends.Policy``."""
        if not np.isfinite(observation.keypoint.point).all():
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the keypoint '{observation.keypoint.label}' is not finite",
                "Ask the keypoint node again",
            )
        action = observation.subtask.action
        if action not in _SKILLS:
            raise ClapError(
                ErrorCode.IMPOSSIBLE,
                f"the analytic policy cannot {action.value} anything",
                "Choose a learned policy (parameter `backend` of the node policy)",
            )
        return _SKILLS[action](Situation.of(observation, self._segmenter, self._config))
