"""Things on a table, seen as points, and how a hand was shown to take them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clap_core.backends import Observation, Scene
from clap_core.geometry import tool_down
from clap_core.point_cloud import PointCloud
from clap_core.task_types import Action, GripperCommand, HeldObject, KeyAction, Keypoint, SubTask
from clap_learning.policy.align import AlignPolicy, AlignSettings
from clap_learning.policy.demonstration import Demonstration, SubTaskStart
from clap_learning.policy.making import learned_rules
from clap_learning.policy.memory import Memory, save_memory
from clap_learning.policy.surroundings import surroundings

HAND_HOME = tool_down((0.4, 0.0, 0.45))
GRASP = SubTask(Action.GRASP, "grasp the bracket", object="bracket")


def bracket(at_m: tuple[float, float], yaw_rad: float, seed: int = 0) -> NDArray[np.float64]:
    """[N, 3] an L of two bars, 12 and 7 cm long, whose corner stands at a place."""
    rng = np.random.default_rng(seed)
    long = rng.uniform((0.0, 0.0, 0.01), (0.12, 0.03, 0.05), (500, 3))
    short = rng.uniform((0.0, 0.0, 0.01), (0.03, 0.07, 0.05), (300, 3))
    c, s = np.cos(yaw_rad), np.sin(yaw_rad)
    turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    return np.concatenate([long, short]) @ turn.T + (*at_m, 0.0)


def jar(at_m: tuple[float, float], seed: int = 0, height_m: float = 0.1) -> NDArray[np.float64]:
    """[N, 3] a round jar, 8 cm across."""
    rng = np.random.default_rng(seed)
    angle = rng.uniform(0.0, 2.0 * np.pi, 700)
    wall = np.column_stack(
        [0.04 * np.cos(angle), 0.04 * np.sin(angle), rng.uniform(0.01, height_m, 700)]
    )
    return np.asarray(wall + np.array([*at_m, 0.0]))


def cloud_of(points: NDArray[np.float64]) -> PointCloud:
    """A cloud of things on a table that is seen too."""
    x, y = np.meshgrid(np.arange(0.25, 0.75, 0.01), np.arange(-0.3, 0.3, 0.01))
    table = np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)])
    xyz = np.concatenate([points, table]).astype(np.float32)
    return PointCloud(xyz, np.full(xyz.shape, 128, np.uint8))


def foot(at_m: tuple[float, float], height_m: float = 0.0) -> NDArray[np.float64]:
    """[3] the keypoint of a thing at a place, or of one on top of it."""
    return np.array([*at_m, height_m])


def taking(pose: NDArray[np.float64], name: str = "bracket") -> tuple[KeyAction, ...]:
    """Over it, down, close."""
    above = pose.copy()
    above[2, 3] += 0.1
    return (
        KeyAction(above, gripper=GripperCommand.OPEN, width_m=0.08, text=f"above the {name}"),
        KeyAction(pose, gripper=GripperCommand.GRASP, text=f"grasp the {name}"),
    )


def shown(
    points: NDArray[np.float64],
    keypoint_m: NDArray[np.float64],
    actions: tuple[KeyAction, ...],
    subtask: SubTask = GRASP,
    tcp_p_held: NDArray[np.float64] | None = None,
) -> Demonstration:
    """A demonstration with the hand at home."""
    look = surroundings(cloud_of(points), keypoint_m, HAND_HOME)
    state = SubTaskStart(keypoint_m, HAND_HOME, tcp_p_held)
    return Demonstration("test/000000", subtask, False, state, look, actions)


def seen(
    points: NDArray[np.float64],
    keypoint_m: NDArray[np.float64],
    subtask: SubTask = GRASP,
    held: HeldObject | None = None,
    attempt: int = 0,
) -> Observation:
    """What a policy sees of things, with the hand at home."""
    scene = Scene(cloud_of(points), HAND_HOME, 0.08)
    keypoint = Keypoint(subtask.object, keypoint_m)
    return Observation(subtask, keypoint, scene, held, attempt)


def policy_of(folder: Path, *demonstrations: Demonstration) -> AlignPolicy:
    """A policy whose memory is of these."""
    memory = Memory(demonstrations, learned_rules(demonstrations))
    save_memory(folder, memory, len(demonstrations))
    return AlignPolicy(AlignSettings(memory=str(folder)))
