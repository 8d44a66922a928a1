"""How a scene's things stand and lie at one moment: objects, doors and drawers, arm and hand.

Nothing is played: things are put, dropped from a finger's breadth, left to settle, and doors and
the arm are then set to where they might be in the middle of a task.
"""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_bench.grounding.toys import Vessel
from clap_bench.pretraining.composition import Composition
from clap_bench.suite.keypoints import true_keypoint
from clap_bench.suite.truth import Truth
from clap_core.geometry import make_transform, tool_down
from clap_core.robot.kinematics import ArmKinematics
from clap_core.robot.specification import arm_specification
from clap_sim.world import World
from clap_sim.world.robot import FINGER_TRAVEL_M, HOME_RAD

SETTLE_STEPS = 100
SETTLE_TIMESTEP_S = 0.002
"""0.2 s, in steps twice as long as an episode's: nobody holds anything."""

POSTURE_SHARES = {"home": 0.15, "away": 0.25, "working": 0.60}
"""Where the arm is: at home, turned away from the table, over the objects."""

WORK_X_M, WORK_Y_M, WORK_Z_M = (0.35, 0.68), (-0.32, 0.32), (0.03, 0.40)
WORK_TILT_RAD = 0.5
"""The hand points down, give or take a tilt of up to this."""

NEAR_M = (0.0, 0.15)
"""How far the hand is from where something will be done, when it is about to do it."""
_NEAR_ASIDE_M = 0.02
_FORWARD_SHARE = 0.4
"""Of hands that are about to do something: they point forward, as they do at doors."""

_AWAY_TURN_RAD = (1.7, 2.6)
_AWAY_RAD = (0.0, -1.3, 0.0, -2.7, 0.0, 1.6, 0.785)

_DROP_M = 0.004
_DEEPEST_M = 0.004
"""Two things that are deeper in each other than this were not put there by anybody."""

_HOLDABLE_RADIUS_M = 0.038
_LOWEST_HELD_M = 0.12
_RIM_M = 0.012
"""A vessel's rim is so much higher than the fingers that hold it."""
_ARM_TRIES, _PLACE_TRIES = 4, 8
_LOST_Z_M = -0.05


