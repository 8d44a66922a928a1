"""What the live run in ``test/data/demo_bag`` perceived and planned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rclpy.serialization import deserialize_message
from rclpy.time import Time
from rosbags.rosbag2 import Reader
from sensor_msgs.msg import PointCloud2

from clap_bringup.bags.message_classes import message_class
from clap_msgs.msg import Keypoint, Plan, SubTask

BAG = Path(__file__).parents[1] / "data" / "demo_bag"
SENSORS = ("/camera/*", "/tf", "/tf_static", "/joint_states")

BEFORE_S = 0.5
"""How much of the bag is replayed before a moment: transforms and intrinsics come in."""

AFTER_S = 0.05
"""How much is replayed after it: transforms that are newer than the images."""

STEP_S = 0.005
"""Messages of one step of the simulation have the same time: those are replayed to the last."""


@dataclass(frozen=True)
class Moment:
    """A cloud of the live run, and what was found in it.

    Attributes:
        stamp_ns: of its images.
        start_offset_s: where in the bag to begin a replay of it.
        duration_s: how much to replay: until its images were there. The clock then stands still,
            so that they do not become too old however busy this machine is.
        cloud: as fused live.
        found: the keypoints that were found in it, with the sub-tasks that asked for them.
    """

    stamp_ns: int
    start_offset_s: float
    duration_s: float
    cloud: PointCloud2
    found: list[tuple[SubTask, Keypoint]]


@dataclass(frozen=True)
class RecordedDemo:
    """The live run.

    Attributes:
        plan: of its instruction.
        moments: in order of time.
    """

    plan: Plan
    moments: list[Moment]


def read(bag: Path = BAG) -> RecordedDemo:
    """Read what the live run published."""
    with Reader(bag) as reader:
        begin_ns = reader.start_time
        plan = next(message for _, message in _messages(reader, "/task_planner/plan_result"))
        found: dict[int, dict[str, tuple[SubTask, Keypoint]]] = {}
        for _, message in _messages(reader, "/task_executive/execute_task/_action/feedback"):
            subtask, keypoint = message.feedback.subtask, message.feedback.keypoint
            if keypoint.label:
                at_stamp = found.setdefault(stamp_ns(keypoint), {})
                at_stamp[subtask.text] = (subtask, keypoint)
        there_ns: dict[int, int] = {}
        for topic in {c.topic for c in reader.connections if c.topic.endswith("/image_raw")}:
            for time_ns, image in _messages(reader, topic):
                until_ns = max(time_ns, stamp_ns(image) + round(AFTER_S * 1e9))
                there_ns[stamp_ns(image)] = max(until_ns, there_ns.get(stamp_ns(image), 0))
        moments = []
        for _, cloud in _messages(reader, "/scene/points"):
            taken_ns = stamp_ns(cloud)
            since_ns = max(begin_ns, taken_ns - round(BEFORE_S * 1e9))
            moments.append(
                Moment(
                    taken_ns,
                    (since_ns - begin_ns) * 1e-9,
                    (there_ns[taken_ns] - since_ns) * 1e-9 + STEP_S,
                    cloud,
                    list(found[taken_ns].values()),
                )
            )
    return RecordedDemo(plan, moments)


def stamp_ns(message: Any) -> int:
    """A message's stamp."""
    return int(Time.from_msg(message.header.stamp).nanoseconds)


def _messages(reader: Reader, topic: str) -> Iterator[tuple[int, Any]]:
    connections = [connection for connection in reader.connections if connection.topic == topic]
    assert connections, f"the bag has no {topic}"
    for connection, time_ns, data in reader.messages(connections):
        yield time_ns, deserialize_message(data, message_class(connection.msgtype))
