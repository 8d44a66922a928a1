"""The relations that are directions on the table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clap_core.task_types import Action, Relation, SubTask

AXES: dict[Relation, NDArray[np.float64]] = {
    Relation.LEFT_OF: np.array([0.0, 1.0]),
    Relation.RIGHT_OF: np.array([0.0, -1.0]),
    Relation.IN_FRONT_OF: np.array([-1.0, 0.0]),
    Relation.BEHIND: np.array([1.0, 0.0]),
}
"""As horizontal unit vectors of the base frame."""

_TOOLS = frozenset(
    {"broom", "brush", "cane", "hook", "poker", "rake", "rod", "scraper", "stick", "wand"}
)
"""Things that other things are moved with."""


def is_beside(subtask: SubTask) -> bool:
    """Whether what is held is to be set down beside something: not a tool, which is brought to what
    it will be used on (see ``clap_core.keypoint_convention``)."""
    beside = subtask.relation is Relation.NEXT_TO or subtask.relation in AXES
    is_tool = bool(_TOOLS & set(subtask.object.casefold().split()))
    return subtask.action is Action.MOVE and beside and bool(subtask.reference) and not is_tool
