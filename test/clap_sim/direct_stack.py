"""The stack without ROS: the control loop over direct calls, real physics, rendered cameras.

The same planner, keypoint finder, policy and motion planner as behind the nodes; what they are
told of the world is what the simulated cameras and the robot's own joints say.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clap_core.backends import Observation, Scene
from clap_core.baseline.keypoint import GeometricKeypointFinder
from clap_core.baseline.planner import GrammarPlanner
from clap_core.baseline.policy import AnalyticPolicy
from clap_core.camera.view import CameraView
from clap_core.control_loop import run_task
from clap_core.control_loop_types import TaskEvent, TaskOutcome
from clap_core.errors import ClapError, ErrorCode
from clap_core.fusion import CloudFuser, FusionConfig
from clap_core.robot.planner import MotionPlanner
from clap_core.robot.specification import arm_specification
from clap_core.task_types import (
    ActionChunk,
    GripperCommand,
    HeldObject,
    KeyAction,
    Keypoint,
    Motion,
    SubTask,
)
from clap_sim.franka.config import FrankaConfig
from clap_sim.franka.gripper import GripperState
from clap_sim.franka.robot import SimulatedFranka
from clap_sim.franka.trajectory_goal import RequestPoint, TrajectoryRequest
from clap_sim.realsense.camera import CameraRig
from clap_sim.realsense.config import DepthConfig
from clap_sim.referee.referee import Referee
from clap_sim.world import World
from clap_sim.world.cameras import RGBD_CAMERAS, STAND
from clap_sim.world.scene import Scene as Setting

_SETTLE_S = 0.3
_LIMIT_S = 30.0
_GRIPPER_SPEED_M_S = 0.1
_CONTACT_N = 12.0
_OBSERVE_EVERY = 20


class DirectStack:
    """Capabilities of the control loop in one process and one thread.

    Args:
        setting: what stands on the table.
        seed: of the places.
    """

    def __init__(self, setting: Setting, seed: int) -> None:
        self.world = World(setting, seed)
        self.robot = SimulatedFranka(self.world.model, self.world.data, FrankaConfig())
        self.referee = Referee(self.world)
        self._rig = CameraRig(self.world.model, DepthConfig())
        self._fuser = CloudFuser(FusionConfig())
        self._planner = GrammarPlanner()
        self._finder = GeometricKeypointFinder()
        self._policy = AnalyticPolicy()
        self._motion = MotionPlanner(arm_specification("fr3"))
        self._steps = 0
        self._run(_SETTLE_S)
        self.referee.restart()

    def obey(self, instruction: str) -> TaskOutcome:
        """Run a sentence to its end, and let things come to rest."""
        outcome = run_task(instruction, self)
        self._run(_SETTLE_S)
        return outcome

    def close(self) -> None:
        """Free the renderer."""
        self._rig.close()

    # Capabilities

    def plan(self, instruction: str) -> tuple[SubTask, ...]:
        return self._planner.plan(instruction)

    def find_keypoint(self, subtask: SubTask, not_before_ns: int) -> Keypoint:
        return self._finder.find(subtask, self._look())

    def predict(
        self,
        subtask: SubTask,
        keypoint: Keypoint,
        held: HeldObject | None,
        attempt: int,
        not_before_ns: int,
    ) -> ActionChunk:
        return self._policy.act(Observation(subtask, keypoint, self._look(), held, attempt))

    def execute(self, action: KeyAction) -> None:
        self._move(action)
        if action.gripper is GripperCommand.OPEN:
            command = self.robot.gripper.move(action.width_m, _GRIPPER_SPEED_M_S)
        elif action.gripper is GripperCommand.GRASP:
            middle = (action.width_m + self.robot.gripper.max_width_m) / 2
            reach = self.robot.gripper.max_width_m - middle
            command = self.robot.gripper.grasp(
                middle, _GRIPPER_SPEED_M_S, action.force_n, reach, reach
            )
        else:
            return
        self._run_until(lambda: command.state is not GripperState.RUNNING)
        if command.state is not GripperState.SUCCEEDED:
            raise ClapError(ErrorCode.GRASP_FAILED, command.error, "Try again")

    def recover(self) -> None:
        self.robot.recover()

    def now_ns(self) -> int:
        return round(self.world.data.time * 1e9)

    def report(self, event: TaskEvent) -> None:
        pass

    def cancelled(self) -> bool:
        return False

    # the world

    def _look(self) -> Scene:
        views = []
        for mount in RGBD_CAMERAS:
            if mount.body != STAND:
                continue
            image = self._rig.capture(self.world.data, mount.name)
            views.append(
                CameraView(
                    mount.name,
                    image.depth_mm,
                    image.color,
                    self._rig.intrinsics[mount.name],
                    mount.parent_T_optical(),
                )
            )
        base_T_tcp = self._motion.kinematics.forward(self.robot.arm.position)
        return Scene(self._fuser.fuse(views), base_T_tcp, self.robot.gripper.width_m)

    def _move(self, action: KeyAction) -> None:
        start = self.robot.follower.setpoint.position.copy()
        trajectory = self._motion.plan(action.base_T_tcp, action.motion, start, action.speed_scale)
        if trajectory is None:
            return
        rows = zip(trajectory.times, trajectory.positions, trajectory.velocities, strict=True)
        points = [RequestPoint(t, q, v) for t, q, v in rows if t > 0.0]
        execution = self.robot.start_trajectory(
            TrajectoryRequest(trajectory.joint_names, points), self.world.data.time
        )
        guarded = action.motion is Motion.GUARDED

        def ended() -> bool:
            force = float(np.linalg.norm(self.robot.forces.base_wrench[:3]))
            return execution.outcome is not None or (guarded and force > _CONTACT_N)

        self._run_until(ended)
        if execution.outcome is None:
            self.robot.follower.hold(self.robot.arm.position.copy(), "contact")
        elif execution.outcome.code != 0:
            raise ClapError(ErrorCode.ROBOT_REFLEX, execution.outcome.reason, "Try again")

    def _run_until(self, done: Callable[[], bool]) -> None:
        end_s = self.world.data.time + _LIMIT_S
        while not done():
            assert self.world.data.time < end_s, "the simulated deadline has passed"
            self.robot.before_step(self.world.data.time)
            self.world.step()
            self.robot.after_step()
            self._steps += 1
            if self._steps % _OBSERVE_EVERY == 0:
                self.referee.observe()

    def _run(self, seconds: float) -> None:
        end_s = self.world.data.time + seconds
        self._run_until(lambda: self.world.data.time >= end_s)
