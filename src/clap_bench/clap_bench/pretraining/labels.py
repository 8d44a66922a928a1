"""Which object and which part of it each geom belongs to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clap_data.scenes import LabelRecord
from clap_sim.world import World
from clap_sim.world.robot import FINGER_BODIES, HAND_BODY

TABLE, FLOOR, ROBOT = "table", "floor", "robot"

_HANDLE_REACH_M = 0.07
_HANDLE_RADIUS_M = 0.085
_BAR_M = 0.015
"""A geom is part of a handle if its middle is so near to the site where hands take it, and it is
so small, or a bar of at most this half width: doors and fronts are larger."""

_PARTS = {"freezer": "door"}
"""Parts that are called otherwise than their bodies."""


class Labels:
    """The labels of a world.

    Args:
        world: the world, as it was built.

    Attributes:
        table: what the numbers mean.
        objects: the numbers of things on the table.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        model = world.model
        keys = [self._key(geom) for geom in range(model.ngeom)]
        known = list(dict.fromkeys(key for key in keys if key is not None))
        self.table = tuple(
            self._record(number + 1, name, part) for number, (name, part) in enumerate(known)
        )
        self.objects = [row.label for row in self.table if row.object in world.objects]
        numbers = {key: number + 1 for number, key in enumerate(known)}
        self._of_geom = np.array(
            [0 if key is None else numbers[key] for key in keys] + [0], dtype=np.uint8
        )

    def image(self, geoms: NDArray[np.int32]) -> NDArray[np.uint8]:
        """[H, W] labels of [H, W] geom numbers, -1 for none."""
        return self._of_geom[geoms]

    def _key(self, geom: int) -> tuple[str, str] | None:
        """Object and part of a geom; None for what has no name."""
        model = self._world.model
        body = int(model.geom_bodyid[geom])
        if body == 0:
            name = model.geom(geom).name
            known = TABLE if name.startswith(TABLE) else FLOOR
            return (known, "body") if name else None
        root = int(model.body_rootid[body])
        name, root_name = model.body(body).name, model.body(root).name
        if root_name not in self._world.objects:
            return (ROBOT, "hand" if name in (HAND_BODY, *FINGER_BODIES) else "arm")
        return (root_name, "handle" if self._is_handle(geom, body) else _part(root_name, name))

    def _is_handle(self, geom: int, body: int) -> bool:
        model = self._world.model
        # Half sizes of the box around it, the bar's length last.
        thick = np.sort(model.geom_aabb[geom, 3:])[1]
        if model.geom_rbound[geom] > _HANDLE_RADIUS_M and thick > _BAR_M:
            return False
        return any(
            model.site(site).name.endswith("_handle")
            and model.site_bodyid[site] == body
            and np.linalg.norm(model.site_pos[site] - model.geom_pos[geom]) < _HANDLE_REACH_M
            for site in range(model.nsite)
        )

    def _record(self, number: int, name: str, part: str) -> LabelRecord:
        item = self._world.objects.get(name)
        if item is None:
            return LabelRecord(label=number, object=name, noun=name, part=part)
        model = item.model
        return LabelRecord(
            label=number, object=name, noun=model.nouns[0], colour=model.colour, part=part
        )


def _part(root: str, body: str) -> str:
    """What a body of an object is called: ``chest_drawer2`` is a drawer, ``safe_door`` a door."""
    if body == root:
        return "body"
    word = body.removeprefix(f"{root}_").split("_")[0].rstrip("0123456789")
    return _PARTS.get(word, word)
