"""What the step policy learns from: looks of demonstrations, and the actions that followed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud
from clap_data.steps import StepFile
from clap_learning.step.eyes import Eyes, Prepared, stacked
from clap_learning.step.network import StepNetworkConfig
from clap_learning.teachers.minilm import MiniLmTeacher


@dataclass(frozen=True, eq=False)
class StepExamples:
    """Looks side by side: E of them.

    Attributes:
        clouds: prepared for the encoder, [E, ...] each.
        states: [E, D].
        words: [E, TEXT_DIM].
        actions: [E, chunk, A] what followed.
        followed: [E, chunk] whether there was such a step before the episode's end.
        episodes: that they are of.
    """

    clouds: tuple[Tensor, ...]
    states: Tensor
    words: Tensor
    actions: Tensor
    followed: Tensor
    episodes: int

    def __len__(self) -> int:
        return len(self.states)


def step_examples(
    files: Iterable[StepFile],
    eyes: Eyes,
    config: StepNetworkConfig,
    report: Callable[[int], None] = lambda _: None,
) -> StepExamples:
    """Read demonstrations.

    Args:
        files: the demonstrations.
        eyes: that will look at the clouds.
        config: of the network.
        report: told the number of episodes read.

    Raises:
        ClapError: INVALID_REQUEST if there are none, or they are of other states or actions.
    """
    clouds: list[Prepared] = []
    states, actions, followed = [], [], []
    said: list[str] = []
    episodes = 0
    for file in files:
        record, arrays = file.record, file.arrays
        sizes = len(record.state_names), len(record.action_names)
        if sizes != (config.state, config.actions):
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"{file.path} has {sizes[0]} numbers of state and {sizes[1]} of action, the "
                f"network {config.state} and {config.actions}",
                f"Write into the config: network: {{state: {sizes[0]}, actions: {sizes[1]}}}",
            )
        for step, count in enumerate(arrays.counts):
            cloud = PointCloud(arrays.xyz_m[step, :count], arrays.rgb[step, :count])
            clouds.append(eyes.prepare(cloud))
            ahead = np.arange(step, step + config.chunk)
            followed.append(ahead < record.steps)
            actions.append(arrays.actions[np.minimum(ahead, record.steps - 1)])
        states.append(arrays.states)
        said += [record.instruction] * record.steps
        episodes += 1
        report(episodes)
    if not episodes:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            "there are no demonstrations of these tasks",
            "Make them with `./clap data metaworld`, or name others with --tasks",
        )
    return StepExamples(
        stacked(clouds),
        torch.from_numpy(np.concatenate(states)),
        MiniLmTeacher().encode(said).clone(),
        torch.from_numpy(np.stack(actions)),
        torch.from_numpy(np.stack(followed)),
        episodes,
    )
