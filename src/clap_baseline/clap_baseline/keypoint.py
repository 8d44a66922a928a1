"""Keypoints by geometry: name the objects of the cloud, pick the one meant, and the spot on it."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from clap_baseline.directions import plan_push, unit
from clap_baseline.drawers import find_drawer_handle
from clap_baseline.matching import PhraseFit, choose, ranked
from clap_baseline.put_down import PutDown
from clap_baseline.segments.segmentation import (
    Segment,
    SegmentationConfig,
    SegmentedScene,
    Segmenter,
)
from clap_baseline.standing import stands_there
from clap_core.backends import KeypointAnswer, KeypointFinder, Scene
from clap_core.backends.keypoint_answer import REFUSALS
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Action, Keypoint, SubTask

_SUPPORT_RADIUS_M = 0.02
_MAX_CANDIDATES = 5


class GeometricKeypointFinder(KeypointFinder):
    """Segments the cloud by contact, colour and shape.

    The same object gives a different point to different sub-tasks: a mug its handle to be
    grasped, its side to be pushed.
    """

    settings_type = SegmentationConfig

    def __init__(self, config: SegmentationConfig | None = None) -> None:
        self._segmenter = Segmenter(config)
        self._last: tuple[Scene, SegmentedScene] | None = None
        self._put_down = PutDown()

    def find(self, subtask: SubTask, scene: Scene) -> KeypointAnswer:
        """See ``clap_core.backends.KeypointFinder``."""
        if subtask.action is Action.TURN:
            raise ClapError(
                ErrorCode.IMPOSSIBLE,
                f"'{subtask.text}' is no skill of the baseline backends",
                "Leave it out, or choose learned backends",
            )
        segmented = self._segment(scene)
        self._put_down.note(subtask, scene)
        if subtask.action is Action.RELEASE or (
            subtask.action is Action.MOVE and not subtask.reference
        ):
            below = _below_gripper(subtask, scene, segmented)
            return KeypointAnswer(below, candidates=(below,), seen=segmented.labels)
        phrase = _phrase(subtask)
        fits = ranked(phrase, segmented)
        keypoint, refusal = None, None
        try:
            chosen = choose(phrase, fits, segmented, self._put_down, scene.cloud.stamp_ns)
            keypoint = _keypoint(subtask, chosen, segmented, scene)
        except ClapError as error:
            if error.code not in REFUSALS:
                raise
            refusal = error
        return KeypointAnswer(
            keypoint,
            refusal,
            absent=1.0 - fits[0].words if fits else 1.0,
            done=float(stands_there(subtask, segmented)),
            candidates=_candidates(subtask, fits, segmented, scene),
            seen=segmented.labels,
        )

    def _segment(self, scene: Scene) -> SegmentedScene:
        """The objects of a scene; asked about the same one again, nothing is computed."""
        if self._last is None or self._last[0] is not scene:
            self._last = (scene, self._segmenter.segment(scene))
        return self._last[1]


def _keypoint(
    subtask: SubTask, fit: PhraseFit, segmented: SegmentedScene, scene: Scene
) -> Keypoint:
    """The spot on an object; as sure as the words fit it and its shape is told."""
    segment = fit.segment
    point, spot = _spot(subtask, segment, segmented)
    told = min(1.0, next(iter(segment.shape.scores.values())))
    return Keypoint(
        label=f"{segment.name} {spot}".rstrip(),
        point=point,
        size=segment.size,
        confidence=round(fit.words * told, 3),
        stamp_ns=scene.cloud.stamp_ns,
    )


def _candidates(
    subtask: SubTask, fits: tuple[PhraseFit, ...], segmented: SegmentedScene, scene: Scene
) -> tuple[Keypoint, ...]:
    """The spots on the objects that fit best, less those that lack the part."""
    found = []
    for fit in fits[:_MAX_CANDIDATES]:
        with suppress(ClapError):
            found.append(_keypoint(subtask, fit, segmented, scene))
    return tuple(sorted(found, key=lambda keypoint: -keypoint.confidence))


def _phrase(subtask: SubTask) -> str:
    """The noun phrase whose object gives the keypoint."""
    if subtask.action is Action.MOVE:
        return subtask.reference
    if not subtask.object and subtask.action in (Action.OPEN, Action.CLOSE):
        return subtask.part or "drawer"
    return subtask.object or "object"


def _spot(
    subtask: SubTask, segment: Segment, scene: SegmentedScene
) -> tuple[NDArray[np.float64], str]:
    """The point on the object, and its name."""
    shape, part = segment.shape, subtask.part.lower()
    if subtask.action in (Action.OPEN, Action.CLOSE):
        handle = find_drawer_handle(segment, f"{subtask.object} {part}")
        return handle.point, f"{handle.name} handle"
    if subtask.action is Action.PRESS:
        return top_center(segment.cap or segment), "cap" if segment.cap else "top"
    if subtask.action is Action.PUSH:
        push = plan_push(subtask, segment, scene, gap_m=0.0)
        return side_point(segment, -push.direction), "side"
    if subtask.action in (Action.APPROACH, Action.GRASP):
        if shape.handle is not None and part in ("", "handle"):
            return shape.handle.point, "handle"
        if part == "handle":
            raise ClapError(
                ErrorCode.OBJECT_NOT_FOUND,
                f"no handle of the {segment.name} is seen",
                "Turn it so that the cameras see its handle, or do not ask for the handle",
                seen=scene.labels,
            )
        if part == "side":
            return side_point(segment, -unit(shape.center)), "side"
        if part == "rim" or (shape.hollow > 0.5 and segment.kind in ("bowl", "plate", "mug")):
            return rim_point(segment), "rim"
    return top_center(segment), ""


def top_center(segment: Segment) -> NDArray[np.float64]:
    """[3] middle of the object, on its top (on the inner floor when it is hollow)."""
    x, y = segment.shape.center
    return np.array([x, y, segment.table_z + segment.shape.floor_m])


def rim_point(segment: Segment) -> NDArray[np.float64]:
    """[3] the point of a round object's rim that is nearest to the robot."""
    center = segment.shape.center
    xy = center - segment.shape.radius_m * unit(center)
    return np.array([xy[0], xy[1], segment.table_z + segment.shape.top_m])


def side_point(segment: Segment, direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """[3] the point on the object's side in a horizontal unit direction [2], at half height."""
    xy = segment.shape.center + segment.extent(direction) * direction
    return np.array([xy[0], xy[1], segment.table_z + segment.shape.top_m / 2])


def _below_gripper(subtask: SubTask, scene: Scene, segmented: SegmentedScene) -> Keypoint:
    """Where the gripper is, on whatever is below it."""
    if scene.base_T_tcp is None:
        raise ClapError(
            ErrorCode.TRANSFORM_UNAVAILABLE,
            f"'{subtask.text}' happens at the gripper, and where that is, is not known",
            "Check that the robot's /tf is published",
        )
    x, y, _ = scene.base_T_tcp[:3, 3]
    z = segmented.table.z_at((x, y))
    for segment in segmented.segments:
        below = np.hypot(*(segment.cloud.xyz[:, :2] - [x, y]).T) < _SUPPORT_RADIUS_M
        if below.any():
            z = max(z, float(segment.cloud.xyz[below, 2].max()))
    return Keypoint(
        "place below the gripper",
        np.array([x, y, z]),
        np.zeros(3),
        1.0,
        scene.cloud.stamp_ns,
    )
