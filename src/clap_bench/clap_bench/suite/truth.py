"""The true state of an episode, for success checks and experts; policies never see it."""

from __future__ import annotations

from typing import TypeVar

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_sim.world import World
from clap_sim.world.robot import FINGER_BODIES, HAND_BODY

Model = TypeVar("Model")

REST_SPEED_M_S = 0.02
"""Below this a body counts as being at rest."""


class Truth:
    """Reads a world.

    Args:
        world: the world.

    Attributes:
        world: the world.
        events: what came true during the episode; tasks add words of their own.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.events: list[str] = []
        self._parents = world.model.body_parentid
        self._start_m = {name: self.position(name) for name in world.objects}

    def model(self, name: str, kind: type[Model]) -> Model:
        """What an object is, with its dimensions."""
        model = self.world.objects[name].model
        assert isinstance(model, kind)
        return model

    def note(self, event: str) -> None:
        """Add an event unless it is known already."""
        if event not in self.events:
            self.events.append(event)

    def pose(self, name: str) -> NDArray[np.float64]:
        """[4, 4] base_T_object of an object or of any body."""
        body = self.world.data.body(name)
        return _transform(body.xpos, body.xmat)

    def position(self, name: str) -> NDArray[np.float64]:
        """[3] where the origin of an object or any body is."""
        return np.array(self.world.data.body(name).xpos)

    def start(self, name: str) -> NDArray[np.float64]:
        """[3] where an object was when the episode began."""
        return self._start_m[name]

    def site(self, name: str) -> NDArray[np.float64]:
        """[4, 4] base_T_site: a frame that an object offers, such as its handle."""
        site = self.world.data.site(name)
        return _transform(site.xpos, site.xmat)

    def joint(self, name: str) -> float:
        """Position of an inner joint, m or rad."""
        return float(self.world.data.joint(name).qpos[0])

    def upright(self, name: str) -> float:
        """Cosine of the angle between an object's z axis and the vertical."""
        return float(self.world.data.body(name).xmat[8])

    def at_rest(self, name: str) -> bool:
        """Whether an object hardly moves."""
        velocity = np.zeros(6)
        body = self.world.model.body(name).id
        mujoco.mj_objectVelocity(
            self.world.model, self.world.data, mujoco.mjtObj.mjOBJ_BODY, body, velocity, 0
        )
        return bool(np.linalg.norm(velocity[3:]) < REST_SPEED_M_S)

    def touching(self, first: str, second: str) -> bool:
        """Whether two bodies touch, the bodies that they carry included."""
        return self._in_contact(self._subtree(first), self._subtree(second))

    def held(self, name: str) -> bool:
        """Whether both fingers touch an object."""
        return all(self.touching(finger, name) for finger in FINGER_BODIES)

    def free(self, name: str) -> bool:
        """Whether no part of the hand touches an object."""
        return not self.touching(HAND_BODY, name)

    def struck(self, name: str) -> bool:
        """Whether the robot touches an object with anything but its fingers."""
        tree = self.world.model.body_rootid
        fingers = {self.world.model.body(finger).id for finger in FINGER_BODIES}
        own = np.flatnonzero(tree == tree[self.world.model.body(HAND_BODY).id]).tolist()
        arm = set(own) - fingers
        return self._in_contact(arm, self._subtree(name))

    def base_T_tcp(self) -> NDArray[np.float64]:
        """[4, 4] pose of the tool centre point."""
        return self.world.base_T_tcp()

    def _in_contact(self, a: set[int], b: set[int]) -> bool:
        data = self.world.data
        bodies = self.world.model.geom_bodyid[data.contact.geom[: data.ncon]]
        return any((x in a and y in b) or (y in a and x in b) for x, y in bodies)

    def _subtree(self, name: str) -> set[int]:
        root = self.world.model.body(name).id
        found = {root}
        for body in range(root + 1, self.world.model.nbody):
            if int(self._parents[body]) in found:
                found.add(body)
        return found


def _transform(position: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    transform = np.eye(4)
    transform[:3, :3] = np.reshape(matrix, (3, 3))
    transform[:3, 3] = position
    return transform
