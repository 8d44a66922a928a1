"""A rerun recording (.rrd) from a bag: cloud, keypoint, plan, trajectory and images in time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rerun as rr
import rerun.blueprint as rrb
from numpy.typing import NDArray
from rclpy.serialization import deserialize_message

from clap_bringup.bags.message_classes import message_class
from clap_core.camera.image_message import to_array
from clap_core.geometry import make_transform
from clap_data.bags.reading import open_bag
from clap_ros.clouds import from_message

CLOUD_PERIOD_S = 0.5
IMAGE_PERIOD_S = 0.5
TIMELINE = "simulated time"

_POINT_RADIUS_M = 0.0025
_KEYPOINT_RADIUS_M = 0.012
_TRAJECTORY_RADIUS_M = 0.002
_ORANGE = (255, 140, 0)
_CYAN = (0, 190, 220)


def write_recording(bag: Path, destination: Path, title: str) -> int:
    """Convert what a person wants to see of a bag.

    Args:
        bag: folder of a rosbag2 bag.
        destination: the .rrd file.
        title: name of the recording.

    Returns:
        The number of messages that were used.
    """
    recording = rr.RecordingStream(f"clap: {title}")
    recording.save(str(destination), default_blueprint=_blueprint())
    recording.log("world", rr.ViewCoordinates.RIGHT_HAND_Z_UP, static=True)
    writer = _Writer(recording)
    used = 0
    with open_bag(bag) as reader:
        handlers = {c.topic: writer.handler(c.topic, c.msgtype) for c in reader.connections}
        wanted = [c for c in reader.connections if handlers[c.topic] is not None]
        for connection, received_ns, raw in reader.messages(wanted):
            handle = handlers[connection.topic]
            if handle is None or not writer.due(connection.topic, received_ns):
                continue
            handle(deserialize_message(raw, message_class(connection.msgtype)))
            used += 1
    recording.flush()
    return used


class _Writer:
    """One method per kind of message; keeps what a trajectory needs between messages."""

    def __init__(self, recording: rr.RecordingStream) -> None:
        self._recording = recording
        self._last_ns: dict[str, int] = {}
        self._chain: dict[str, tuple[str, NDArray[np.float64]]] = {}
        self._path: list[NDArray[np.float64]] = []
        self._tcp_frame = ""

    def handler(self, topic: str, msgtype: str) -> Callable[[Any], None] | None:
        """What to do with the messages of a topic; None to skip it."""
        kind = msgtype.rsplit("/", 1)[-1]
        if topic.endswith("/color/image_raw"):
            return lambda message: self._image(topic.split("/")[-3], message)
        return {
            "PointCloud2": self._cloud if topic == "/scene/points" else None,
            "Keypoint": self._keypoint,
            "Plan": self._plan,
            "TFMessage": self._transforms,
        }.get(kind)

    def due(self, topic: str, received_ns: int) -> bool:
        """Whether a heavy topic is due again; light ones always are."""
        period_s = 0.0
        if topic == "/scene/points":
            period_s = CLOUD_PERIOD_S
        elif topic.endswith("image_raw"):
            period_s = IMAGE_PERIOD_S
        if received_ns - self._last_ns.get(topic, -(10**18)) < period_s * 1e9:
            return False
        self._last_ns[topic] = received_ns
        return True

    def _at(self, stamp: Any) -> None:
        self._recording.set_time(TIMELINE, duration=stamp.sec + stamp.nanosec * 1e-9)

    def _cloud(self, message: Any) -> None:
        self._at(message.header.stamp)
        cloud = from_message(message)
        self._recording.log(
            "world/cloud", rr.Points3D(cloud.xyz, colors=cloud.rgb, radii=_POINT_RADIUS_M)
        )

    def _keypoint(self, message: Any) -> None:
        self._at(message.header.stamp)
        point = message.point
        self._recording.log(
            "world/keypoint",
            rr.Points3D(
                [[point.x, point.y, point.z]],
                colors=[_ORANGE],
                radii=_KEYPOINT_RADIUS_M,
                labels=[message.label],
            ),
        )

    def _plan(self, message: Any) -> None:
        self._at(message.header.stamp)
        lines = [f"# {message.instruction}", ""]
        lines += [f"{i}. {subtask.text}" for i, subtask in enumerate(message.subtasks, 1)]
        self._recording.log(
            "plan", rr.TextDocument("\n".join(lines), media_type=rr.MediaType.MARKDOWN)
        )

    def _image(self, camera: str, message: Any) -> None:
        self._at(message.header.stamp)
        image = rr.Image(to_array(message)).compress(jpeg_quality=80)
        self._recording.log(f"cameras/{camera}", image)

    def _transforms(self, message: Any) -> None:
        for transform in message.transforms:
            child = transform.child_frame_id
            self._chain[child] = (transform.header.frame_id, _matrix(transform.transform))
            if child.endswith("_hand_tcp"):
                self._tcp_frame = child
        if not self._tcp_frame or not message.transforms:
            return
        base_T_tcp = self._to_root(self._tcp_frame)
        position = base_T_tcp[:3, 3]
        if self._path and np.linalg.norm(position - self._path[-1]) < _TRAJECTORY_RADIUS_M:
            return
        self._path.append(position)
        self._at(message.transforms[0].header.stamp)
        self._recording.log(
            "world/trajectory",
            rr.LineStrips3D([self._path], colors=[_CYAN], radii=_TRAJECTORY_RADIUS_M),
        )
        self._recording.log(
            "world/tcp",
            rr.Transform3D(translation=position, mat3x3=base_T_tcp[:3, :3]),
            rr.TransformAxes3D(axis_length=0.06),
        )

    def _to_root(self, frame: str) -> NDArray[np.float64]:
        transform = np.eye(4)
        while frame in self._chain:
            frame, parent_T_frame = self._chain[frame]
            transform = parent_T_frame @ transform
        return transform


def _matrix(transform: Any) -> NDArray[np.float64]:
    q, t = transform.rotation, transform.translation
    return make_transform((t.x, t.y, t.z), (q.x, q.y, q.z, q.w))


def _blueprint() -> rrb.Blueprint:
    return rrb.Blueprint(
        rrb.Horizontal(
            rrb.Spatial3DView(origin="world", name="scene"),
            rrb.Vertical(
                rrb.TextDocumentView(origin="plan", name="plan"),
                rrb.Spatial2DView(origin="cameras/front", name="front camera"),
                rrb.Spatial2DView(origin="cameras/wrist", name="wrist camera"),
            ),
            column_shares=[2, 1],
        )
    )
