"""The runs that are compared: one recipe, with some of its parts left out."""

from __future__ import annotations

from dataclasses import dataclass

from clap_core.errors import ClapError, ErrorCode
from clap_learning.pretraining.config import GLOBAL, LOCAL, MASKED, Objective, PretrainingConfig


@dataclass(frozen=True)
class Variant:
    """One of the recipes.

    Attributes:
        objectives: that it trains for.
        views_max: most views that are fused; the config's own if None.
    """

    objectives: tuple[Objective, ...]
    views_max: int | None = None


VARIANTS = {
    "mae": Variant((MASKED,)),
    "mae-global": Variant((MASKED, GLOBAL)),
    "full": Variant((MASKED, GLOBAL, LOCAL)),
    "full-single-view": Variant((MASKED, GLOBAL, LOCAL), views_max=1),
}


def with_variant(config: PretrainingConfig, name: str, seed: int) -> PretrainingConfig:
    """A config's variant.

    Raises:
        ClapError: INVALID_REQUEST if there is no such variant.
    """
    if name not in VARIANTS:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"there is no variant '{name}' of the ladder",
            f"Choose one of {', '.join(VARIANTS)}",
        )
    variant = VARIANTS[name]
    data = config.data
    if variant.views_max is not None:
        augment = data.augment.model_copy(update={"views_min": 1, "views_max": variant.views_max})
        data = data.model_copy(update={"augment": augment})
    return config.model_copy(update={"objectives": variant.objectives, "data": data, "seed": seed})
