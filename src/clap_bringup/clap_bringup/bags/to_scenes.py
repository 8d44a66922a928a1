"""Moments of a recorded bag as scenes for pre-training: a lab's own cameras, without labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rclpy.serialization import deserialize_message
from rosbags.interfaces import Connection

from clap_bringup.bags.definitions import message_class
from clap_bringup.bags.logged_images import BASE_FRAMES
from clap_bringup.bags.reading import open_bag
from clap_bringup.bags.robot_log import (
    CAMERA_ROOT,
    COLOR,
    DEPTH,
    NS_PER_S,
    PLAN,
    TF,
    TF_STATIC,
    CameraLog,
    header_stamp_ns,
)
from clap_core.camera import CameraIntrinsics, CameraView
from clap_core.episodes.images import depth_in_millimetres
from clap_core.episodes.records import CameraRecord, matrix
from clap_core.errors import ClapError, ErrorCode
from clap_core.frames import FrameBuffer, Sample, TransformError
from clap_core.robot.specification import ARMS
from clap_core.scenes import (
    SUFFIX,
    PackedScene,
    SceneRecord,
    SceneSample,
    SceneViewRecord,
    pack,
    write_shard,
)
from clap_ros.images import intrinsics_from_message, to_array

EVERY_S = 1.0
"""Between two scenes: nearer ones show much the same."""

GAP_S = 0.08
"""Furthest that images of one scene are apart: more than a frame of a 15 Hz camera."""

SIZE_PX = 224
"""Of the square pictures that are stored: as those of simulated scenes."""

SHARD_SCENES = 64
SOURCE = "robot"
_ALL_NS_S = 1e6


@dataclass(frozen=True)
class SceneSampling:
    """Which moments of a bag become scenes.

    Attributes:
        cameras: names; all with colour and aligned depth if none.
        base_frame: in which cameras' poses are wanted; franka_description's names if empty.
        every_s: between two scenes.
        limit: of the number of scenes; None for all.
    """

    cameras: tuple[str, ...] = ()
    base_frame: str = ""
    every_s: float = EVERY_S
    limit: int | None = None


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
        raise _refusal("--every and --scenes must be above zero", "Leave them out for the defaults")
    log = _read_log(bag, sampling)
    moments = _moments(log, sampling)
    if not moments:
        raise _refusal(
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
        raise _refusal(
            f"the bag {bag} never says where its cameras are",
            "Record /tf and /tf_static while the robot's driver and what publishes the cameras' "
            "calibration run",
            log.frames.frames(),
        )
    return Converted(count, files, tuple(log.cameras))


@dataclass
class _Log:
    cameras: dict[str, CameraLog] = field(default_factory=dict)
    frames: FrameBuffer = field(default_factory=lambda: FrameBuffer(_ALL_NS_S))
    instruction: str = ""
    base_frame: str = ""


@dataclass(frozen=True)
class _Moment:
    """Stamps of the images of a scene: of colour and of depth, by camera."""

    stamps_ns: dict[str, tuple[int, int]]


def _read_log(bag: Path, sampling: SceneSampling) -> _Log:
    log = _Log()
    with open_bag(bag) as reader:
        topics = tuple(sorted({connection.topic for connection in reader.connections}))
        for connection, _, data in reader.messages():
            _take(log, connection, data)
    log.cameras = {
        name: camera
        for name, camera in sorted(log.cameras.items())
        if camera.intrinsics is not None
        and all(camera.stamps_ns.values())
        and (not sampling.cameras or name in sampling.cameras)
    }
    missing = [name for name in sampling.cameras or ("NAME",) if name not in log.cameras]
    if missing and (sampling.cameras or not log.cameras):
        wanted = "; ".join(
            f"{CAMERA_ROOT}/{name}/{COLOR}/image_raw and camera_info, "
            f"{CAMERA_ROOT}/{name}/{DEPTH}/image_raw"
            for name in missing
        )
        raise _refusal(
            f"the bag {bag} lacks {wanted}",
            "Record again with `./clap record /tf /tf_static '/camera/*'` while the cameras' "
            "drivers run (align_depth.enable:=true)",
            topics,
        )
    known = log.frames.frames()
    names = [name.format(arm=arm) for arm in ARMS for name in BASE_FRAMES]
    log.base_frame = sampling.base_frame or next((name for name in names if name in known), "")
    if log.base_frame not in known:
        raise _refusal(
            f"the bag's {TF} and {TF_STATIC} have no base frame "
            f"({sampling.base_frame or ', '.join(dict.fromkeys(names))})",
            "Name the robot's base frame with --base-frame",
            known,
        )
    return log


def _take(log: _Log, connection: Connection, data: bytes) -> None:
    """Note what a message says; pixels stay in the bag."""
    topic, kind = connection.topic, connection.msgtype
    if topic in (TF, TF_STATIC):
        for item in _parsed(kind, data).transforms:
            t, q = item.transform.translation, item.transform.rotation
            stamp = item.header.stamp
            log.frames.set(
                item.header.frame_id,
                item.child_frame_id,
                Sample((t.x, t.y, t.z), (q.x, q.y, q.z, q.w)),
                int(stamp.sec) * NS_PER_S + int(stamp.nanosec),
                is_static=topic == TF_STATIC,
            )
        return
    if topic == PLAN:
        log.instruction = log.instruction or _parsed(kind, data).instruction
        return
    parts = topic.removeprefix(f"{CAMERA_ROOT}/").split("/")
    if topic.startswith(f"{CAMERA_ROOT}/") and len(parts) == 3 and parts[1] in (COLOR, DEPTH):
        camera = log.cameras.setdefault(parts[0], CameraLog(parts[0]))
        if parts[2] == "camera_info" and camera.intrinsics is None:
            message = _parsed(kind, data)
            camera.intrinsics = intrinsics_from_message(message)
            camera.frame = message.header.frame_id
        elif parts[2] == "image_raw" and kind == "sensor_msgs/msg/Image":
            camera.stamps_ns[parts[1]].append(header_stamp_ns(data))


def _moments(log: _Log, sampling: SceneSampling) -> list[_Moment]:
    """The scenes' images, in the order of time."""
    stamps = {
        (name, stream): np.sort(np.array(camera.stamps_ns[stream], dtype=np.int64))
        for name, camera in log.cameras.items()
        for stream in (COLOR, DEPTH)
    }
    start = min(int(values[0]) for values in stamps.values())
    end = max(int(values[-1]) for values in stamps.values())
    gap_ns = round(GAP_S * NS_PER_S)
    found = []
    for time_ns in range(start, end + 1, max(1, round(sampling.every_s * NS_PER_S))):
        chosen = {}
        for name in log.cameras:
            colour = _nearest(stamps[name, COLOR], time_ns)
            depth = _nearest(stamps[name, DEPTH], colour)
            if abs(colour - time_ns) <= gap_ns and abs(depth - colour) <= gap_ns:
                chosen[name] = (colour, depth)
        if chosen:
            found.append(_Moment(chosen))
    return found if sampling.limit is None else found[: sampling.limit]


