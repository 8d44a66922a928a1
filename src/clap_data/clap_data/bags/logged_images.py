"""The images of a demonstration's key frames, from its bag."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clap_core.camera import CameraView
from clap_core.camera.image_message import to_array
from clap_core.errors import ClapError
from clap_core.frames import TransformError
from clap_core.geometry.transforms import Transform
from clap_data.bags.camera_log import COLOR, DEPTH, CameraLog, header_stamp_ns
from clap_data.bags.key_frames import KeyFrame
from clap_data.bags.messages import MessageReader
from clap_data.bags.one_arm import open_bag_of_one_arm
from clap_data.bags.reading import refusal
from clap_data.bags.robot_log import RobotLog
from clap_data.bags.stack_messages import NS_PER_S
from clap_data.episodes.images import depth_in_millimetres

BASE_FRAMES = ("base", "{arm}_link0")
"""Names of the base frame, by franka_description."""


class LoggedImages:
    """The images that show a demonstration's key frames best.

    Args:
        bag: folder or file.
        log: what else it says.
        frames: the key frames.
        base_frame: in which cameras' poses are wanted; franka_description's names if empty.
        gap_ns: furthest that an image may be from the time in which the robot stood still.

    Raises:
        ClapError: INVALID_REQUEST if a camera has no image of a key frame, or the base frame is
            not known.
    """

    def __init__(
        self,
        bag: Path,
        log: RobotLog,
        frames: Sequence[KeyFrame],
        base_frame: str,
        gap_ns: int,
    ) -> None:
        self._bag = bag
        self._log = log
        self._frames = frames
        self._base_frame = base_frame or _base_frame(log)
        self._gap_ns = gap_ns
        self._stamps = {
            camera.topic(stream): [self._stamp(camera, stream, frame) for frame in frames]
            for camera in log.cameras.values()
            for stream in (COLOR, DEPTH)
        }
        self._pixels: dict[tuple[str, int], NDArray[Any]] | None = None

    def check_poses(self) -> None:
        """Check that it is known where each camera was at each key frame; reads no image.

        Raises:
            ClapError: TRANSFORM_UNAVAILABLE.
        """
        for camera in self._log.cameras.values():
            for stamp_ns, frame in zip(
                self._stamps[camera.topic(COLOR)], self._frames, strict=True
            ):
                self._pose(camera, stamp_ns, frame)

    def views(self, number: int) -> tuple[CameraView, ...]:
        """What the cameras saw at a key frame.

        Raises:
            ClapError: TRANSFORM_UNAVAILABLE if it is not known where a camera was.
        """
        return tuple(self._view(camera, number) for camera in self._log.cameras.values())

    def _view(self, camera: CameraLog, number: int) -> CameraView:
        assert camera.rectification is not None
        colour, depth = camera.topic(COLOR), camera.topic(DEPTH)
        stamp_ns = self._stamps[colour][number]
        if self._pixels is None:
            self._pixels = self._read()
        seen = CameraView(
            camera.name,
            self._pixels[depth, self._stamps[depth][number]],
            self._pixels[colour, stamp_ns],
            camera.rectification.intrinsics,
            self._pose(camera, stamp_ns, self._frames[number]),
            stamp_ns,
        )
        return camera.rectification.apply(seen)

    def _stamp(self, camera: CameraLog, stream: str, frame: KeyFrame) -> int:
        """Of the image that shows a key frame best."""
        stamps = np.array(camera.stamps_ns[stream])
        best = int(stamps[np.argmin(np.abs(stamps - frame.look_ns))])
        while_still = stamps[(stamps >= frame.still_ns) & (stamps <= frame.look_ns)]
        if while_still.size:
            best = int(while_still[-1])
        elif abs(best - frame.look_ns) > self._gap_ns:
            first_ns = int(self._log.arm_ns[0])
            raise refusal(
                f"the bag {self._bag} has no {camera.topic(stream)} of the key frame "
                f"{(frame.look_ns - first_ns) / NS_PER_S:.2f} s after its first joint states: the "
                f"nearest is {abs(best - frame.look_ns) / NS_PER_S:.2f} s away",
                "Leave this camera out with --cameras, or allow more with --image-gap",
            )
        return best

    def _read(self) -> dict[tuple[str, int], NDArray[Any]]:
        pixels = {}
        messages = MessageReader()
        with open_bag_of_one_arm(self._bag) as reader:
            wanted = [item for item in reader.connections if item.topic in self._stamps]
            for connection, _, data in reader.messages(wanted):
                stamp_ns = header_stamp_ns(data)
                if stamp_ns not in self._stamps[connection.topic]:
                    continue
                message = messages.read(connection, data)
                is_colour = connection.topic.rsplit("/", 2)[-2] == COLOR
                pixels[connection.topic, stamp_ns] = (
                    to_array(message, "rgb8").copy()
                    if is_colour
                    else depth_in_millimetres(to_array(message)).copy()
                )
        return pixels

    def _pose(self, camera: CameraLog, stamp_ns: int, frame: KeyFrame) -> Transform:
        """base_T_camera when an image was taken, or while the robot stood there."""
        failure: TransformError | None = None
        for time_ns in (stamp_ns, frame.look_ns, frame.still_ns):
            try:
                return self._log.frames.lookup(self._base_frame, camera.frame, time_ns)
            except TransformError as error:
                failure = failure or error
        assert failure is not None
        raise ClapError(
            failure.code,
            f"the bag {self._bag} does not say where the camera {camera.name} is: {failure.reason}",
            "Record /tf and /tf_static while the robot's driver and what publishes the camera's "
            "calibration run, or leave the camera out with --cameras",
        ) from failure


def _base_frame(log: RobotLog) -> str:
    known = log.frames.frames()
    names = [name.format(arm=log.arm.arm_id) for name in BASE_FRAMES]
    found = next((name for name in names if name in known), None)
    if found is None:
        raise refusal(
            f"the bag's /tf and /tf_static have neither {' nor '.join(names)}",
            "Name the robot's base frame with --base-frame",
            known,
        )
    return found
