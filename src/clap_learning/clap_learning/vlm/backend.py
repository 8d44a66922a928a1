"""The keypoint finder `qwen`: CLAP's two rounds over the cameras' pictures."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from clap_core.backends import KeypointAnswer, KeypointFinder, Scene
from clap_core.backends.at_hand import answer_at_hand
from clap_core.backends.keypoint_answer import REFUSALS
from clap_core.camera.view import CameraView
from clap_core.errors import ClapError, ErrorCode
from clap_core.plan_schema import check_plan
from clap_core.task_types import Action, Keypoint, SubTask
from clap_learning.vlm.answers import read_first, read_second
from clap_learning.vlm.lifting import heatmap, lift
from clap_learning.vlm.prompts import FirstAnswer, PictureSlot, Pixel, first_round, second_round
from clap_learning.vlm.settings import LookConfig, QwenSettings

if TYPE_CHECKING:
    from clap_learning.vlm.model import VisionLanguageModel

Place = tuple[float, float]
"""Column and row in a camera's own image."""


class QwenFinder(KeypointFinder):
    """Asks a vision-language model; see the package.

    The probability that what is named is absent, and the confidence of a keypoint, come from the
    probabilities of the answers' tokens; they are calibrated by nobody.

    Args:
        settings: which model.
        model: loaded already; None to load what the settings name.
    """

    settings_type = QwenSettings

    def __init__(self, settings: QwenSettings, model: VisionLanguageModel | None = None) -> None:
        self._settings = settings
        self._model = model
        self.device = settings.device

    def warm_up(self) -> None:
        """See `Backend`: load the weights, which takes minutes for a large model."""
        if self._model is None:
            from clap_learning.vlm.loading import load_model

            s = self._settings
            self._model = load_model(s.model, s.adapter, s.device, s.precision)

    def close(self) -> None:
        """See `Backend`."""
        self._model = None

    def find(self, subtask: SubTask, scene: Scene) -> KeypointAnswer:
        """See `KeypointFinder`.

        Raises:
            ClapError: CAMERA_STALE for pictures that show nothing or are not of one time;
                INVALID_REQUEST for answers that cannot be used; OUT_OF_WORKSPACE, DEPTH_INVALID,
                TIMEOUT, and what `Scene.views` raises.
        """
        until_s = time.monotonic() + self._settings.deadline_s
        (subtask,) = check_plan("", [subtask])
        if subtask.action in (Action.RELEASE, Action.MOVE) and not subtask.reference:
            return answer_at_hand(subtask, scene)
        views = usable_views(scene.views, self._settings.look)
        self.warm_up()
        assert self._model is not None
        seen = self._model.see({view.name: view.rgb for view in views})
        longest = self._settings.max_answer_tokens
        turns = first_round(subtask, seen.pictures)
        said = self._model.answer(turns, seen, until_s, longest)
        first = read_first(said.text, seen.pictures)
        names = tuple(dict.fromkeys(thing.name for thing in first.objects))
        if not first.there:
            return KeypointAnswer(
                None, _not_there(subtask, names), absent=said.probability, seen=names
            )
        absent = 1.0 - said.probability
        said = self._model.answer(second_round(turns, said.text), seen, until_s, longest)
        pixels = _in_images(read_second(said.text, seen.pictures), seen.pictures, views)
        return self._lifted(
            subtask, scene, views, first, pixels, absent, said.probability, seen.pictures
        )

    def _lifted(
        self,
        subtask: SubTask,
        scene: Scene,
        views: Sequence[CameraView],
        first: FirstAnswer,
        pixels: dict[str, Place],
        absent: float,
        probability: float,
        pictures: Sequence[PictureSlot],
    ) -> KeypointAnswer:
        keypoint, refusal = None, None
        try:
            place = lift(pixels, views, self._settings.lifting)
            share = len(place.agreeing) / len(place.asked)
            keypoint = Keypoint(
                subtask.object or subtask.text,
                place.point,
                confidence=probability * share,
                stamp_ns=scene.cloud.stamp_ns,
            )
        except ClapError as error:
            if error.code not in REFUSALS:
                raise
            refusal = error
        by_name = {view.name: view for view in views}
        others = self._things(first, pictures, views, scene.cloud.stamp_ns)
        return KeypointAnswer(
            keypoint,
            refusal,
            absent=absent,
            candidates=(*((keypoint,) if keypoint else ()), *others),
            heatmaps={
                camera: heatmap(pixel, by_name[camera], self._settings.heatmap_px)
                for camera, pixel in pixels.items()
            },
            seen=tuple(dict.fromkeys(thing.name for thing in first.objects)),
        )

    def _things(
        self,
        first: FirstAnswer,
        pictures: Sequence[PictureSlot],
        views: Sequence[CameraView],
        stamp_ns: int,
    ) -> list[Keypoint]:
        """The first round's things that have a place, to show beside the keypoint."""
        found = []
        for thing in first.objects:
            points = {name: point for name, point in thing.points.items() if point is not None}
            try:
                place = lift(_in_images(points, pictures, views), views, self._settings.lifting)
            except ClapError:  # it is only shown
                continue
            share = len(place.agreeing) / len(place.asked)
            found.append(Keypoint(thing.name, place.point, confidence=share, stamp_ns=stamp_ns))
        return found


def usable_views(views: Sequence[CameraView], config: LookConfig) -> tuple[CameraView, ...]:
    """The views that can be looked at: of one time, and not black.

    Raises:
        ClapError: CAMERA_STALE when they are of different times, or none of them shows anything.
    """
    stamps = [view.stamp_ns for view in views]
    if stamps and 1e-9 * (max(stamps) - min(stamps)) > config.max_spread_s:
        late = min(views, key=lambda view: view.stamp_ns)
        raise ClapError(
            ErrorCode.CAMERA_STALE,
            f"the picture of camera '{late.name}' is {1e-9 * (max(stamps) - min(stamps)):.1f} s "
            "older than that of another",
            "Look at that camera's driver; all cameras must show the same moment",
        )
    bright = tuple(view for view in views if int(view.rgb.max()) > config.darkest)
    if not bright:
        names = ", ".join(view.name for view in views) or "none"
        raise ClapError(
            ErrorCode.CAMERA_STALE,
            f"no camera shows a picture that is not black (cameras: {names})",
            "Turn on the light, or look at the cameras",
        )
    return bright


def _in_images(
    points: dict[str, Pixel], pictures: Sequence[PictureSlot], views: Sequence[CameraView]
) -> dict[str, Place]:
    """From pixels as the model sees them to those of the cameras' images."""
    sizes = {view.name: view.intrinsics for view in views}
    made = {}
    for picture in pictures:
        if picture.camera in points:
            column, row = points[picture.camera]
            size = sizes[picture.camera]
            made[picture.camera] = (
                (column + 0.5) * size.width / picture.width - 0.5,
                (row + 0.5) * size.height / picture.height - 0.5,
            )
    return made


def _not_there(subtask: SubTask, seen: tuple[str, ...]) -> ClapError:
    wanted = " and ".join(name for name in (subtask.object, subtask.reference) if name)
    return ClapError(
        ErrorCode.OBJECT_NOT_FOUND,
        f"the vision-language model does not see all that '{subtask.text}' names ({wanted})",
        "Name things that are in view, or bring them into view",
        seen,
    )
