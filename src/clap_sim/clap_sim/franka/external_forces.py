"""What the surroundings do to the arm: external joint torques and the wrench at the tool."""

from __future__ import annotations

import math

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_core.compiled import compiled
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
        now = _external(
            data.cfrc_ext[franka.moving],
            self._carried,
            data.cdof[franka.dofs],
            data.subtree_com[self._root] - world_point,
            data.xmat[franka.base].reshape(3, 3),
        )
        self.values += self._blend * (now - self.values)


@compiled()
def _external(
    on_bodies: FloatArray,
    carried: FloatArray,
    axes: FloatArray,
    point_to_com: FloatArray,
    world_R_base: FloatArray,
) -> FloatArray:
    """Joint torques and the wrench at a point; compiled, for it runs a thousand times a second.

    Args:
        on_bodies: [M, 6] torque and force on each moving body, about the centre of mass of the
            kinematic tree, as MuJoCo's ``cfrc_ext``.
        carried: [L, M] 1 where link 1, 2, ... carries a body.
        axes: [J, 6] rotation and translation of each joint about the same point (``cdof``).
        point_to_com: [3] m from where the wrench is taken to that centre of mass.
        world_R_base: [3, 3].

    Returns:
        [J + 6] torques in Nm, force in N and moment in Nm, the latter two in the base frame.
    """
    per_link = carried @ on_bodies
    joints = len(axes)
    result = np.empty(joints + 6)
    # Both are about one point, so their product is the generalised force.
    for joint in range(joints):
        result[joint] = np.dot(axes[joint], per_link[joint])
    force = per_link[0, 3:]
    moment = per_link[0, :3] + np.cross(point_to_com, force)
    result[joints : joints + 3] = force @ world_R_base
    result[joints + 3 :] = moment @ world_R_base
    return result


def _is_carried(model: mujoco.MjModel, link: int, body: int) -> bool:
    while body > 0:
        if body == link:
            return True
        body = int(model.body_parentid[body])
    return False
