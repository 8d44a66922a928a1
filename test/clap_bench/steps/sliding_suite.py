"""A suite of steps without a simulator: a hand on a line is to come to a mark."""

from __future__ import annotations

import numpy as np

from clap_bench.steps.world import Action
from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud
from clap_core.step_types import StepObservation

TITLE = "sliding"
TRAIN = "train"
LEVELS = ("near", "far")
MOVES = "steps"

STEP_M = 0.01
POINTS = 80

set_up = True


class SlidingWorld:
    """The mark is a small heap of red points; the hand slides along x, never more than 1 cm."""

    action_names: tuple[str, ...] = ("x", "close")
    state_names: tuple[str, ...] = ("hand x", "hand y", "hand z", "opening")
    rate_hz = 20.0
    max_steps = 40

    def __init__(self, distance_m: float) -> None:
        self._distance_m = distance_m

    def reset(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._mark_m = 0.3 + self._distance_m * rng.uniform(0.8, 1.2)
        self._heap = rng.normal(0.0, 0.004, (POINTS, 3))
        self._hand_m = 0.3

    def view(self) -> StepObservation:
        xyz = (self._heap + np.array([self._mark_m, 0.0, 0.02])).astype(np.float32)
        rgb = np.full((POINTS, 3), (200, 10, 10), np.uint8)
        state = np.array([self._hand_m, 0.0, 0.02, 1.0], np.float32)
        return StepObservation("come to the mark", PointCloud(xyz, rgb), state)

    def step(self, action: Action) -> None:
        self._hand_m += STEP_M * float(np.clip(action[0], -1.0, 1.0))

    @property
    def success(self) -> bool:
        return abs(self._hand_m - self._mark_m) < 0.5 * STEP_M

    def expert(self) -> Action:
        away = (self._mark_m - self._hand_m) / STEP_M
        return np.array([np.clip(away, -1.0, 1.0), -1.0], np.float32)

    def close(self) -> None:
        pass


def variations(level: str) -> tuple[str, ...]:
    return {"near": ("slide",), "far": ("slide-far",), "train": ("slide", "slide-far")}[level]


def level_of(variation: str) -> str:
    return {"slide": "near", "slide-far": "far"}[variation]


def instruction(variation: str) -> str:
    return "come to the mark"


def software() -> str:
    return "sliding 1"


def check() -> None:
    if not set_up:
        raise ClapError(ErrorCode.INVALID_REQUEST, "sliding is not set up", "Run: ./slide")


def world(variation: str) -> SlidingWorld:
    check()
    return SlidingWorld({"slide": 0.1, "slide-far": 0.2}[variation])
