"""What backends look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from clap_core.camera.view import CameraView
from clap_core.cloud_tokens import CloudTokens
from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud
from clap_core.task_types import HeldObject, Keypoint, SubTask


@dataclass(frozen=True, eq=False)
class Scene:
    """One look: the fused cloud, where the hand was, and the pictures if anybody asks for them.

    Attributes:
        cloud: fused cloud in the base frame.
        base_T_tcp: [4, 4] pose of the TCP when the cloud was taken; None when unknown.
        gripper_width_m: opening of the gripper; None when unknown.
        fetch_views: gets the pictures that the cloud was fused from; None where there are none.
    """

    cloud: PointCloud
    base_T_tcp: NDArray[np.float64] | None = None
    gripper_width_m: float | None = None
    fetch_views: Callable[[], tuple[CameraView, ...]] | None = field(default=None, repr=False)

    @cached_property
    def views(self) -> tuple[CameraView, ...]:
        """Colour, depth, intrinsics, pose and stamp of each camera; fetched once, when asked for.

        Raises:
            ClapError: NODE_UNAVAILABLE or CAMERA_STALE when they cannot be had.
        """
        if self.fetch_views is None:
            raise ClapError(
                ErrorCode.NODE_UNAVAILABLE,
                "this scene is a cloud without pictures",
                "Use a backend that looks at clouds only, or give Scene its fetch_views",
            )
        return self.fetch_views()


@dataclass(frozen=True, eq=False)
class Observation:
    """What a policy acts on.

    Attributes:
        subtask: the running sub-task.
        keypoint: where it happens.
        scene: fused cloud and state of the hand.
        held: what is between the fingers, as an earlier chunk said; None for nothing.
        attempt: how often this sub-task has failed already.
        fetch_tokens: gets what the encoder makes of the scene's cloud around the keypoint; None
            where there is no encoder.
        next_keypoint_m: [3] where the sub-task leads to, base frame, such as the target that a
            block is pushed towards; None where it leads nowhere, or nobody knows.
    """

    subtask: SubTask
    keypoint: Keypoint
    scene: Scene
    held: HeldObject | None = None
    attempt: int = 0
    fetch_tokens: Callable[[], CloudTokens] | None = field(default=None, repr=False)
    next_keypoint_m: NDArray[np.float64] | None = None

    @cached_property
    def tokens(self) -> CloudTokens:
        """Tokens of the scene's cloud around the keypoint; encoded once, when asked for.

        Raises:
            ClapError: NODE_UNAVAILABLE without an encoder, and what the encoder raises.
        """
        if self.fetch_tokens is None:
            raise ClapError(
                ErrorCode.NODE_UNAVAILABLE,
                "there is no encoder to make tokens",
                "Start the encoder (encoder_backend:=clar), or choose a policy without tokens",
            )
        return self.fetch_tokens()
