"""Coloured things on a table, seen as points, and how a hand was shown to take them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clap_core.geometry import tool_down
from clap_core.point_cloud import PointCloud
from clap_core.task_types import Action, GripperCommand, KeyAction, SubTask
from clap_learning.policy.demonstration import Demonstration, SubTaskStart
from clap_learning.policy.making import learned_rules
from clap_learning.policy.memory import Memory
from clap_learning.policy.surroundings import surroundings
from clap_learning.shown_plans.templates import template_of
from clap_learning.skills.folder import Skill, SkillRecord
from clap_learning.skills.trial import Taught

HAND_HOME = tool_down((0.4, 0.0, 0.45))
TAKE = SubTask(Action.GRASP, "grasp the hook", object="hook")
RED, BLUE, GREEN, GREY = (200, 30, 30), (30, 40, 200), (20, 160, 40), (128, 128, 128)
Place = tuple[float, float]
Thing = tuple[NDArray[np.float64], tuple[int, int, int]]


def hook(at_m: Place, yaw_rad: float, colour: tuple[int, int, int] = RED) -> Thing:
    """An L of two bars, 12 and 7 cm long, whose corner stands at a place."""
    rng = np.random.default_rng(0)
    long = rng.uniform((0.0, 0.0, 0.01), (0.12, 0.03, 0.05), (500, 3))
    short = rng.uniform((0.0, 0.0, 0.01), (0.03, 0.07, 0.05), (300, 3))
    c, s = np.cos(yaw_rad), np.sin(yaw_rad)
    turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    return np.concatenate([long, short]) @ turn.T + (*at_m, 0.0), colour


def jar(at_m: Place, colour: tuple[int, int, int] = RED) -> Thing:
    """Round, 8 cm across and 10 cm high."""
    rng = np.random.default_rng(1)
    angle = rng.uniform(0.0, 2.0 * np.pi, 700)
    height = rng.uniform(0.01, 0.1, 700)
    wall = np.column_stack([0.04 * np.cos(angle), 0.04 * np.sin(angle), height])
    return np.asarray(wall + np.array([*at_m, 0.0])), colour


def table_with(*things: Thing) -> PointCloud:
    """A grey table with things on it."""
    x, y = np.meshgrid(np.arange(0.25, 0.75, 0.01), np.arange(-0.35, 0.35, 0.01))
    table = np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)])
    points = np.concatenate([table, *(xyz for xyz, _ in things)])
    colours = [(len(table), GREY), *((len(xyz), colour) for xyz, colour in things)]
    rgb = np.concatenate([np.tile(np.array(rgb, np.uint8), (n, 1)) for n, rgb in colours])
    return PointCloud(points.astype(np.float32), rgb)


def taken(at_m: Place, yaw_rad: float) -> tuple[KeyAction, ...]:
    """Over the corner, down, close; the fingers turn with the thing."""
    pose = tool_down((*at_m, 0.03), yaw_rad)
    above = tool_down((*at_m, 0.13), yaw_rad)
    return (
        KeyAction(above, gripper=GripperCommand.OPEN, width_m=0.08, text="above the hook"),
        KeyAction(pose, gripper=GripperCommand.GRASP, text="grasp the hook"),
    )


def demonstration(
    at_m: Place, yaw_rad: float, *others: Thing, colour: tuple[int, int, int] = RED
) -> Taught:
    """Somebody took the hook from a place."""
    cloud = table_with(hook(at_m, yaw_rad, colour), *others)
    keypoint = np.array([*at_m, 0.0])
    look = surroundings(cloud, keypoint, HAND_HOME)
    step = Demonstration("test/0", TAKE, False, SubTaskStart(keypoint, HAND_HOME), look,
                         taken(at_m, yaw_rad))  # fmt: skip
    return Taught(f"at {at_m}", (step,), (cloud,))


def skill(name: str, sentence: str, *taught: Taught) -> Skill:
    """A skill of demonstrations."""
    steps = tuple(step for one in taught for step in one.steps)
    template = template_of(sentence, (TAKE,))
    assert template is not None
    record = SkillRecord(name=name, say=(sentence,), variations=(), episodes=len(taught))
    return Skill(record, (template,), Memory(steps, learned_rules(steps)))
