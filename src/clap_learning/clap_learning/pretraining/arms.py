"""The runs that are compared: one recipe, with some of its parts left out."""

from __future__ import annotations

from dataclasses import dataclass

from clap_core.errors import ClapError, ErrorCode
from clap_learning.pretraining.config import GLOBAL, LOCAL, MASKED, Objective, PretrainingConfig


@dataclass(frozen=True)
class Arm:
    """One of the recipes.

    Attributes:
        objectives: that it trains for.
        views_max: most views that are fused; the config's own if None.
    """

    objectives: tuple[Objective, ...]
    views_max: int | None = None


ARMS = {
    "mae": Arm((MASKED,)),
    "mae-global": Arm((MASKED, GLOBAL)),
    "full": Arm((MASKED, GLOBAL, LOCAL)),
    "full-single-view": Arm((MASKED, GLOBAL, LOCAL), views_max=1),
}


def with_arm(config: PretrainingConfig, name: str, seed: int) -> PretrainingConfig:
    """A config's variant.

    Raises:
        ClapError: INVALID_REQUEST if there is no such arm.
    """
    if name not in ARMS:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"there is no arm '{name}' of the ladder",
            f"Choose one of {', '.join(ARMS)}",
        )
    arm = ARMS[name]
    data = config.data
    if arm.views_max is not None:
        augment = data.augment.model_copy(update={"views_min": 1, "views_max": arm.views_max})
        data = data.model_copy(update={"augment": augment})
    return config.model_copy(update={"objectives": arm.objectives, "data": data, "seed": seed})
