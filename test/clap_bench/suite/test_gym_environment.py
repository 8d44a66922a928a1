"""The gymnasium environment: the standard's own checks, bad actions, and what is not told."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from clap_bench.gembench import suite
from clap_bench.suite.episode import Episode
from clap_bench.suite.gym_environment import CLOSED, ENV_ID, FREE, OPEN, STRAIGHT, SuiteEnv
from clap_core.errors import ClapError
from clap_core.geometry import quaternion_xyzw

SEED = 100
DOWN = (1.0, 0.0, 0.0, 0.0)


def key_pose(
    position: Any = (0.4, 0.0, 0.3), quaternion: Any = DOWN, gripper: Any = OPEN, motion: Any = FREE
) -> dict[str, Any]:
    return {"position": position, "quaternion": quaternion, "gripper": gripper, "motion": motion}


@pytest.fixture(scope="module")
def env() -> Iterator[SuiteEnv]:
    made = SuiteEnv("push_button+0")
    yield made
    made.close()


def test_it_passes_the_checks_of_gymnasium(simple: str) -> None:
    made = gymnasium.make(ENV_ID, variation="lower+0", suite=simple, render_mode="rgb_array")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(made.unwrapped)
    made.close()


def test_the_experts_key_poses_are_rewarded(env: SuiteEnv) -> None:
    observation, info = env.reset(seed=SEED)
    assert observation["instruction"] == "push the maroon button"
    assert info == {"key_poses": 0, "error_code": "SUCCESS", "error": ""}
    expert = Episode(suite.task("push_button+0"), SEED)
    (stage,) = expert.task.stages(expert.truth)
    outcomes = []
    for number, action in enumerate(stage.actions(expert.truth)):
        pose = action.base_T_tcp
        motion = STRAIGHT if number else FREE
        taken = key_pose(pose[:3, 3], quaternion_xyzw(pose), CLOSED, motion)
        outcomes.append(env.step(taken)[1:4])
    assert outcomes == [(0.0, False, False), (1.0, True, False)]
    with pytest.raises(ClapError, match=r"episode is over.*reset"):
        env.step(key_pose())


def test_an_observation_is_what_a_robot_knows_and_nothing_else(env: SuiteEnv) -> None:
    observation, info = env.reset(seed=SEED)
    assert set(observation) == {
        "rgb", "depth", "intrinsics", "base_T_camera", "joints", "tcp_position",
        "tcp_quaternion", "gripper_width", "key_poses_left", "instruction",
    }  # fmt: skip
    assert set(info) == {"key_poses", "error_code", "error"}
    assert observation["rgb"].shape == (4, 256, 256, 3)
    assert observation["depth"].shape == (4, 256, 256)
    assert 0.4 < np.median(observation["depth"]) < 3.0
    assert observation["gripper_width"] == pytest.approx(0.08, abs=0.002)
    # Numbers are the robot's and the cameras': moved objects change none of them.
    assert env._episode is not None
    world = env._episode.world
    world.set_pose("maroon_button", np.array([0.5, 0.5, 0.0]), 0.0)
    env._episode.robot.settle(0.001)
    moved, _, _, _, told = env.step(key_pose(observation["tcp_position"], motion=STRAIGHT))
    assert not np.array_equal(moved["rgb"], observation["rgb"])
    for name in ("intrinsics", "joints", "tcp_position", "gripper_width", "base_T_camera"):
        assert np.allclose(moved[name], observation[name], atol=1e-3)
    assert told["error_code"] == "SUCCESS"


def test_an_unreachable_key_pose_counts_and_is_told(env: SuiteEnv) -> None:
    env.reset(seed=SEED)
    observation, reward, terminated, truncated, info = env.step(key_pose((-0.5, 0.0, 0.3)))
    assert (reward, terminated, truncated) == (0.0, False, False)
    assert (info["key_poses"], info["error_code"]) == (1, "OUT_OF_WORKSPACE")
    assert "outside" in info["error"]
    assert observation["key_poses_left"] == 24


def test_25_key_poses_are_the_end(env: SuiteEnv) -> None:
    env.reset(seed=SEED)
    ends = [env.step(key_pose((-0.5, 0.0, 0.3)))[2:4] for _ in range(25)]
    assert ends == [(False, False)] * 24 + [(False, True)]


def test_the_hand_closes_and_opens(env: SuiteEnv) -> None:
    env.reset(seed=SEED)
    widths = [
        float(env.step(key_pose(gripper=state))[0]["gripper_width"][0])
        for state in (CLOSED, CLOSED, OPEN)
    ]
    assert widths == pytest.approx([0.0, 0.0, 0.08], abs=0.003)


def test_a_hand_that_could_not_close_closes_at_the_next_key_pose(env: SuiteEnv) -> None:
    env.reset(seed=SEED)
    env.step(key_pose((-0.5, 0.0, 0.3), gripper=CLOSED))
    observation = env.step(key_pose(gripper=CLOSED))[0]
    assert observation["gripper_width"] == pytest.approx(0.0, abs=0.003)


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (key_pose((np.nan, 0.0, 0.3)), "position has numbers that are not finite"),
        (key_pose(quaternion=(0.0, np.inf, 0.0, 0.0)), "quaternion has numbers"),
        (key_pose(quaternion=(0.0, 0.0, 0.0, 0.0)), "length zero"),
        (key_pose((0.4, 0.0)), r"position has shape \(2,\)"),
        (key_pose("here"), "not made of numbers"),
        (key_pose(gripper=0.5), "gripper is 0.5"),
        (key_pose(motion=2), "motion is 2"),
        ({"position": (0.4, 0.0, 0.3)}, "not exactly"),
        (np.zeros(8), "not exactly"),
    ],
)
def test_what_is_no_action_is_refused_and_moves_nothing(
    env: SuiteEnv, action: Any, reason: str
) -> None:
    if env._episode is None or env._episode.over:
        env.reset(seed=SEED)
    assert env._episode is not None
    before = env._episode.key_poses
    with pytest.raises(ClapError, match=reason):
        env.step(action)
    assert env._episode.key_poses == before


def test_without_an_episode_there_is_nothing_to_do() -> None:
    fresh = SuiteEnv("push_button+0", render_mode="rgb_array")
    with pytest.raises(ClapError, match="reset"):
        fresh.step(key_pose())
    with pytest.raises(ClapError, match="reset"):
        fresh.render()


def test_a_wording_by_hand_and_one_that_does_not_fit(env: SuiteEnv) -> None:
    observation, _ = env.reset(seed=SEED, options={"instruction": "drücke den roten Knopf"})
    assert observation["instruction"] == "drücke den roten Knopf"
    assert observation in env.observation_space
    with pytest.raises(ClapError, match="Latin"):
        SuiteEnv("push_button+0", instruction="按下红色按钮")


def test_training_episodes_are_others_than_those_for_scoring(simple: str) -> None:
    seeds = []
    for train in (False, True):
        made = SuiteEnv("lower+0", simple, train=train)
        made.reset(seed=SEED)
        assert made._episode is not None
        seeds.append(made._episode.seed)
        made.close()
    assert seeds[0] == SEED
    assert seeds[1] >= 2**30


def test_an_unknown_variation_is_named() -> None:
    with pytest.raises(ClapError, match=r"push_button\+99"):
        SuiteEnv("push_button+99")
