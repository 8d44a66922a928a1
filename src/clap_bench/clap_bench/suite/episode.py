"""One episode: a task in a world, moved by key poses, judged by its own success check."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from clap_bench.suite.cameras import CAMERAS
from clap_bench.suite.conditions import GEMBENCH, Conditions
from clap_bench.suite.observation import EpisodeObservation
from clap_bench.suite.robot import DirectRobot
from clap_bench.suite.seeds import drawing_seed
from clap_bench.suite.task import Task
from clap_bench.suite.truth import Truth
from clap_core.camera.view import CameraView
from clap_core.errors import ClapError
from clap_core.robot.config import KeyActionConfig
from clap_core.task_types import KeyAction
from clap_sim.realsense.camera import CameraRig
from clap_sim.world import World
from clap_sim.world.robot import HAND_BODY
from clap_sim.world.scene import SceneModel

MAX_KEY_POSES = 25
"""GemBench's limit of key poses an episode."""

SETTLE_S = 0.3
"""Simulated time before the first look."""

REST_S = 0.15
"""Simulated time after each key pose, before success is judged."""

_CLUTTER_TRIES = 8
"""How often clutter is drawn anew where a scene has no room for it."""


class EpisodeOverError(Exception):
    """The episode has ended, by success or by its last key pose."""


@dataclass(frozen=True)
class Failure:
    """A key pose that could not be executed."""

    key_pose: int
    error: ClapError


class Episode:
    """A running episode. The same task and seed give the same episode, to the last bit.

    Args:
        task: the variation.
        seed: of placement, distractors and looks, drawn for each variation anew.
        instruction: replaces the task's own wording.
        conditions: as published by default.
        robot: how key actions are executed.

    Attributes:
        task: the variation.
        seed: of the episode.
        instruction: what the person says.
        truth: the true state; for experts and judges only.
        robot: the robot.
        key_poses: how many were executed or tried.
        action: the one under way, or the last one.
        on_watch: called every 20 ms of simulated time; for films.
        failures: those of them that failed.
        success: whether the task is done.
    """

    def __init__(
        self,
        task: Task,
        seed: int,
        instruction: str = "",
        conditions: Conditions = GEMBENCH,
        robot: KeyActionConfig | None = None,
    ) -> None:
        self.task = task
        self.seed = seed
        # One stream for each purpose: a task that draws once more changes nothing else.
        drawn = drawing_seed(task, seed)
        streams = np.random.default_rng(drawn).spawn(6)
        content, preparation, look, words, clutter, calibration = streams
        self.instruction = instruction or conditions.instruction(task, words)
        scene = replace(
            task.scene(content),
            instruction=self.instruction,
            appearance=conditions.appearance(look),
        )
        self.world = _world(scene, drawn, conditions, clutter)
        self._camera_T_told = {
            mount.name: conditions.miscalibration(calibration) for mount in CAMERAS
        }
        task.prepare(self.world, preparation)
        self.truth = Truth(self.world)
        self.on_watch: Callable[[], None] = lambda: None
        self.robot = DirectRobot(self.world, robot, self._watch)
        self._depth = conditions.depth.model_copy(update={"seed": seed})
        self._rig: CameraRig | None = None
        self.key_poses = 0
        self.action: KeyAction | None = None
        self.failures: list[Failure] = []
        self.robot.settle(SETTLE_S)
        self.truth = Truth(self.world)
        self.success = task.success(self.truth)

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.success or self.key_poses >= MAX_KEY_POSES

    def observe(self) -> EpisodeObservation:
        """Look through all cameras; successive looks have successive noise."""
        if self._rig is None:
            self._rig = CameraRig(self.world.model, self._depth, CAMERAS)
        return EpisodeObservation(
            self.instruction,
            tuple(self._view(self._rig, mount.name) for mount in CAMERAS),
            self.robot.franka.arm.position.copy(),
            self.robot.base_T_tcp,
            self.robot.franka.gripper.width_m,
            MAX_KEY_POSES - self.key_poses,
        )

    def execute(self, action: KeyAction) -> None:
        """Bring the robot to a key pose, then judge.

        Raises:
            EpisodeOverError: the episode has ended; by this key pose or before it.
            ClapError: the key pose failed (see ``DirectRobot.execute``). It counts, and the
                episode goes on.
        """
        if self.over:
            raise EpisodeOverError
        try:
            self.play_on(action)
        except ClapError as error:
            if self.over:
                raise EpisodeOverError from error
            raise
        if self.over:
            raise EpisodeOverError

    def play_on(self, action: KeyAction) -> None:
        """The same whether or not the episode is over: what is done after success may undo it.

        Raises:
            ClapError: the key pose failed.
        """
        self.key_poses += 1
        self.action = action
        try:
            self.robot.execute(action)
        except ClapError as error:
            self.failures.append(Failure(self.key_poses, error))
            self._judge()
            raise
        self._judge()

    def spectate(self) -> np.ndarray:
        """[540, 960, 3] RGB picture for people."""
        if self._rig is None:
            self._rig = CameraRig(self.world.model, self._depth, CAMERAS)
        return self._rig.spectate(self.world.data, shadows=False)

    def close(self) -> None:
        """Free the renderer."""
        if self._rig is not None:
            self._rig.close()
            self._rig = None

    def _judge(self) -> None:
        self.robot.settle(REST_S)
        self.success = self.task.success(self.truth)

    def _watch(self) -> None:
        self.task.watch(self.truth)
        self.on_watch()

    def _view(self, rig: CameraRig, name: str) -> CameraView:
        image = rig.capture(self.world.data, name)
        mount = next(mount for mount in CAMERAS if mount.name == name)
        base_T_camera = mount.parent_T_optical()
        if mount.body == HAND_BODY:
            base_T_hand = self.robot.base_T_tcp @ self.robot.planner.kinematics.tcp_T_hand
            base_T_camera = base_T_hand @ base_T_camera
        return CameraView(
            name,
            image.depth_mm,
            image.color,
            rig.intrinsics[name],
            base_T_camera @ self._camera_T_told[name],
            round(self.world.data.time * 1e9),
        )


def _world(scene: SceneModel, seed: int, conditions: Conditions, rng: np.random.Generator) -> World:
    """The scene with clutter; without, where it leaves no room."""
    if conditions.clutter:
        for _ in range(_CLUTTER_TRIES):
            with contextlib.suppress(ValueError):
                return World(conditions.cluttered(scene, rng), seed, CAMERAS)
    return World(scene, seed, CAMERAS)
