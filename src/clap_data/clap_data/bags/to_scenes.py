"""Moments of a recorded bag as scenes for pre-training: a lab's own cameras, without labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from clap_core.camera import CameraIntrinsics, CameraView
from clap_core.camera.image_message import to_array
from clap_core.frames import TransformError
from clap_data.bags.camera_log import COLOR, DEPTH, header_stamp_ns
from clap_data.bags.messages import MessageReader
from clap_data.bags.one_arm import open_bag_of_one_arm
from clap_data.bags.reading import refusal
from clap_data.bags.scene_log import (
    GAP_S,
    Moment,
    SceneLog,
    SceneSampling,
    find_moments,
    read_scene_log,
)
from clap_data.episodes.images import depth_in_millimetres
from clap_data.episodes.records import CameraRecord, matrix
from clap_data.scenes import (
    SUFFIX,
    PackedScene,
    SceneRecord,
    SceneSample,
    SceneViewRecord,
    pack,
    write_shard,
)

SIZE_PX = 224
"""Of the square pictures that are stored: as those of simulated scenes."""

SHARD_SCENES = 64
SOURCE = "robot"


@dataclass(frozen=True)
class Converted:
    """What a bag gave: scenes, files, and the cameras in them."""

    scenes: int
    files: int
    cameras: tuple[str, ...]


def convert(bag: Path, folder: Path, sampling: SceneSampling) -> Converted:
    """Make scenes of a bag; the bag is read once for its words and once for its pixels.

    Args:
        bag: folder or file. Needs colour, aligned depth and camera_info of a camera, and /tf or
            /tf_static.
        folder: to write the files to, which are named like the bag.
        sampling: which moments.

    Raises:
        ClapError: INVALID_REQUEST if the bag, a topic, a frame or a moment is missing, or the
            files cannot be written.
    """
    if not sampling.every_s > 0.0 or (sampling.limit is not None and sampling.limit < 1):
        raise refusal("--every and --scenes must be above zero", "Leave them out for the defaults")
    log = read_scene_log(bag, sampling)
    moments = find_moments(log, sampling)
    if not moments:
        raise refusal(
            f"the bag {bag} has no moment at which colour and depth of a camera were taken within "
            f"{GAP_S:g} s of each other",
            "Look at the stamps of the images: are the computers' clocks synchronised?",
        )
    scenes = _scenes(bag, log, moments)
    count = files = 0
    while block := list(islice(scenes, SHARD_SCENES)):
        path = folder / f"{bag.stem}-{files:06d}{SUFFIX}"
        count += write_shard(path, block)
        files += 1
    if not count:
        raise refusal(
            f"the bag {bag} never says where its cameras are",
            "Record /tf and /tf_static while the robot's driver and what publishes the cameras' "
            "calibration run",
            log.frames.frames(),
        )
    return Converted(count, files, tuple(log.cameras))


def _scenes(bag: Path, log: SceneLog, moments: list[Moment]) -> Iterator[PackedScene]:
    """Scenes as soon as their images have come; only those of few moments are in memory."""
    waiting: dict[tuple[str, int], list[int]] = {}
    lacking = []
    for number, moment in enumerate(moments):
        keys = {
            (camera.topic(stream), stamp)
            for name, stamps in moment.stamps_ns.items()
            for camera in (log.cameras[name],)
            for stream, stamp in zip((COLOR, DEPTH), stamps, strict=True)
        }
        lacking.append(keys)
        for key in keys:
            waiting.setdefault(key, []).append(number)
    pixels: dict[tuple[str, int], NDArray[Any]] = {}
    made = 0
    topics = {topic for topic, _ in waiting}
    messages = MessageReader()
    with open_bag_of_one_arm(bag) as reader:
        wanted = [item for item in reader.connections if item.topic in topics]
        for connection, _, data in reader.messages(wanted):
            key = (connection.topic, header_stamp_ns(data))
            if key in pixels or key not in waiting:
                continue
            message = messages.read(connection, data)
            is_colour = key[0].rsplit("/", 2)[-2] == COLOR
            pixels[key] = (
                to_array(message, "rgb8").copy()
                if is_colour
                else depth_in_millimetres(to_array(message)).copy()
            )
            for number in waiting[key]:
                lacking[number].discard(key)
                if not lacking[number]:
                    scene = _scene(log, moments[number], pixels, made)
                    if scene is not None:
                        yield scene
                        made += 1
            # What all its moments have used is let go.
            pixels = {k: v for k, v in pixels.items() if any(lacking[n] for n in waiting[k])}


def _scene(
    log: SceneLog, moment: Moment, pixels: dict[tuple[str, int], NDArray[Any]], number: int
) -> PackedScene | None:
    """One scene; None if it is not known where any of its cameras was."""
    views = []
    for name, (colour_ns, depth_ns) in moment.stamps_ns.items():
        camera = log.cameras[name]
        assert camera.rectification is not None
        try:
            pose = log.frames.lookup(log.base_frame, camera.frame, colour_ns)
        except TransformError:
            continue
        rgb, depth = pixels[camera.topic(COLOR), colour_ns], pixels[camera.topic(DEPTH), depth_ns]
        lens = camera.rectification
        seen = lens.apply(CameraView(name, depth, rgb, lens.intrinsics, pose))
        millimetres = depth_in_millimetres(seen.depth)
        rgb, depth, optics = smaller_view(seen.rgb, millimetres, lens.intrinsics)
        views.append(CameraView(name, depth, rgb, optics, pose, colour_ns))
    if not views:
        return None
    record = SceneRecord(
        source=SOURCE,
        number=number,
        caption=log.instruction,
        exact_depth=False,
        views=tuple(
            SceneViewRecord(
                camera=CameraRecord.of(view.name, view.intrinsics),
                base_T_camera=matrix(view.base_T_camera),
                stamp_ns=view.stamp_ns,
            )
            for view in views
        ),
        software="clap data scenes --from-bag",
    )
    return pack(SceneSample(record, tuple(views), (None,) * len(views)))


def smaller_view(
    rgb: NDArray[np.uint8], depth: NDArray[np.uint16], optics: CameraIntrinsics
) -> tuple[NDArray[np.uint8], NDArray[np.uint16], CameraIntrinsics]:
    """The middle square of both images at `SIZE_PX`; depth takes the nearest pixel, as a mean
    over an edge would be a point in the air."""
    side = min(optics.width, optics.height)
    left, top = (optics.width - side) // 2, (optics.height - side) // 2
    square = (slice(top, top + side), slice(left, left + side))
    scale = SIZE_PX / side
    size = (SIZE_PX, SIZE_PX)
    colour = cv2.resize(rgb[square], size, interpolation=cv2.INTER_AREA)
    # The source pixel under the middle of each new one.
    middles = np.floor((np.arange(SIZE_PX) + 0.5) / scale).astype(np.int64)
    near = depth[square][np.ix_(middles, middles)]
    camera = CameraIntrinsics(
        SIZE_PX,
        SIZE_PX,
        optics.fx * scale,
        optics.fy * scale,
        (optics.cx - left + 0.5) * scale - 0.5,
        (optics.cy - top + 0.5) * scale - 0.5,
    )
    return np.asarray(colour, dtype=np.uint8), np.ascontiguousarray(near), camera
