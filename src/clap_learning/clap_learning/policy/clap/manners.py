"""How the key poses of a sub-task are done, apart from where they are: a small set of manners."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, Field

from clap_core.task_types import GripperCommand, KeyAction, Motion


class StepManner(BaseModel, frozen=True, extra="forbid"):
    """How one key pose is gone to, and what the fingers do there; fields as of `KeyAction`."""

    motion: Motion
    gripper: GripperCommand
    width_m: float
    force_n: float
    speed_scale: float


class Manner(BaseModel, frozen=True, extra="forbid"):
    """How a sub-task is done."""

    steps: tuple[StepManner, ...] = Field(min_length=1)

    def __len__(self) -> int:
        return len(self.steps)

    def at(self, poses: Sequence[np.ndarray], text: str) -> tuple[KeyAction, ...]:
        """The key poses.

        Args:
            poses: [4, 4] base_T_tcp of each step.
            text: what they do, in words.
        """
        return tuple(
            KeyAction(
                base_T_tcp=pose,
                motion=step.motion,
                gripper=step.gripper,
                width_m=step.width_m,
                force_n=step.force_n,
                speed_scale=step.speed_scale,
                text=text,
            )
            for pose, step in zip(poses, self.steps, strict=True)
        )


def manner_of(actions: Sequence[KeyAction]) -> Manner:
    """How key poses are done."""
    return Manner(
        steps=tuple(
            StepManner(
                motion=one.motion,
                gripper=one.gripper,
                width_m=round(one.width_m, 4),
                force_n=round(one.force_n, 2),
                speed_scale=round(one.speed_scale, 3),
            )
            for one in actions
        )
    )