class Arranger:
    """Arranges a world again and again.

    Args:
        world: of the composition.
        composition: what it was built of.

    Attributes:
        held: name of what the hand holds; empty for nothing.
    """

    def __init__(self, world: World, composition: Composition) -> None:
        self.world = world
        self.held = ""
        self._plans = composition.plans
        self._task = composition.task
        self._disorder = composition.disorder
        self._kinematics = ArmKinematics(arm_specification("fr3"))
        model = world.model
        roots = {item.body_id for item in world.objects.values()}
        self._inner = [
            joint
            for joint in range(model.njnt)
            if model.jnt_type[joint] != mujoco.mjtJoint.mjJNT_FREE
            and int(model.body_rootid[model.jnt_bodyid[joint]]) in roots
        ]
        self._inner_qpos = model.jnt_qposadr[self._inner]
        self._root = model.body_rootid[model.geom_bodyid]
        self._robot = int(model.body_rootid[model.body("fr3_hand").id])

    def arrange(self, rng: np.random.Generator, seed: int) -> bool:
        """Arrange everything again.

        Args:
            rng: draws what happens.
            seed: of the objects' places.

        Returns:
            Whether it could be done; the objects may be too many for the table, or fall off it.
        """
        for attempt in range(_PLACE_TRIES):
            try:
                self.world.reset(seed + attempt)
            except ValueError:
                continue
            if self._task is not None:
                self._task.prepare(self.world, rng)
            self._disturb(rng)
            if self._settle():
                break
        else:
            return False
        self._move_joints(rng)
        self._move_arm(rng)
        mujoco.mj_forward(self.world.model, self.world.data)
        return True

    def _disturb(self, rng: np.random.Generator) -> None:
        """Tip an object over, put one on another."""
        movable = [name for name, item in self.world.objects.items() if item.model.movable]
        if not movable:
            return
        if rng.random() < self._disorder.tipped:
            self._tip(movable[rng.integers(len(movable))], rng)
        if len(movable) > 1 and rng.random() < self._disorder.stacked:
            upper, lower = (movable[k] for k in rng.permutation(len(movable))[:2])
            below = self.world.objects[lower].model
            start = self._qpos(lower)
            place = self.world.data.qpos[start : start + 3].copy()
            place[2] += below.height_m + _DROP_M
            self.world.set_pose(upper, place, float(rng.uniform(-np.pi, np.pi)))

    def _tip(self, name: str, rng: np.random.Generator) -> None:
        """Lay an object on its side."""
        model = self.world.objects[name].model
        start = self._qpos(name)
        heading = rng.uniform(-np.pi, np.pi)
        axis = np.array([np.cos(heading), np.sin(heading), 0.0])
        half = 0.25 * np.pi
        self.world.data.qpos[start + 3 : start + 7] = (np.cos(half), *(np.sin(half) * axis))
        self.world.data.qpos[start + 2] += max(model.body_radius_m, 0.5 * model.height_m) + _DROP_M

    def _settle(self) -> bool:
        """Let everything come to rest; False if something left the table or flew away."""
        model, data = self.world.model, self.world.data
        usual = model.opt.timestep
        model.opt.timestep = SETTLE_TIMESTEP_S
        inner = data.qpos[self._inner_qpos].copy()
        try:
            mujoco.mj_step(model, data, SETTLE_STEPS)
        finally:
            model.opt.timestep = usual
        data.qpos[self._inner_qpos] = inner
        data.qvel[:] = 0.0
        mujoco.mj_forward(model, data)
        heights = [data.xpos[item.body_id][2] for item in self.world.objects.values()]
        return bool(np.isfinite(data.qpos).all() and min(heights, default=0.0) > _LOST_Z_M)

    def _move_joints(self, rng: np.random.Generator) -> None:
        """Doors, drawers and lids anywhere in their ranges, unless they would be in something."""
        if rng.random() >= self._disorder.moved_joints:
            return
        model, data = self.world.model, self.world.data
        for joint in self._inner:
            address = model.jnt_qposadr[joint]
            before = data.qpos[address]
            data.qpos[address] = rng.uniform(*model.jnt_range[joint])
            mujoco.mj_forward(model, data)
            if self._collides(int(model.body_rootid[model.jnt_bodyid[joint]])):
                data.qpos[address] = before
        mujoco.mj_forward(model, data)

    def _move_arm(self, rng: np.random.Generator) -> None:
        data = self.world.data
        self.held = ""
        names = tuple(POSTURE_SHARES)
        posture = names[rng.choice(len(names), p=tuple(POSTURE_SHARES.values()))]
        opening = rng.uniform(0.0, FINGER_TRAVEL_M)
        data.qpos[self.world.finger_qpos] = opening
        if posture == "away":
            joints = np.array(_AWAY_RAD) + rng.uniform(-0.2, 0.2, 7)
            joints[0] = rng.choice((-1.0, 1.0)) * rng.uniform(*_AWAY_TURN_RAD)
            data.qpos[self.world.arm_qpos] = joints
        elif posture == "working":
            self._work(rng)

    def _work(self, rng: np.random.Generator) -> None:
        """Bring the hand over the table, with or without something in it."""
        data = self.world.data
        before = data.qpos.copy()
        held = self._something_to_hold(rng)
        place = None if held is not None else self._place_of_work(rng)
        for _ in range(_ARM_TRIES):
            pose = _hand_pose(rng, held is not None) if place is None else _near_pose(rng, place)
            joints = self._kinematics.inverse(pose, np.array(HOME_RAD))
            if not isinstance(joints, np.ndarray):
                continue
            data.qpos[self.world.arm_qpos] = joints
            if held is not None:
                self._put_in_hand(held, pose)
            mujoco.mj_forward(self.world.model, data)
            if not self._collides(self._robot, apart_from=held):
                self.held = held or ""
                return
            data.qpos[:] = before

    def _place_of_work(self, rng: np.random.Generator) -> NDArray[np.float64] | None:
        """[3] where the hand is about to do something; None for anywhere."""
        if self._plans is None or rng.random() >= self._disorder.about:
            return None
        truth = Truth(self.world)
        steps = [
            (plan, number)
            for plan in self._plans(truth, rng, "")
            for number, stage in enumerate(plan)
            if stage.keypoint is not None
        ]
        if not steps:
            return None
        plan, number = steps[rng.integers(len(steps))]
        return true_keypoint(plan, number, truth)

    def _something_to_hold(self, rng: np.random.Generator) -> str | None:
        if rng.random() >= self._disorder.held:
            return None
        found = [
            name
            for name, item in self.world.objects.items()
            if item.model.movable and item.model.body_radius_m <= _HOLDABLE_RADIUS_M
        ]
        return found[rng.integers(len(found))] if found else None

    def _put_in_hand(self, name: str, base_T_tcp: NDArray[np.float64]) -> None:
        """Put an object's middle between the fingers, or a vessel's rim, its z axis against the
        tool's."""
        data, model = self.world.data, self.world.objects[name].model
        pose = base_T_tcp @ np.diag([1.0, -1.0, -1.0, 1.0])
        half_m, foot = model.body_radius_m, np.array([0.0, 0.0, -0.5 * model.height_m])
        if isinstance(model, Vessel):
            half_m = 0.5 * model.wall_m
            foot = np.array([0.0, model.rim_m - half_m, _RIM_M - model.height_m])
        start = self._qpos(name)
        data.qpos[start : start + 3] = pose[:3, 3] + pose[:3, :3] @ foot
        mujoco.mju_mat2Quat(data.qpos[start + 3 : start + 7], pose[:3, :3].ravel())
        data.qpos[self.world.finger_qpos] = min(half_m, FINGER_TRAVEL_M)

    def _qpos(self, name: str) -> int:
        """Address of a movable object's position and orientation."""
        model = self.world.model
        return int(model.jnt_qposadr[model.body_jntadr[self.world.objects[name].body_id]])

    def _collides(self, root: int, apart_from: str | None = None) -> bool:
        """Whether a thing is inside another one, or inside the table."""
        data = self.world.data
        ignored = -1 if apart_from is None else self.world.objects[apart_from].body_id
        deep = data.contact.dist[: data.ncon] < -_DEEPEST_M
        pairs = self._root[data.contact.geom[: data.ncon][deep]]
        others = pairs[:, 0] != pairs[:, 1]
        return bool((others & (pairs == root).any(axis=1) & (pairs != ignored).all(axis=1)).any())