def _nearest(values: NDArray[np.int64], wanted: int) -> int:
    return int(values[np.argmin(np.abs(values - wanted))])


def _scenes(bag: Path, log: _Log, moments: list[_Moment]) -> Iterator[PackedScene]:
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
    with open_bag(bag) as reader:
        wanted = [item for item in reader.connections if item.topic in topics]
        for connection, _, data in reader.messages(wanted):
            key = (connection.topic, header_stamp_ns(data))
            if key in pixels or key not in waiting:
                continue
            message = _parsed(connection.msgtype, data)
            is_colour = key[0].endswith(f"/{COLOR}/image_raw")
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
    log: _Log, moment: _Moment, pixels: dict[tuple[str, int], NDArray[Any]], number: int
) -> PackedScene | None:
    """One scene; None if it is not known where any of its cameras was."""
    views = []
    for name, (colour_ns, depth_ns) in moment.stamps_ns.items():
        camera = log.cameras[name]
        assert camera.intrinsics is not None
        try:
            pose = log.frames.lookup(log.base_frame, camera.frame, colour_ns)
        except TransformError:
            continue
        rgb, depth = pixels[camera.topic(COLOR), colour_ns], pixels[camera.topic(DEPTH), depth_ns]
        rgb, depth, optics = _smaller(rgb, depth, camera.intrinsics)
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


def _smaller(
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


def _parsed(kind: str, data: bytes) -> Any:
    return deserialize_message(data, message_class(kind))


def _refusal(reason: str, cure: str, seen: tuple[str, ...] = ()) -> ClapError:
    return ClapError(ErrorCode.INVALID_REQUEST, reason, cure, seen)
