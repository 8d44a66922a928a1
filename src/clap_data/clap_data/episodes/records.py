"""The numbers and words of an episode: the content of ``episode.json``."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, NonNegativeInt, model_validator

from clap_core.camera import CameraIntrinsics
from clap_core.task_types import Action, GripperCommand, KeyAction, Motion, Relation, SubTask
from clap_data.archives import ArchiveKind

FORMAT: Final = "clap-episode"
VERSION: Final = 1
"""Raised with every change that an older reader would not understand."""

SUFFIX = ".episode"

KIND = ArchiveKind(
    name="episode",
    description="an episode",
    content="the episode",
    writers="`./clap data make` or `./clap data from-bag`",
    maker="`./clap data make`",
    format=FORMAT,
    version=VERSION,
)

_RIGID_TOLERANCE = 1e-4
_STILL = 1e-3
"""Difference between two poses' numbers that is no motion."""

Row = tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat]
Matrix = tuple[Row, Row, Row, Row]
"""A 4x4 transform, row by row."""

Point = tuple[FiniteFloat, FiniteFloat, FiniteFloat]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-]+$")]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CameraRecord(_Record):
    """A camera and the pinhole model of its images; colour and depth share it."""

    name: Name
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    fx: FiniteFloat = Field(gt=0.0)
    fy: FiniteFloat = Field(gt=0.0)
    cx: FiniteFloat
    cy: FiniteFloat

    @classmethod
    def of(cls, name: str, intrinsics: CameraIntrinsics) -> CameraRecord:
        """From the model used in memory."""
        k = intrinsics
        return cls(name=name, width=k.width, height=k.height, fx=k.fx, fy=k.fy, cx=k.cx, cy=k.cy)

    @property
    def intrinsics(self) -> CameraIntrinsics:
        """The model used in memory."""
        return CameraIntrinsics(self.width, self.height, self.fx, self.fy, self.cx, self.cy)


class KeyPoseRecord(_Record):
    """A key pose: where the tool centre point went, how, and what the hand did there."""

    base_T_tcp: Matrix
    motion: Literal["none", "joint", "linear", "guarded"]
    gripper: Literal["keep", "open", "grasp"]
    width_m: FiniteFloat = 0.0
    force_n: FiniteFloat = 0.0
    speed_scale: FiniteFloat = 1.0
    text: str = ""

    @classmethod
    def of(cls, action: KeyAction) -> KeyPoseRecord:
        """From the value used in memory."""
        return cls.model_validate(
            {
                "base_T_tcp": matrix(action.base_T_tcp),
                "motion": action.motion.name.lower(),
                "gripper": action.gripper.name.lower(),
                "width_m": action.width_m,
                "force_n": action.force_n,
                "speed_scale": action.speed_scale,
                "text": action.text,
            }
        )

    @property
    def action(self) -> KeyAction:
        """The value used in memory."""
        return KeyAction(
            np.array(self.base_T_tcp),
            Motion[self.motion.upper()],
            GripperCommand[self.gripper.upper()],
            self.width_m,
            self.force_n,
            self.speed_scale,
            self.text,
        )

    @model_validator(mode="after")
    def _check(self) -> KeyPoseRecord:
        _check_rigid("base_T_tcp of a key pose", self.base_T_tcp)
        return self


class ViewRecord(_Record):
    """Where a camera was at a look, and when it took its images."""

    base_T_camera: Matrix
    stamp_ns: int = 0

    @model_validator(mode="after")
    def _check(self) -> ViewRecord:
        _check_rigid("base_T_camera", self.base_T_camera)
        return self


class LookRecord(_Record):
    """A look: what was measured with the arm at rest, and the key pose that followed.

    Attributes:
        stamp_ns: when.
        joints_rad: [7] measured.
        base_T_tcp: measured pose of the tool centre point.
        gripper_width_m: opening of the hand.
        views: of each camera, by its name.
        key_pose: what followed; None at the last look.
    """

    stamp_ns: int
    joints_rad: tuple[FiniteFloat, ...] = Field(min_length=7, max_length=7)
    base_T_tcp: Matrix
    gripper_width_m: FiniteFloat
    views: dict[Name, ViewRecord]
    key_pose: KeyPoseRecord | None

    @model_validator(mode="after")
    def _check(self) -> LookRecord:
        _check_rigid("base_T_tcp of a look", self.base_T_tcp)
        return self


class StepRecord(_Record):
    """A sub-task, and where it happens.

    Attributes:
        action, text, object, part, relation, reference: as in ``clap_core.task_types.SubTask``.
        keypoint_m: [3] in the base frame; None if nobody knows.
    """

    action: Action
    text: str
    object: str = ""
    part: str = ""
    relation: Relation = Relation.NONE
    reference: str = ""
    keypoint_m: Point | None = None

    @classmethod
    def of_step(cls, subtask: SubTask, keypoint_m: NDArray[np.float64] | None) -> StepRecord:
        """From the value used in memory."""
        return StepRecord(**_said(subtask, keypoint_m))

    @property
    def subtask(self) -> SubTask:
        """The value used in memory."""
        return SubTask(
            self.action, self.text, self.object, self.part, self.relation, self.reference
        )


