"""A task of MetaWorld behind the door of step suites."""

from __future__ import annotations

import warnings
import zlib
from typing import Any

import mujoco
import numpy as np

from clap_bench.metaworld.cameras import StepCameras, cloud_of, from_base, to_base
from clap_bench.metaworld.package import check_installed, full_name, metaworld_package
from clap_bench.steps.world import Action
from clap_core.camera import CameraView
from clap_core.step_types import StepObservation

MAX_STEPS = 200
"""Of an episode, as DP3 plays it; MetaWorld itself allows 500."""


class MetaWorldWorld:
    """One task; the Sawyer's hand is moved by small offsets, its fingers by a force.

    An action is (x, y, z, close): how far the hand goes in the base frame, 1 for 1 cm, and from -1
    (open) to 1 (close). The state is where the hand is, in m, and how far it is open, 0 to 1.

    Args:
        task: its name, such as ``drawer-close``.
        instruction: its sentence.

    Raises:
        ClapError: MetaWorld is not set up.
    """

    action_names: tuple[str, ...] = ("x", "y", "z", "close")
    state_names: tuple[str, ...] = ("hand x", "hand y", "hand z", "opening")
    max_steps = MAX_STEPS
    rate_hz = 80.0

    def __init__(self, task: str, instruction: str) -> None:
        self._package = metaworld_package()
        self._task = task
        self._instruction = instruction
        self._environment: Any = None
        self._cameras: StepCameras | None = None
        self._success = False

    def reset(self, seed: int) -> None:
        """Begin an episode in a new environment: nothing is left of the one before."""
        self.close()
        # MetaWorld's seeds have 32 bits; episodes of equal seeds in two tasks share nothing.
        rng = np.random.default_rng([zlib.crc32(self._task.encode()), seed])
        environment = self._package.make(full_name(self._task), int(rng.integers(2**32)))
        self._truth, _ = environment.reset()
        self._environment = environment
        self._expert = self._package.expert(full_name(self._task))
        self._success = False

    def view(self) -> StepObservation:
        """Look through MetaWorld's own cameras."""
        if self._cameras is None:
            self._cameras = StepCameras(self._environment.model)
        views: tuple[CameraView, ...] = self._cameras.views(self._environment.data)
        state = np.append(to_base(self._truth[:3]), self._truth[3]).astype(np.float32)
        return StepObservation(self._instruction, cloud_of(views), state, lambda: views)

    def step(self, action: Action) -> None:
        """Move; 1/80 s of simulated time."""
        moved = np.append(from_base(action[:3]), action[3])
        self._truth, _, _, _, info = self._environment.step(np.clip(moved, -1.0, 1.0))
        self._success = bool(info["success"])

    @property
    def success(self) -> bool:
        """MetaWorld's own judgement of the last step."""
        return self._success

    def expert(self) -> Action:
        """What MetaWorld's scripted expert does next, clipped as the environment would."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says that what it wants is clipped
            wanted = self._expert.get_action(self._truth)
        clipped = np.clip(np.asarray(wanted, np.float64), -1.0, 1.0)
        return np.append(to_base(clipped[:3]), clipped[3]).astype(np.float32)

    def close(self) -> None:
        """Free the simulation and the renderer."""
        if self._cameras is not None:
            self._cameras.close()
            self._cameras = None
        if self._environment is not None:
            self._environment.close()
            self._environment = None


def software() -> str:
    """What plays, for files."""
    return f"metaworld {check_installed()}, mujoco {mujoco.__version__}"
