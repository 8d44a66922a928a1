"""The words of a bag that becomes scenes: cameras, frames, and the moments that are worth one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rosbags.interfaces import Connection

from clap_core.frames import FrameBuffer
from clap_core.robot.specification import ARMS
from clap_data.bags.camera_log import (
    CAMERA_INFO,
    CAMERA_ROOT,
    COLOR,
    DEPTH,
    IMAGE,
    RECTIFIED,
    CameraLog,
    camera_topic,
    header_stamp_ns,
)
from clap_data.bags.logged_images import BASE_FRAMES
from clap_data.bags.messages import MessageReader
from clap_data.bags.one_arm import open_bag_of_one_arm
from clap_data.bags.reading import refusal
from clap_data.bags.robot_log import PLAN, TF, TF_STATIC
from clap_data.bags.stack_messages import IMAGE_TYPE, NS_PER_S, PLAN_TYPE, TF_TYPE, add_transforms

EVERY_S = 1.0
"""Between two scenes: nearer ones show much the same."""

GAP_S = 0.08
"""Furthest that images of one scene are apart: more than a frame of a 15 Hz camera."""

_ALL_NS_S = 1e6
"""Seconds of frames to keep: more than any bag is long."""


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


@dataclass
class SceneLog:
    """What a bag says: cameras with the times of their images, frames, the plan's instruction."""

    cameras: dict[str, CameraLog] = field(default_factory=dict)
    frames: FrameBuffer = field(default_factory=lambda: FrameBuffer(_ALL_NS_S))
    instruction: str = ""
    base_frame: str = ""


@dataclass(frozen=True)
class Moment:
    """Stamps of the images of a scene: of colour and of depth, by camera."""

    stamps_ns: dict[str, tuple[int, int]]


def read_scene_log(bag: Path, sampling: SceneSampling) -> SceneLog:
    """Read what a bag says of its cameras.

    Raises:
        ClapError: INVALID_REQUEST if the bag, a topic or the base frame is missing.
    """
    log = SceneLog()
    messages = MessageReader()
    with open_bag_of_one_arm(bag) as reader:
        topics = tuple(sorted({connection.topic for connection in reader.connections}))
        for connection, _, data in reader.messages():
            _take(log, messages, connection, data)
    problems = {name: camera.problem for name, camera in log.cameras.items()}
    log.cameras = {
        name: camera
        for name, camera in sorted(log.cameras.items())
        if camera.rectification is not None
        and all(camera.stamps_ns.values())
        and (not sampling.cameras or name in sampling.cameras)
    }
    missing = [name for name in sampling.cameras or ("NAME",) if name not in log.cameras]
    if missing and (sampling.cameras or not log.cameras):
        for name in sampling.cameras or sorted(problems):
            if (problem := problems.get(name)) is not None:
                raise problem
        wanted = "; ".join(
            f"{CAMERA_ROOT}/{name}/{COLOR}/image_raw and camera_info, "
            f"{CAMERA_ROOT}/{name}/{DEPTH}/image_raw"
            for name in missing
        )
        raise refusal(
            f"the bag {bag} lacks {wanted}",
            "Record again with `./clap record /tf /tf_static '/camera/*'` while the cameras' "
            "drivers run (align_depth.enable:=true)",
            topics,
        )
    known = log.frames.frames()
    names = [name.format(arm=arm) for arm in ARMS for name in BASE_FRAMES]
    log.base_frame = sampling.base_frame or next((name for name in names if name in known), "")
    if log.base_frame not in known:
        raise refusal(
            f"the bag's {TF} and {TF_STATIC} have no base frame "
            f"({sampling.base_frame or ', '.join(dict.fromkeys(names))})",
            "Name the robot's base frame with --base-frame",
            known,
        )
    return log


def _take(log: SceneLog, messages: MessageReader, connection: Connection, data: bytes) -> None:
    """Note what a message says; pixels stay in the bag."""
    topic, kind = connection.topic, connection.msgtype
    if topic in (TF, TF_STATIC):
        message = messages.read(connection, data, TF_TYPE)
        add_transforms(log.frames, message, is_static=topic == TF_STATIC)
        return
    if topic == PLAN and kind == PLAN_TYPE:
        log.instruction = log.instruction or messages.read(connection, data).instruction
        return
    if (found := camera_topic(topic)) is None:
        return
    name, stream, what = found
    camera = log.cameras.setdefault(name, CameraLog(name))
    if what == CAMERA_INFO and camera.rectification is None:
        camera.note_info(messages.read(connection, data))
    elif what in (IMAGE, RECTIFIED) and kind == IMAGE_TYPE:
        camera.note_image(stream, topic, header_stamp_ns(data))


def find_moments(log: SceneLog, sampling: SceneSampling) -> list[Moment]:
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
    every_ns = max(1, round(sampling.every_s * NS_PER_S))
    every_stamp = np.unique(np.concatenate(list(stamps.values())))
    time_ns = start - every_ns
    while (time_ns := time_ns + every_ns) <= end:
        # Over a gap, as one wrong stamp makes it, straight to the next image.
        following = int(every_stamp[np.searchsorted(every_stamp, time_ns - gap_ns)])
        if following > time_ns + gap_ns:
            time_ns += -(-(following - gap_ns - time_ns) // every_ns) * every_ns
        chosen = {}
        for name in log.cameras:
            colour = _nearest(stamps[name, COLOR], time_ns)
            depth = _nearest(stamps[name, DEPTH], colour)
            if abs(colour - time_ns) <= gap_ns and abs(depth - colour) <= gap_ns:
                chosen[name] = (colour, depth)
        if chosen:
            found.append(Moment(chosen))
    return found if sampling.limit is None else found[: sampling.limit]


def _nearest(values: NDArray[np.int64], wanted: int) -> int:
    return int(values[np.argmin(np.abs(values - wanted))])
