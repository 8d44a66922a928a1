"""Where the FR3 and its hand are in a MuJoCo model."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode

NUM_JOINTS = 7
HAND_T_TCP_Z_M = 0.1034
"""From the hand's frame to the tool centre point, along z (franka_description)."""
LINK8_OFFSET_Z_M = 0.107
"""From link 7 to the flange, link 8, along z."""


@dataclass(frozen=True)
class FrankaModel:
    """Addresses of the robot's parts, found from the joints' names and the model's structure.

    Attributes:
        model: the MuJoCo model.
        arm_id: prefix of the joint names.
        joints: ids of the seven arm joints.
        qpos: [7] addresses in ``qpos``.
        dofs: [7] addresses in ``qvel``.
        actuators: [7] ids of the joints' actuators.
        links: ids of the bodies link1..link7.
        base: id of the body that carries link 1 (link 0).
        hand: id of the hand's body; the last link where the hand is fused to it.
        moving: [n] ids of every body that link 1 carries.
        fingers: ids of the two finger bodies.
        finger_qpos: [2] addresses in ``qpos``.
        finger_dofs: [2] addresses in ``qvel``.
        gripper_actuator: id of the actuator that drives both fingers through a tendon.
        lower: [7] lower joint limits in rad.
        upper: [7] upper joint limits in rad.
    """

    model: mujoco.MjModel
    arm_id: str
    joints: tuple[int, ...]
    qpos: NDArray[np.intp]
    dofs: NDArray[np.intp]
    actuators: NDArray[np.intp]
    links: tuple[int, ...]
    base: int
    hand: int
    moving: NDArray[np.intp]
    fingers: tuple[int, int]
    finger_qpos: NDArray[np.intp]
    finger_dofs: NDArray[np.intp]
    gripper_actuator: int
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]

    @property
    def joint_names(self) -> tuple[str, ...]:
        """Names of the arm's joints, first to last."""
        return tuple(f"{self.arm_id}_joint{i + 1}" for i in range(NUM_JOINTS))

    @property
    def finger_joint_names(self) -> tuple[str, str]:
        """Names of the fingers' joints."""
        return f"{self.arm_id}_finger_joint1", f"{self.arm_id}_finger_joint2"

    def hand_pose(self, data: mujoco.MjData) -> NDArray[np.float64]:
        """[4, 4] pose of the hand in the frame of link 0."""
        return relative_pose(data, self.base, self.hand)


def find_franka(
    model: mujoco.MjModel, arm_id: str = "fr3", model_arm_id: str = "fr3"
) -> FrankaModel:
    """Find the robot in a model.

    Args:
        model: with joints ``<model_arm_id>_joint1..7``, an actuator for each, and a hand whose
            fingers are driven by one actuator through a tendon.
        arm_id: prefix of the robot's names in ROS.
        model_arm_id: prefix that they have in the model.

    Raises:
        ClapError: INVALID_REQUEST when a part is missing, naming it.
    """
    joints = [_joint(model, f"{model_arm_id}_joint{i + 1}") for i in range(NUM_JOINTS)]
    actuators = [_joint_actuator(model, joint) for joint in joints]
    gripper = [
        a
        for a in range(model.nu)
        if model.actuator_trntype[a] == mujoco.mjtTrn.mjTRN_TENDON
        and len(_tendon_joints(model, int(model.actuator_trnid[a, 0]))) == 2
    ]
    if not gripper:
        raise _missing("an actuator that drives two finger joints through a tendon")
    finger_joints = _tendon_joints(model, int(model.actuator_trnid[gripper[0], 0]))
    links = tuple(int(model.jnt_bodyid[joint]) for joint in joints)
    fingers = [int(model.jnt_bodyid[joint]) for joint in finger_joints]
    return FrankaModel(
        model=model,
        arm_id=arm_id,
        joints=tuple(joints),
        qpos=model.jnt_qposadr[joints].astype(np.intp),
        dofs=model.jnt_dofadr[joints].astype(np.intp),
        actuators=np.array(actuators, dtype=np.intp),
        links=links,
        base=int(model.body_parentid[links[0]]),
        hand=int(model.body_parentid[fingers[0]]),
        moving=np.array([b for b in range(model.nbody) if _carries(model, links[0], b)]),
        fingers=(fingers[0], fingers[1]),
        finger_qpos=model.jnt_qposadr[finger_joints].astype(np.intp),
        finger_dofs=model.jnt_dofadr[finger_joints].astype(np.intp),
        gripper_actuator=gripper[0],
        lower=model.jnt_range[joints, 0].copy(),
        upper=model.jnt_range[joints, 1].copy(),
    )


def relative_pose(data: mujoco.MjData, parent: int, child: int) -> NDArray[np.float64]:
    """[4, 4] pose of a body in the frame of another."""
    world_R_parent = data.xmat[parent].reshape(3, 3)
    parent_T_child = np.eye(4)
    parent_T_child[:3, :3] = world_R_parent.T @ data.xmat[child].reshape(3, 3)
    parent_T_child[:3, 3] = world_R_parent.T @ (data.xpos[child] - data.xpos[parent])
    return parent_T_child


def _joint(model: mujoco.MjModel, name: str) -> int:
    joint = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_JOINT, name)
    if joint < 0:
        raise _missing(f"a joint named {name}")
    return int(joint)


def _joint_actuator(model: mujoco.MjModel, joint: int) -> int:
    for actuator in range(model.nu):
        if (
            model.actuator_trntype[actuator] == mujoco.mjtTrn.mjTRN_JOINT
            and model.actuator_trnid[actuator, 0] == joint
        ):
            return actuator
    raise _missing(f"an actuator of joint {model.joint(joint).name}")


def _tendon_joints(model: mujoco.MjModel, tendon: int) -> list[int]:
    first = model.tendon_adr[tendon]
    wraps = range(first, first + model.tendon_num[tendon])
    return [
        int(model.wrap_objid[w]) for w in wraps if model.wrap_type[w] == mujoco.mjtWrap.mjWRAP_JOINT
    ]


def _carries(model: mujoco.MjModel, ancestor: int, body: int) -> bool:
    while body > 0:
        if body == ancestor:
            return True
        body = int(model.body_parentid[body])
    return False


def _missing(what: str) -> ClapError:
    return ClapError(
        ErrorCode.INVALID_REQUEST,
        f"the MuJoCo model has no {what.removeprefix('a ').removeprefix('an ')}",
        "Build the scene on the FR3 with hand of clap_sim.world.robot",
    )
