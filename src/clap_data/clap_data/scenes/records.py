"""The numbers and words of a scene: the content of its ``scene.json``."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, model_validator

from clap_data.archives import ArchiveKind
from clap_data.episodes.records import CameraRecord, Matrix, StepRecord, ViewRecord

FORMAT: Final = "clap-scene"
VERSION: Final = 2
"""Raised with every change that an older reader would not understand: 2 has hand and plans."""

SUFFIX = ".scenes"

KIND = ArchiveKind(
    name="shard",
    description="a shard of scenes",
    content="the scenes",
    writers="`./clap data scenes`",
    maker="`./clap data scenes`",
    format=FORMAT,
    version=VERSION,
)

MAX_LABEL = 255
"""Labels are 8-bit."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LabelRecord(_Record):
    """What a number of the label images means.

    Attributes:
        label: the number; 0 is what no name was given to, such as the sky.
        object: of this scene, such as ``red_block``: tells two alike apart.
        noun, colour: what people call the object; the colour is empty for table, floor and robot.
        part: of the object, such as ``drawer`` or ``handle``; ``body`` for all that is not one.
    """

    label: int = Field(ge=1, le=MAX_LABEL)
    object: str
    noun: str
    colour: str = ""
    part: str = "body"


class SceneViewRecord(_Record):
    """One view of a scene.

    Attributes:
        camera: name and pinhole model.
        base_T_camera: pose of its optical frame in the base frame.
        stamp_ns: when the images were taken.
        labelled: whether there is a label image.
        rotation_deg: by how much this camera of a rig is turned around the table; None for a
            camera that belongs to no rig.
    """

    camera: CameraRecord
    base_T_camera: Matrix
    stamp_ns: int = 0
    labelled: bool = False
    rotation_deg: float | None = None

    @model_validator(mode="after")
    def _check(self) -> SceneViewRecord:
        ViewRecord(base_T_camera=self.base_T_camera)  # refuses what is not rigid
        return self


class HandRecord(_Record):
    """The hand of the robot.

    Attributes:
        base_T_tcp: pose of the tool centre point.
        gripper_width_m: opening of the fingers.
    """

    base_T_tcp: Matrix
    gripper_width_m: float


class SceneRecord(_Record):
    """All of a scene but its pixels.

    Attributes:
        source: the suite that it is made of, or ``robot``.
        split: such as ``train``; empty for a robot's.
        number: of the scene in its collection.
        variation: of the task that it is made of.
        caption: what is to be seen, in words; empty if nobody said.
        exact_depth: depth is free of noise, so that a reader may add a camera's own.
        labels: what the numbers of the label images mean.
        views: in their order.
        hand: where it was; None if nobody knows.
        plans: what could be begun with; keypoints are where each step would happen as things are.
        software: what wrote it.
    """

    format: Literal["clap-scene"] = FORMAT
    version: Literal[1, 2] = VERSION
    source: str
    split: str = ""
    number: NonNegativeInt
    variation: str = ""
    caption: str = ""
    exact_depth: bool
    labels: tuple[LabelRecord, ...] = ()
    views: tuple[SceneViewRecord, ...] = Field(min_length=1)
    hand: HandRecord | None = None
    plans: tuple[tuple[StepRecord, ...], ...] = ()
    software: str = ""

    @property
    def objects(self) -> dict[int, LabelRecord]:
        """Labels that are things on the table: not table, floor or robot."""
        return {row.label: row for row in self.labels if row.colour}

    @model_validator(mode="after")
    def _check(self) -> SceneRecord:
        names = [view.camera.name for view in self.views]
        if len(set(names)) != len(names):
            raise ValueError(f"two views have one name: {', '.join(names)}")
        numbers = [row.label for row in self.labels]
        if len(set(numbers)) != len(numbers):
            raise ValueError("two labels have one number")
        return self
