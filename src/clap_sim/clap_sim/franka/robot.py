"""The simulated Franka as a whole: arm, hand, trajectory controller and safety."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_franka.collision import CollisionBehavior
from clap_franka.motion.follower import Execution, TrajectoryFollower
from clap_franka.motion.goal import GoalRules, TrajectoryRequest
from clap_franka.robot import RobotMode
from clap_sim.franka.arm import SimulatedArm
from clap_sim.franka.config import FrankaConfig
from clap_sim.franka.external_forces import ExternalForces
from clap_sim.franka.gripper import SimulatedGripper
from clap_sim.franka.model import HAND_T_TCP_Z_M, FrankaModel, find_franka
from clap_sim.franka.reflex import Safety

FloatArray = NDArray[np.float64]


class SimulatedFranka:
    """Steps with the physics: :meth:`before_step`, ``mj_step``, :meth:`after_step`.

    Args:
        model: a MuJoCo model with the FR3 and its hand; the gains of its actuators are replaced.
        data: the state; the arm holds where it stands.
        config: the robot's settings.

    Attributes:
        data: the simulation's state.
        franka: where the robot's parts are in the model.
        arm: the impedance controller.
        gripper: the hand.
        follower: the trajectory controller.
        safety: mode, errors and thresholds.
        forces: external torques and wrench, the latter at the stiffness frame.
        hand_T_ee: [4, 4] end effector frame.
        ee_T_k: [4, 4] stiffness frame.
    """

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData, config: FrankaConfig) -> None:
        self.config = config
        self.data = data
        self.franka: FrankaModel = find_franka(model, config.arm_id)
        self.arm = SimulatedArm(self.franka, data, config.arm)
        self.gripper = SimulatedGripper(self.franka, data, config.gripper)
        self.follower = TrajectoryFollower(
            config.arm, self.franka.lower, self.franka.upper, self.arm.position
        )
        self.safety = Safety(CollisionBehavior.from_config(config.collision))
        self.safety.set_user_stop(config.user_stop)
        self.forces = ExternalForces(self.franka, data, config.collision.filter_cutoff)
        self.hand_T_ee = np.eye(4)
        self.hand_T_ee[2, 3] = HAND_T_TCP_Z_M
        self.ee_T_k = np.eye(4)
        self._stiffness_center = self.hand_T_ee[:3, 3]
        self._qpos = np.concatenate((self.franka.qpos, self.franka.finger_qpos))
        self._last_qpos = self._robot_qpos()
        self._rules = GoalRules(
            self.franka.joint_names,
            self.franka.lower,
            self.franka.upper,
            np.array(config.arm.velocity_limits),
            config.arm.stopped_velocity,
            config.arm.goal_time,
        )

    @property
    def mode(self) -> RobotMode:
        """The robot's mode; MOVE while a motion is commanded."""
        if self.safety.mode is RobotMode.IDLE and self.follower.moving:
            return RobotMode.MOVE
        return self.safety.mode

    @property
    def ee_pose(self) -> FloatArray:
        """[4, 4] measured pose of the end effector frame in link 0."""
        return self.franka.hand_pose(self.data) @ self.hand_T_ee

    def set_frames(
        self, hand_T_ee: FloatArray | None = None, ee_T_k: FloatArray | None = None
    ) -> None:
        """Move the end effector or the stiffness frame ([4, 4] each; None keeps it)."""
        self.hand_T_ee = self.hand_T_ee if hand_T_ee is None else hand_T_ee
        self.ee_T_k = self.ee_T_k if ee_T_k is None else ee_T_k
        self._stiffness_center = (self.hand_T_ee @ self.ee_T_k)[:3, 3]

    def start_trajectory(self, request: TrajectoryRequest, now_s: float) -> Execution:
        """Check a goal and begin it; a goal that starts too far away ends at once by reflex.

        Raises:
            ClapError: ROBOT_REFLEX or ROBOT_NOT_READY while no motion is allowed.
            GoalRefusedError: the goal is invalid.
        """
        self.check_ready()
        goal = self._rules.check(request, now_s)
        execution, fault = self.follower.start(goal, now_s)
        if fault is not None:
            self._stop_by_reflex((fault,))
        return execution

    def check_trajectory(self, request: TrajectoryRequest, now_s: float) -> None:
        """Raise what :meth:`start_trajectory` would, without moving."""
        self.check_ready()
        self._rules.check(request, now_s)

    def check_ready(self) -> None:
        """Raise where the robot takes no motion.

        Raises:
            ClapError: ROBOT_REFLEX or ROBOT_NOT_READY.
        """
        refusal = self.safety.refusal()
        if refusal is not None:
            reflex = self.safety.mode is RobotMode.REFLEX
            reason, cure = refusal.split("; ", 1)
            raise ClapError(
                ErrorCode.ROBOT_REFLEX if reflex else ErrorCode.ROBOT_NOT_READY, reason, cure
            )

    def recover(self) -> None:
        """Clear the errors; the arm holds where it stands.

        Raises:
            ClapError: ROBOT_NOT_READY while the user stop is pressed.
        """
        self.safety.recover()

    def set_user_stop(self, pressed: bool) -> None:
        """Press or release the user stop; pressing it stops the arm."""
        self.safety.set_user_stop(pressed)
        if pressed:
            self.follower.hold(
                self.arm.position, "libfranka: Move command aborted: User Stop pressed!"
            )

    def reset(self) -> None:
        """Hold where the world has put the robot; running commands are aborted."""
        self.follower.hold(self.arm.position, "the simulation was reset")
        self.gripper.reset()
        self.forces.reset()
        if self.safety.mode is not RobotMode.USER_STOPPED:
            self.safety.recover()

    def follow_teleport(self) -> None:
        """Reset where the robot was moved between steps, as a reset of the world does."""
        if not np.array_equal(self._robot_qpos(), self._last_qpos):
            self.reset()

    def before_step(self, now_s: float) -> None:
        """Write the controls for the next physics step."""
        setpoint, fault = self.follower.step(now_s, self.arm.position, self.arm.velocity)
        if fault is not None:
            self._stop_by_reflex((fault,))
            setpoint = self.follower.setpoint
        self.arm.apply(setpoint)
        self.gripper.step(now_s)

    def after_step(self) -> None:
        """Feel the external forces of the last physics step, and stop on a collision."""
        data, hand = self.data, self.franka.hand
        world_R_hand = data.xmat[hand].reshape(3, 3)
        self.forces.update(data.xpos[hand] + world_R_hand @ self._stiffness_center)
        self._last_qpos = self._robot_qpos()
        errors = self.safety.watch(self.forces.values, self.follower.setpoint.acceleration)
        if errors:
            self._stop_by_reflex(errors)

    def _robot_qpos(self) -> FloatArray:
        return self.data.qpos[self._qpos].copy()  # type: ignore[no-any-return]

    def _stop_by_reflex(self, errors: tuple[str, ...]) -> None:
        # Holding where the arm is, not where it was to go, takes the force off what it hit.
        self.follower.hold(self.arm.position.copy(), self.safety.trip(errors))
