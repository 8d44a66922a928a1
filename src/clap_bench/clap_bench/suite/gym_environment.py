"""A gymnasium environment: anyone's policy, scored by the same episodes and the same judge.

import gymnasium, clap_bench.suite.gym_environment
env = gymnasium.make("clap/GemBench-v0", variation="close_jar_peract+15")
observation, info = env.reset(seed=7)  # the episode that `./clap eval` calls 7
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from clap_bench.suite.cameras import CAMERAS
from clap_bench.suite.conditions import GEMBENCH, Conditions
from clap_bench.suite.episode import MAX_KEY_POSES, Episode, EpisodeOverError
from clap_bench.suite.moves import WIDE_OPEN_M
from clap_bench.suite.observation import EpisodeObservation
from clap_bench.suite.scoring.suites import find_suite
from clap_bench.suite.seeds import BLOCK, scoring_seed, train_seed
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import make_transform, quaternion_xyzw
from clap_core.task_types import GripperCommand, KeyAction, Motion

ENV_ID = "clap/GemBench-v0"

OPEN, CLOSED = 0, 1
"""Values of an action's `gripper`."""

FREE, STRAIGHT = 0, 1
"""Values of an action's `motion`."""

MAX_INSTRUCTION = 500
"""Characters."""

_LETTERS = frozenset(string.printable) | {chr(code) for code in range(0xC0, 0x250)}
_FARTHEST_M = 65.535
_REACH_M = 1.0
_SMALLEST_NORM = 1e-3
_ACTION = ("position", "quaternion", "gripper", "motion")
_FINITE = float(np.finfo(np.float32).max)


def _observation_space() -> spaces.Dict:
    count, width, height = len(CAMERAS), CAMERAS[0].width, CAMERAS[0].height

    def real(*shape: int, low: float = -_FINITE, high: float = _FINITE) -> spaces.Box:
        return spaces.Box(low, high, shape, np.float32)

    return spaces.Dict(
        {
            "rgb": spaces.Box(0, 255, (count, height, width, 3), np.uint8),
            "depth": real(count, height, width, low=0.0, high=_FARTHEST_M),
            "intrinsics": real(count, 3, 3),
            "base_T_camera": real(count, 4, 4),
            "joints": real(7),
            "tcp_position": real(3),
            "tcp_quaternion": real(4, low=-1.0, high=1.0),
            "gripper_width": real(1),
            "key_poses_left": spaces.Discrete(MAX_KEY_POSES + 1),
            "instruction": spaces.Text(MAX_INSTRUCTION, charset=_LETTERS),
        }
    )


def _action_space() -> spaces.Dict:
    return spaces.Dict(
        {
            "position": spaces.Box(-_REACH_M, _REACH_M, (3,), np.float32),
            "quaternion": spaces.Box(-1.0, 1.0, (4,), np.float32),
            "gripper": spaces.Discrete(2),
            "motion": spaces.Discrete(2),
        }
    )


