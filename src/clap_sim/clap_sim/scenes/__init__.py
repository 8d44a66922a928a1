"""The scenes, one file each. A new one is a file with a `SCENE` and a line here."""

from __future__ import annotations

from clap_core.errors import ClapError, ErrorCode
from clap_sim.scenes import blocks, buttons, drawer, empty, tabletop, two_mugs
from clap_sim.world.scene import SceneModel

SCENES: dict[str, SceneModel] = {
    module.SCENE.name: module.SCENE
    for module in (tabletop, two_mugs, blocks, buttons, drawer, empty)
}


def scene(name: str) -> SceneModel:
    """The scene of that name.

    Raises:
        ClapError: INVALID_REQUEST if there is none.
    """
    if name not in SCENES:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"there is no scene '{name}'",
            f"Choose one of {', '.join(SCENES)}",
        )
    return SCENES[name]