class SubTaskRecord(StepRecord):
    """A sub-task of an episode: also which key poses belong to it.

    Attributes:
        key_poses: the first one, and the first one after it: key pose k is the one that followed
            look k.
    """

    key_poses: tuple[NonNegativeInt, NonNegativeInt]

    @classmethod
    def of(
        cls, subtask: SubTask, keypoint_m: NDArray[np.float64] | None, key_poses: tuple[int, int]
    ) -> SubTaskRecord:
        """From the value used in memory."""
        return cls(**_said(subtask, keypoint_m), key_poses=key_poses)


class Header(_Record):
    """What is said of an episode as a whole.

    Attributes:
        source: the suite that it was played in, or ``robot``.
        robot: id of the arm, such as ``fr3``.
        variation: of the task; any name without blanks for a robot's.
        split: such as ``train``.
        seed: of the simulated episode; None for a real one.
        instruction: what the person said.
        wordings: other ways to say the same.
        success: whether the task was done; None if nobody judged.
        software: what wrote it.
        subtasks: in their order; none if nobody divided the task. Together they cover all key
            poses.
    """

    source: str
    robot: str = "fr3"
    variation: str = ""
    split: str = ""
    seed: NonNegativeInt | None = None
    instruction: str
    wordings: tuple[str, ...] = ()
    success: bool | None = None
    software: str = ""
    subtasks: tuple[SubTaskRecord, ...] = ()


class EpisodeRecord(Header):
    """All of an episode but its pixels.

    Attributes:
        cameras: in the order in which looks show them.
        looks: one before each key pose, and one at the end.
    """

    format: Literal["clap-episode"] = FORMAT
    version: Literal[1] = VERSION
    cameras: tuple[CameraRecord, ...]
    looks: tuple[LookRecord, ...] = Field(min_length=1)

    @property
    def actions(self) -> tuple[KeyAction, ...]:
        """The key poses."""
        return tuple(look.key_pose.action for look in self.looks if look.key_pose is not None)

    @property
    def key_poses(self) -> int:
        """How many key poses there are."""
        return len(self.looks) - 1

    @property
    def fixed_cameras(self) -> tuple[str, ...]:
        """Names of the cameras that stand still: what one on the arm sees is not fused."""
        moved = {
            camera.name: np.ptp(
                [look.views[camera.name].base_T_camera for look in self.looks], axis=0
            ).max()
            for camera in self.cameras
        }
        return tuple(name for name, distance in moved.items() if distance <= _STILL)

    def subtask_at(self, key_pose: int) -> SubTaskRecord | None:
        """The sub-task that a key pose belongs to."""
        for subtask in self.subtasks:
            if subtask.key_poses[0] <= key_pose < subtask.key_poses[1]:
                return subtask
        return None

    @model_validator(mode="after")
    def _check(self) -> EpisodeRecord:
        names = [camera.name for camera in self.cameras]
        if len(set(names)) != len(names):
            raise ValueError(f"two cameras have one name: {', '.join(names)}")
        for number, look in enumerate(self.looks):
            if set(look.views) != set(names):
                raise ValueError(f"look {number} does not have the views of {', '.join(names)}")
            if (look.key_pose is None) != (number == self.key_poses):
                raise ValueError(f"look {number}: a key pose follows each look but the last")
        end = 0
        for subtask in self.subtasks:
            if subtask.key_poses[0] != end or subtask.key_poses[1] <= end:
                raise ValueError(f"'{subtask.text}' does not begin where the sub-task before ends")
            end = subtask.key_poses[1]
        if self.subtasks and end != self.key_poses:
            raise ValueError(f"the sub-tasks cover {end} of {self.key_poses} key poses")
        return self


def matrix(transform: NDArray[np.float64]) -> Matrix:
    """A [4, 4] transform as it is written."""
    a, b, c, d = (_row(row) for row in transform)
    return a, b, c, d


def point(values: NDArray[np.float64]) -> Point:
    """A [3] position as it is written."""
    x, y, z = (float(value) for value in values)
    return x, y, z


def _said(subtask: SubTask, keypoint_m: NDArray[np.float64] | None) -> dict[str, Any]:
    """Fields of a `StepRecord`."""
    return {
        "action": subtask.action,
        "text": subtask.text,
        "object": subtask.object,
        "part": subtask.part,
        "relation": subtask.relation,
        "reference": subtask.reference,
        "keypoint_m": None if keypoint_m is None else point(keypoint_m),
    }


def _row(values: NDArray[np.float64]) -> Row:
    a, b, c, d = (float(value) for value in values)
    return a, b, c, d


def _check_rigid(name: str, rows: Matrix) -> None:
    transform = np.array(rows)
    rotation = transform[:3, :3]
    error = max(
        np.abs(rotation @ rotation.T - np.eye(3)).max(),
        np.abs(transform[3] - (0.0, 0.0, 0.0, 1.0)).max(),
    )
    if error > _RIGID_TOLERANCE or np.linalg.det(rotation) < 0.0:
        raise ValueError(f"{name} is not a rigid transform")