class SuiteEnv(gymnasium.Env[dict[str, Any], dict[str, Any]]):
    """One variation of a suite.

    Observation (m, rad; cameras in the order of ``suite.cameras.CAMERAS``: front, left_shoulder,
    right_shoulder, wrist): ``rgb`` [4, 256, 256, 3] uint8, ``depth`` [4, 256, 256] along the
    optical axis, 0 for no reading, ``intrinsics`` [4, 3, 3], ``base_T_camera`` [4, 4, 4],
    ``joints`` [7], ``tcp_position`` [3] and ``tcp_quaternion`` [4] xyzw in the base frame,
    ``gripper_width`` [1], ``key_poses_left``, ``instruction``. Nothing of the simulator's truth.

    Action, a key pose: ``position`` [3] and ``quaternion`` [4] xyzw (of any length but zero) of
    the TCP in the base frame; ``gripper`` `OPEN` or `CLOSED` on arrival; ``motion`` `FREE` (over
    things) or `STRAIGHT`.

    Reward is 1 at success, which ends the episode; else 0. After 25 key poses it is truncated. A
    key pose that cannot be executed counts, and ``info["error"]`` says why.

    Args:
        variation: its name, such as ``push_button+3``.
        suite: its name.
        instruction: replaces the task's own wording.
        train: draw episodes of the demonstrations' seeds, not of those for scoring.
        conditions: as published by default.
        render_mode: ``rgb_array`` or None.

    Raises:
        ClapError: INVALID_REQUEST if there is no such suite or variation, or the instruction has
            letters that `gymnasium.spaces.Text` is not told of.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 1}  # noqa: RUF012

    def __init__(
        self,
        variation: str = "push_button+3",
        suite: str = "gembench",
        instruction: str = "",
        train: bool = False,
        conditions: Conditions = GEMBENCH,
        render_mode: str | None = None,
    ) -> None:
        self.observation_space = _observation_space()
        self.action_space = _action_space()
        self.render_mode = render_mode
        self._variation = variation
        self._task = find_suite(suite).task(variation)
        self._train = train
        self._conditions = conditions
        self._instruction = _checked_instruction(instruction)
        self._episode: Episode | None = None
        self._closed_hand: bool | None = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Start an episode.

        Args:
            seed: which; None draws one.
            options: ``instruction`` replaces the wording, for this episode.

        Raises:
            ClapError: INVALID_REQUEST for a seed out of range.
        """
        super().reset(seed=seed)
        number = int(self.np_random.integers(BLOCK)) if seed is None else seed
        wording = _checked_instruction((options or {}).get("instruction", self._instruction))
        self.close()
        chosen = train_seed(self._variation, number) if self._train else scoring_seed(number)
        self._episode = Episode(self._task, chosen, wording, self._conditions)
        self._closed_hand = False
        return _flat(self._episode.observe()), _info(0)

    def step(
        self, action: Mapping[str, Any]
    ) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Bring the robot to a key pose.

        Raises:
            ClapError: INVALID_REQUEST for a malformed action, or without an episode.
        """
        episode = self._running()
        key_action = self._key_action(action)
        error: ClapError | None = None
        try:
            episode.execute(key_action)
        except EpisodeOverError as over:
            error = over.__cause__ if isinstance(over.__cause__, ClapError) else None
        except ClapError as failed:
            error = failed
        # After a failure it is not known whether the hand was used.
        self._closed_hand = None if error else bool(action["gripper"] == CLOSED)
        observation = _flat(episode.observe())
        done = bool(episode.success)
        info = _info(episode.key_poses, error)
        return observation, float(done), done, episode.over and not done, info

    def render(self) -> NDArray[np.uint8] | None:  # type: ignore[override]
        """[540, 960, 3] RGB in render mode ``rgb_array``."""
        if self.render_mode is None:
            return None
        if self._episode is None:
            raise _no_episode("there is no episode to render")
        return self._episode.spectate()

    def close(self) -> None:
        """Free the renderer."""
        if self._episode is not None:
            self._episode.close()
            self._episode = None

    def _running(self) -> Episode:
        if self._episode is None:
            raise _no_episode("no episode was started")
        if self._episode.over:
            raise _no_episode("the episode is over")
        return self._episode

    def _key_action(self, action: Mapping[str, Any]) -> KeyAction:
        if not isinstance(action, Mapping) or set(action) != set(_ACTION):
            raise _bad_action(f"it has not exactly {', '.join(_ACTION)}")
        position = _vector(action, "position", 3)
        quaternion = _vector(action, "quaternion", 4)
        if np.linalg.norm(quaternion) < _SMALLEST_NORM:
            raise _bad_action("the quaternion has length zero")
        for name in ("gripper", "motion"):
            if action[name] not in (0, 1):
                raise _bad_action(f"{name} is {action[name]!r}, neither 0 nor 1")
        close_hand = bool(action["gripper"] == CLOSED)
        gripper = GripperCommand.KEEP
        if close_hand != self._closed_hand:
            gripper = GripperCommand.GRASP if close_hand else GripperCommand.OPEN
        return KeyAction(
            make_transform(position, quaternion),
            Motion.LINEAR if action["motion"] == STRAIGHT else Motion.JOINT,
            gripper,
            width_m=0.0 if close_hand else WIDE_OPEN_M,
        )


def _flat(seen: EpisodeObservation) -> dict[str, Any]:
    def real(rows: Any) -> NDArray[np.float32]:
        return np.asarray(rows, dtype=np.float32)

    return {
        "rgb": np.stack([view.rgb for view in seen.views]),
        "depth": np.stack([view.depth for view in seen.views]).astype(np.float32) / 1000.0,
        "intrinsics": real([view.intrinsics.matrix for view in seen.views]),
        "base_T_camera": real([view.base_T_camera for view in seen.views]),
        "joints": real(seen.joints_rad),
        "tcp_position": real(seen.base_T_tcp[:3, 3]),
        "tcp_quaternion": real(quaternion_xyzw(seen.base_T_tcp)),
        "gripper_width": real([seen.gripper_width_m]),
        "key_poses_left": seen.key_poses_left,
        "instruction": seen.instruction,
    }


def _info(key_poses: int, error: ClapError | None = None) -> dict[str, Any]:
    """How many key poses there were, and the code and words of what failed in the last one."""
    return {
        "key_poses": key_poses,
        "error_code": error.code.name if error else ErrorCode.SUCCESS.name,
        "error": error.message if error else "",
    }


def _vector(action: Mapping[str, Any], name: str, size: int) -> NDArray[np.float64]:
    try:
        vector = np.asarray(action[name], dtype=float)
    except (TypeError, ValueError):
        raise _bad_action(f"{name} is not made of numbers") from None
    if vector.shape != (size,):
        raise _bad_action(f"{name} has shape {vector.shape}, not ({size},)")
    if not np.isfinite(vector).all():
        raise _bad_action(f"{name} has numbers that are not finite")
    return vector


def _checked_instruction(text: str) -> str:
    strange = sorted(set(text) - _LETTERS)
    if strange or len(text) > MAX_INSTRUCTION:
        what = f"has {''.join(strange)!r} in it" if strange else f"has {len(text)} characters"
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the instruction {what}",
            f"Write it in Latin letters, in at most {MAX_INSTRUCTION} characters",
        )
    return text


def _bad_action(reason: str) -> ClapError:
    return ClapError(
        ErrorCode.INVALID_REQUEST,
        f"the action is no key pose: {reason}",
        "Give what action_space says",
    )


def _no_episode(reason: str) -> ClapError:
    return ClapError(ErrorCode.INVALID_REQUEST, reason, "Call reset() first")


gymnasium.register(id=ENV_ID, entry_point="clap_bench.suite.gym_environment:SuiteEnv")
