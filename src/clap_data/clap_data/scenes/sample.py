"""One scene in memory, as images and as the bytes that are stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from clap_core.camera import CameraView
from clap_data.episodes.images import decode_color, decode_depth, depth_in_millimetres, encode_depth
from clap_data.scenes.records import SceneRecord

JPEG_QUALITY = 90
"""Of colour: of 224 x 224 pixels, JPEG 90 has 11 KB (0.2 ms), PNG 54 KB; a photograph's noise is
larger than what it loses."""


@dataclass(frozen=True)
class SceneSample:
    """A scene, decoded.

    Attributes:
        record: all but the pixels.
        views: colour, depth (uint16 mm, 0 no reading), intrinsics and pose.
        labels: [H, W] uint8 of each view; None where there is none.
    """

    record: SceneRecord
    views: tuple[CameraView, ...]
    labels: Sequence[NDArray[np.uint8] | None]


@dataclass(frozen=True)
class PackedView:
    """The bytes of one view: colour as JPEG, depth as 16-bit PNG, labels as 8-bit PNG."""

    color: bytes
    depth: bytes
    labels: bytes | None


@dataclass(frozen=True)
class PackedScene:
    """A scene as it is stored: some 20 KB a view, which a buffer can hold by the thousand.

    Attributes:
        record: all but the pixels.
        images: of the record's views.
    """

    record: SceneRecord
    images: tuple[PackedView, ...]

    def unpack(self, views: Sequence[int] | None = None) -> SceneSample:
        """Decode the images.

        Args:
            views: numbers of those that are wanted, in this order; all if None.

        Raises:
            ValueError: an image cannot be decoded, or has another size than its camera.
        """
        wanted = range(len(self.images)) if views is None else views
        try:
            return SceneSample(
                self.record,
                tuple(self.view(number) for number in wanted),
                tuple(self.labels(number) for number in wanted),
            )
        except cv2.error as error:
            raise ValueError(f"an image cannot be decoded ({error})") from error

    def view(self, number: int) -> CameraView:
        """One view, decoded; errors as of `unpack`, or OpenCV's."""
        view, packed = self.record.views[number], self.images[number]
        return CameraView(
            view.camera.name,
            decode_depth(packed.depth),
            decode_color(packed.color),
            view.camera.intrinsics,
            np.array(view.base_T_camera),
            view.stamp_ns,
        )

    def labels(self, number: int) -> NDArray[np.uint8] | None:
        """[H, W] of one view, decoded; None where there is none. Errors as of `view`."""
        data = self.images[number].labels
        if data is None:
            return None
        labels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        camera = self.record.views[number].camera
        if labels is None or labels.dtype != np.uint8 or labels.shape != (
            camera.height, camera.width
        ):  # fmt: skip
            raise ValueError("the labels are no 8-bit PNG of the camera's size")
        return np.asarray(labels, dtype=np.uint8)


def pack(sample: SceneSample) -> PackedScene:
    """Encode the images of a scene.

    Raises:
        ValueError: an image cannot be written.
    """
    return PackedScene(
        sample.record,
        tuple(
            PackedView(
                _jpeg(view.rgb),
                encode_depth(depth_in_millimetres(view.depth)),
                None if labels is None else _png(labels),
            )
            for view, labels in zip(sample.views, sample.labels, strict=True)
        ),
    )


def _jpeg(rgb: NDArray[np.uint8]) -> bytes:
    bgr = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2BGR)
    return _encoded(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])


def _png(labels: NDArray[np.uint8]) -> bytes:
    return _encoded(".png", np.ascontiguousarray(labels), [cv2.IMWRITE_PNG_COMPRESSION, 3])


def _encoded(suffix: str, image: cv2.typing.MatLike, parameters: list[int]) -> bytes:
    done, data = cv2.imencode(suffix, image, parameters)
    if not done:
        raise ValueError(f"an image of {image.dtype} {image.shape} cannot be written as {suffix}")
    return bytes(data.tobytes())
