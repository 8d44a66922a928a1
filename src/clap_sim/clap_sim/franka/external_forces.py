"""What the surroundings do to the arm: external joint torques and the wrench at the tool."""

from __future__ import annotations

import math

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_sim.franka.model import NUM_JOINTS, FrankaModel

FloatArray = NDArray[np.float64]


class ExternalForces:
    """Low-pass filtered external torques and wrench, as libfranka's robot state has them.

    The robot estimates them from its torque sensors; here they come from the contact forces of
    the physics, which is what that estimate approximates. Forces between parts of the robot, and
    the two sides of a grasp, cancel out; the weight of a held object remains.

    Args:
        franka: where the robot is.
        data: the simulation's state.
        cutoff_hz: of the first-order low-pass.

    Attributes:
        values: [13] the joint torques and then the wrench.
    """

    def __init__(self, franka: FrankaModel, data: mujoco.MjData, cutoff_hz: float) -> None:
        self._franka = franka
        self._data = data
        self._blend = 1.0 - math.exp(-2.0 * math.pi * cutoff_hz * franka.model.opt.timestep)
        self._root = int(franka.model.body_rootid[franka.links[0]])
        # Row i selects the bodies that link i carries, so that one product sums them.
        carried = np.zeros((len(franka.links), len(franka.moving)))
        for row, link in enumerate(franka.links):
            for column, body in enumerate(franka.moving):
                carried[row, column] = _is_carried(franka.model, link, int(body))
        self._carried = carried
        self.values = np.zeros(NUM_JOINTS + 6)

    @property
    def torque(self) -> FloatArray:
        """[7] torques in Nm that act on the joints."""
        return self.values[:NUM_JOINTS]

    @property
    def base_wrench(self) -> FloatArray:
        """[6] force in N and torque in Nm that act on the robot, in the axes of link 0.

        A hand that presses on the table feels a positive z force.
        """
        return self.values[NUM_JOINTS:]

    def reset(self) -> None:
        """Forget the past."""
        self.values = np.zeros_like(self.values)

    def update(self, world_point: FloatArray) -> None:
        """Take in the last physics step.

        Args:
            world_point: [3] where the wrench is taken, in the world.
        """
        data, franka = self._data, self._franka
        mujoco.mj_rnePostConstraint(franka.model, data)
        # cfrc_ext and cdof are both [rotation, translation] about the kinematic tree's centre of
        # mass, so their product is the generalised force.
        per_link = self._carried @ data.cfrc_ext[franka.moving]
        torque = np.einsum("ij,ij->i", data.cdof[franka.dofs], per_link)
        total = per_link[0]
        force = total[3:]
        moment = total[:3] + _cross(data.subtree_com[self._root] - world_point, force)
        rotation = data.xmat[franka.base].reshape(3, 3)
        now = np.concatenate((torque, force @ rotation, moment @ rotation))
        self.values += self._blend * (now - self.values)


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    # numpy.cross costs 30 us on single vectors; this runs a thousand times a second.
    return np.array(
        (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
    )


def _is_carried(model: mujoco.MjModel, link: int, body: int) -> bool:
    while body > 0:
        if body == link:
            return True
        body = int(model.body_parentid[body])
    return False
