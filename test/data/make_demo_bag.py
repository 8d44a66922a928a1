"""Makes ``demo_bag``: a simulated task, recorded and trimmed to a few MB.

    ./clap shell -- python test/data/make_demo_bag.py

Run it again, and commit the bag, after a change that is meant to alter clouds, keypoints or plans.
Small messages are kept in full; images and fused clouds only of three moments: when the handle of
the mug was found, when the plate was found with the mug in the hand, and when the place below the
gripper was.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from rclpy.action import ActionClient
from rclpy.serialization import deserialize_message
from rclpy.time import Time
from rosbags.interfaces import Connection, ConnectionExtRosbag2
from rosbags.rosbag2 import CompressionFormat, CompressionMode, Reader, StoragePlugin, Writer
from rosgraph_msgs.msg import Clock

from clap_bringup.bags import BagRecorder
from clap_bringup.bags.message_classes import message_class
from clap_cli.stack import SimulatedStack
from clap_core.errors import ErrorCode
from clap_msgs.action import ExecuteTask
from clap_ros.calls import run_action

BAG = Path(__file__).parent / "demo_bag"
INSTRUCTION = "put the red mug next to the plate"
SEED = 1
TASK_TIMEOUT_S = 240.0
RECORDING_TIMEOUT_S = 60.0
CLOUDS_BEFORE = 3
POLL_S = 0.1

CLOCK = "/clock"
FEEDBACK = "/task_executive/execute_task/_action/feedback"
TOPICS = (
    *(
        f"/camera/{camera}/{stream}"
        for camera in ("front", "left", "right")
        for stream in (
            "color/image_raw",
            "aligned_depth_to_color/image_raw",
            "aligned_depth_to_color/camera_info",
        )
    ),
    CLOCK,
    "/tf",
    "/tf_static",
    "/joint_states",
    "/scene/points",
    "/task_planner/plan_result",
    "/keypoint/keypoint",
    FEEDBACK,
)


def record(folder: Path) -> Path:
    """Run the task in simulation; returns the bag of all that is needed of it."""
    arguments = {"scene": "tabletop", "seed": SEED, "real_time_factor": 1.0}
    with (
        SimulatedStack(arguments, folder / "stack.log") as stack,
        BagRecorder(folder / "whole", TOPICS) as recorder,
    ):
        wait_until_recorded(recorder)
        task = ActionClient(stack.node, ExecuteTask, "/task_executive/execute_task")
        goal = ExecuteTask.Goal(instruction=INSTRUCTION)
        _, result = run_action(task, goal, TASK_TIMEOUT_S)
    if result.error_code != ErrorCode.SUCCESS:
        sys.exit(f"the task failed, so its recording is of no use: {result.error_msg}")
    return recorder.summary.path


def wait_until_recorded(recorder: BagRecorder) -> None:
    """Wait until all that runs is recorded, with some transforms before the first cloud used."""
    deadline = time.monotonic() + RECORDING_TIMEOUT_S
    while recorder.topics.get("/scene/points", 0) < CLOUDS_BEFORE:
        if time.monotonic() > deadline:
            sys.exit("no cloud was recorded: run `./clap demo` to see what is wrong")
        time.sleep(POLL_S)


def is_heavy(connection: Connection) -> bool:
    """Whether a topic is kept only at some moments."""
    return connection.topic.endswith("/image_raw") or connection.topic == "/scene/points"


def moments(reader: Reader) -> set[int]:
    """Stamps, in ns, of the clouds in which each thing that was acted on was found first."""
    stamps: dict[str, int] = {}
    for connection, _, data in reader.messages(
        [connection for connection in reader.connections if connection.topic == FEEDBACK]
    ):
        feedback = deserialize_message(data, message_class(connection.msgtype)).feedback
        if feedback.stage == "acting":
            keypoint = feedback.keypoint
            stamps.setdefault(keypoint.label, Time.from_msg(keypoint.header.stamp).nanoseconds)
    return set(stamps.values())


def trim(source: Path, destination: Path) -> None:
    """Write what is worth keeping of a bag.

    The copy's times are those of the simulated clock, as ``ros2 bag record --use-sim-time`` writes
    them, so that its pace does not depend on how busy the machine was.
    """
    writer = Writer(destination, version=9, storage_plugin=StoragePlugin.MCAP)
    writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)
    with Reader(source) as reader, writer:
        kept = moments(reader)
        copies = {connection.id: copy(connection, writer) for connection in reader.connections}
        now_ns = first_clock(reader)
        for connection, _, data in reader.messages(reader.connections):
            if connection.topic == CLOCK:
                now_ns = Time.from_msg(deserialize_message(data, Clock).clock).nanoseconds
            if is_heavy(connection):
                message = deserialize_message(data, message_class(connection.msgtype))
                if Time.from_msg(message.header.stamp).nanoseconds not in kept:
                    continue
            writer.write(copies[connection.id], now_ns, data)


def first_clock(reader: Reader) -> int:
    """The first simulated time of a bag, in ns."""
    clocks = [connection for connection in reader.connections if connection.topic == CLOCK]
    _, _, data = next(reader.messages(clocks))
    return int(Time.from_msg(deserialize_message(data, Clock).clock).nanoseconds)


def copy(connection: Connection, writer: Writer) -> Connection:
    """The same topic in another bag."""
    assert isinstance(connection.ext, ConnectionExtRosbag2)
    return writer.add_connection(
        connection.topic,
        connection.msgtype,
        msgdef=connection.msgdef.data,
        rihs01=connection.digest,
        serialization_format=connection.ext.serialization_format,
        offered_qos_profiles=connection.ext.offered_qos_profiles,
    )


def main() -> None:
    """Record, trim and put the bag in place of the one before."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=BAG, help=f"the bag (default: {BAG})")
    destination = parser.parse_args().output
    with tempfile.TemporaryDirectory() as folder:
        trimmed = Path(folder) / destination.name
        trim(record(Path(folder)), trimmed)
        shutil.rmtree(destination, ignore_errors=True)
        shutil.copytree(trimmed, destination)
    size = sum(file.stat().st_size for file in destination.iterdir())
    print(f"{destination}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
