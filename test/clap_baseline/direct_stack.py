"""The stack without ROS: the control loop over direct calls, real physics, rendered cameras.

The same planner, keypoint finder, policy and motion planner as behind the nodes; what they are
told of the world is what the simulated cameras and the robot's own joints say.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clap_bench.suite.agents.direct_calls import DirectCalls
from clap_bench.suite.robot import DirectRobot
from clap_core.camera.view import CameraView
from clap_core.control_loop import run_task
from clap_core.control_loop_types import TaskOutcome
from clap_core.task_types import KeyAction
from clap_sim.franka.robot import SimulatedFranka
from clap_sim.realsense.camera import CameraRig
from clap_sim.realsense.config import DepthConfig
from clap_sim.referee.referee import Referee
from clap_sim.world import World
from clap_sim.world.cameras import RGBD_CAMERAS, STAND
from clap_sim.world.scene import SceneModel as Setting

_SETTLE_S = 0.3


class DirectStack(DirectCalls):
    """Capabilities of the control loop in one process and one thread.

    Args:
        setting: what stands on the table.
        seed: of the places.
    """

    def __init__(self, setting: Setting, seed: int) -> None:
        super().__init__()
        self.world = World(setting, seed)
        self.referee = Referee(self.world)
        self._arm = DirectRobot(self.world, watch=self.referee.observe)
        self._rig = CameraRig(self.world.model, DepthConfig())
        self._arm.settle(_SETTLE_S)
        self.referee.restart()

    @property
    def robot(self) -> SimulatedFranka:
        """The simulated robot."""
        return self._arm.franka

    def obey(self, instruction: str) -> TaskOutcome:
        """Run a sentence to its end, and let things come to rest."""
        outcome = run_task(instruction, self)
        self._arm.settle(_SETTLE_S)
        return outcome

    def close(self) -> None:
        """Free the renderer."""
        self._rig.close()

    def move(self, action: KeyAction) -> None:
        self._arm.execute(action)

    def now_ns(self) -> int:
        return round(self.world.data.time * 1e9)

    def look(self) -> tuple[Sequence[CameraView], NDArray[np.float64], float]:
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
        return views, self._arm.base_T_tcp, self.robot.gripper.width_m