def _near_pose(rng: np.random.Generator, place_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """A random pose [4, 4] of the tool that points at a place, from above or from the front."""
    pose = tool_down(place_m, float(rng.uniform(-0.5, 0.5) * np.pi))
    forward = rng.random() < _FORWARD_SHARE
    pitch = rng.uniform(-0.5 * np.pi, 0.0) if forward else rng.uniform(-0.2, 0.2)
    turn = make_transform(quaternion=(0.0, np.sin(0.5 * pitch), 0.0, np.cos(0.5 * pitch)))
    pose[:3, :3] = turn[:3, :3] @ pose[:3, :3]
    aside = rng.normal(0.0, _NEAR_ASIDE_M, 3)
    pose[:3, 3] = place_m + aside - rng.uniform(*NEAR_M) * pose[:3, 2]
    return pose


def _hand_pose(rng: np.random.Generator, is_holding: bool) -> NDArray[np.float64]:
    """A random pose [4, 4] of the tool over the table, pointing more or less down."""
    lowest = _LOWEST_HELD_M if is_holding else WORK_Z_M[0]
    position = (rng.uniform(*WORK_X_M), rng.uniform(*WORK_Y_M), rng.uniform(lowest, WORK_Z_M[1]))
    pose = tool_down(position, float(rng.uniform(-0.5, 0.5) * np.pi))
    axis, angle = rng.normal(size=3), rng.uniform(0.0, WORK_TILT_RAD)
    axis *= np.sin(0.5 * angle) / np.linalg.norm(axis)
    tilt = make_transform(quaternion=(*axis, np.cos(0.5 * angle)))
    pose[:3, :3] = tilt[:3, :3] @ pose[:3, :3]
    return pose
