"""Recording and replaying over DDS, byte for byte, from both storages."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rclpy
from ament_index_python.packages import get_package_prefix
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy, qos_profile_sensor_data
from rclpy.serialization import serialize_message
from rosbags.highlevel import AnyReader
from rosbags.interfaces import ConnectionExtRosbag2, QosDurability, QosReliability
from rosbags.rosbag2 import Reader, StoragePlugin, Writer
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image
from std_msgs.msg import String
from std_srvs.srv import Trigger

from clap_bringup.bags import BagRecorder, PlaySettings, play, recorder, waiting
from clap_bringup.bags.qos import to_recorded
from clap_core.errors import ClapError
from clap_data.bags.definitions import Definitions

DEADLINE_S = 20.0
COUNT = 12
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
RELIABLE = QoSProfile(depth=COUNT + 1)
MANY_BEST_EFFORT = QoSProfile(depth=COUNT, reliability=ReliabilityPolicy.BEST_EFFORT)


class Graph:
    """A node that publishes and hears, in a context of its own, spun on demand."""

    def __init__(self) -> None:
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        self.node = Node("bag_test", context=self.context)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        self.heard: list[tuple[str, bytes]] = []

    def hear(self, kind: Any, topic: str, profile: QoSProfile) -> None:
        self.node.create_subscription(
            kind, topic, lambda data: self.heard.append((topic, bytes(data))), profile, raw=True
        )

    @property
    def topics_heard(self) -> dict[str, int]:
        return dict(Counter(topic for topic, _ in self.heard))

    def until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, f"not in time: {what}; heard {self.topics_heard}"
            self.executor.spin_once(timeout_sec=0.02)

    def close(self) -> None:
        self.executor.shutdown()
        self.node.destroy_node()
        self.context.try_shutdown()


@pytest.fixture
def graph() -> Iterator[Graph]:
    it = Graph()
    yield it
    it.close()


def play_while_hearing(
    graph: Graph, bag: Path, settings: PlaySettings, expected: list[tuple[str, bytes]]
) -> None:
    """Replay in a thread until what is expected was heard and the replay has ended."""
    errors: list[BaseException] = []

    def replay() -> None:
        try:
            play(bag, settings)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=replay)
    thread.start()
    topics = {topic for topic, _ in expected}

    def all_heard() -> bool:
        return len([topic for topic, _ in graph.heard if topic in topics]) >= len(expected)

    graph.until(lambda: all_heard() or bool(errors), f"{len(expected)} messages")
    graph.until(lambda: not thread.is_alive(), "the replay ends")
    thread.join()
    assert not errors


def record_something(graph: Graph, bag: Path) -> list[tuple[str, bytes]]:
    """Record a latched message and two topics in turn; returns what was sent in order."""
    latched = graph.node.create_publisher(String, "/bag/latched", LATCHED)
    images = graph.node.create_publisher(Image, "/bag/images", qos_profile_sensor_data)
    notes = graph.node.create_publisher(String, "/bag/notes", RELIABLE)
    # Bytes are sent, not messages: serialising twice may differ in the padding.
    sent = [("/bag/latched", serialize_message(String(data="before all")))]
    latched.publish(sent[0][1])
    with BagRecorder(bag, ["/bag/*"]) as recorder:
        for publisher in (latched, images, notes):
            graph.until(lambda p=publisher: p.get_subscription_count() > 0, "recorder matches")
        for number in range(COUNT):
            image = Image(width=number, data=bytes(range(200)))
            note = String(data=f"note {number}")
            for publisher, message in ((images, image), (notes, note)):
                sent.append((publisher.topic_name, serialize_message(message)))
                publisher.publish(sent[-1][1])
                graph.until(lambda: sum(recorder.topics.values()) == len(sent), "it is recorded")
    assert recorder.summary.topics == {"/bag/latched": 1, "/bag/images": COUNT, "/bag/notes": COUNT}
    for publisher in (latched, images, notes):
        graph.node.destroy_publisher(publisher)
    return sent


def test_a_recording_keeps_bytes_order_qos_and_types(graph: Graph, tmp_path: Path) -> None:
    bag = tmp_path / "bag"
    sent = record_something(graph, bag)
    with AnyReader([bag]) as reader:
        kept = [(connection.topic, bytes(data)) for connection, _, data in reader.messages()]
        assert kept == sent
        image = reader.deserialize(kept[1][1], "sensor_msgs/msg/Image")
        assert image.data.tobytes() == bytes(range(200))
        profiles = {
            c.topic: c.ext.offered_qos_profiles[0]
            for c in reader.connections
            if isinstance(c.ext, ConnectionExtRosbag2)
        }
    assert profiles["/bag/latched"].durability is QosDurability.TRANSIENT_LOCAL
    assert profiles["/bag/images"].reliability is QosReliability.BEST_EFFORT
    assert (bag / "metadata.yaml").is_file()


def test_latched_messages_are_told_by_what_is_kept_and_not_by_clocks(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recorder whose clock is an hour ahead of the publishers'."""
    ahead_ns = 3600 * 10**9
    true_time_ns = time.time_ns
    monkeypatch.setattr(recorder.time, "time_ns", lambda: true_time_ns() + ahead_ns)
    record_something(graph, tmp_path / "bag")
    with Reader(tmp_path / "bag") as reader:
        stamps: dict[str, list[int]] = {}
        for connection, stamp_ns, _ in reader.messages():
            stamps.setdefault(connection.topic, []).append(stamp_ns)
    assert stamps["/bag/latched"][0] > true_time_ns()  # its beginning, by the recorder's clock
    for topic in ("/bag/images", "/bag/notes"):
        assert max(stamps[topic]) < true_time_ns()  # their arrival, by the middleware's clock
        assert len(set(stamps[topic])) == COUNT


def to_sqlite(bag: Path, target: Path) -> None:
    """Copy a bag to the other storage."""
    with (
        Reader(bag) as reader,
        Writer(target, version=9, storage_plugin=StoragePlugin.SQLITE3) as writer,
    ):
        copies = {}
        for c in reader.connections:
            assert isinstance(c.ext, ConnectionExtRosbag2)
            copies[c.id] = writer.add_connection(
                c.topic, c.msgtype, msgdef=c.msgdef.data, rihs01=c.digest,
                offered_qos_profiles=c.ext.offered_qos_profiles,
            )  # fmt: skip
        for c, stamp, data in reader.messages():
            writer.write(copies[c.id], stamp, data)


def test_a_replay_is_the_recording_from_both_storages(graph: Graph, tmp_path: Path) -> None:
    sent = record_something(graph, tmp_path / "bag")
    to_sqlite(tmp_path / "bag", tmp_path / "sqlite")
    graph.hear(String, "/bag/latched", LATCHED)
    graph.hear(Image, "/bag/images", MANY_BEST_EFFORT)
    graph.hear(String, "/bag/notes", RELIABLE)
    reliable = [one for one in sent if one[0] != "/bag/images"]
    images = [one for one in sent if one[0] == "/bag/images"]
    for name in ("bag", "sqlite"):
        graph.heard.clear()
        settings = PlaySettings(wait_for=("/bag/latched", "/bag/images", "/bag/notes"))
        play_while_hearing(graph, tmp_path / name, settings, reliable)
        heard = [one for one in graph.heard if one[0] != "/bag/images"]
        assert heard == reliable
        # Best effort may lose some, and does so at the start, but changes neither bytes nor order.
        rest = iter(images)
        heard_images = [one for one in graph.heard if one[0] == "/bag/images"]
        assert len(heard_images) > COUNT // 2
        assert all(image in rest for image in heard_images)


def test_only_chosen_topics_are_replayed_with_the_bags_clock(graph: Graph, tmp_path: Path) -> None:
    sent = record_something(graph, tmp_path / "bag")
    graph.hear(String, "/bag/notes", RELIABLE)
    graph.hear(Image, "/bag/images", qos_profile_sensor_data)
    clocks: list[int] = []
    graph.node.create_subscription(
        Clock, "/clock", lambda m: clocks.append(m.clock.sec * 10**9 + m.clock.nanosec), 10
    )
    settings = PlaySettings(rate=2.0, topics=("/bag/notes",), clock=True, wait_for=("/bag/notes",))
    notes = [one for one in sent if one[0] == "/bag/notes"]
    play_while_hearing(graph, tmp_path / "bag", settings, notes)
    assert {topic for topic, _ in graph.heard} == {"/bag/notes"}
    with Reader(tmp_path / "bag") as reader:
        first, last = reader.start_time, reader.end_time
    assert clocks == sorted(clocks)
    assert first <= clocks[0] and clocks[-1] <= last


def test_a_replay_waits_until_the_nodes_are_active(graph: Graph, tmp_path: Path) -> None:
    sent = record_something(graph, tmp_path / "bag")
    graph.heard.clear()
    for topic, profile in (("/bag/latched", LATCHED), ("/bag/notes", RELIABLE)):
        graph.hear(String, topic, profile)
    asked: list[int] = []

    def is_active(_: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        asked.append(len(graph.heard))
        response.success = len(asked) > 3
        response.message = "keypoint is configuring"
        return response

    graph.node.create_service(Trigger, "/lifecycle_manager/is_active", is_active)
    settings = PlaySettings(rate=50.0, wait_until_active=True)
    expected = [pair for pair in sent if pair[0] != "/bag/images"]
    play_while_hearing(graph, tmp_path / "bag", settings, expected)
    assert asked == [0, 0, 0, 0]


def test_a_replay_in_a_namespace_stays_there(graph: Graph, tmp_path: Path) -> None:
    sent = record_something(graph, tmp_path / "bag")
    graph.heard.clear()
    graph.hear(String, "/bag/notes", RELIABLE)
    graph.hear(String, "/left/bag/notes", RELIABLE)
    clocks: list[Clock] = []
    graph.node.create_subscription(Clock, "/clock", clocks.append, 10)

    def is_active(_: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success = True
        return response

    graph.node.create_service(Trigger, "/left/lifecycle_manager/is_active", is_active)
    settings = PlaySettings(
        rate=50.0,
        topics=("/bag/notes",),
        clock=True,
        wait_for=("/bag/notes",),
        wait_until_active=True,
        namespace="left",
    )
    notes = [(f"/left{topic}", data) for topic, data in sent if topic == "/bag/notes"]
    with BagRecorder(tmp_path / "again", namespace="left") as recorder:
        play_while_hearing(graph, tmp_path / "bag", settings, notes)
    assert graph.heard == notes
    assert not clocks
    assert set(recorder.summary.topics) == {"/left/bag/notes", "/left/clock"}


def test_a_replay_whose_nodes_never_become_active_says_why(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "ACTIVE_TIMEOUT_S", 0.2)
    record_something(graph, tmp_path / "bag")
    with pytest.raises(ClapError, match="nobody serves /lifecycle_manager/is_active"):
        play(tmp_path / "bag", PlaySettings(wait_until_active=True))


def test_a_part_of_a_bag_is_replayed_after_the_latched_messages_before_it(
    graph: Graph, tmp_path: Path
) -> None:
    sent = record_something(graph, tmp_path / "bag")
    graph.hear(String, "/bag/latched", LATCHED)
    graph.hear(String, "/bag/notes", RELIABLE)
    with Reader(tmp_path / "bag") as reader:
        notes = [c for c in reader.connections if c.topic == "/bag/notes"]
        times_ns = [time_ns - reader.start_time for _, time_ns, _ in reader.messages(notes)]
    start_s, end_s = (times_ns[4] - 1) * 1e-9, (times_ns[7] - 1) * 1e-9
    settings = PlaySettings(
        topics=("/bag/latched", "/bag/notes"),
        start_offset_s=start_s,
        duration_s=end_s - start_s,
        wait_for=("/bag/latched", "/bag/notes"),
    )
    expected = [sent[0], *[one for one in sent if one[0] == "/bag/notes"][4:7]]
    play_while_hearing(graph, tmp_path / "bag", settings, expected)
    assert graph.heard == expected


def test_a_latched_stream_is_replayed_in_its_order_and_a_constant_first(
    graph: Graph, tmp_path: Path
) -> None:
    text, digest = Definitions().get("std_msgs/msg/String")
    messages = [("/bag/note", 0.0), ("/bag/stream", 0.1), ("/bag/constant", 0.2),
                ("/bag/note", 0.3), ("/bag/stream", 1.5)]  # fmt: skip
    topics = {topic for topic, _ in messages}
    with Writer(tmp_path / "bag", version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        connections = {
            topic: writer.add_connection(
                topic,
                "std_msgs/msg/String",
                msgdef=text,
                rihs01=digest,
                offered_qos_profiles=[to_recorded(RELIABLE if topic == "/bag/note" else LATCHED)],
            )
            for topic in topics
        }
        sent = [(topic, serialize_message(String(data=f"{at_s}"))) for topic, at_s in messages]
        for (topic, data), (_, at_s) in zip(sent, messages, strict=True):
            writer.write(connections[topic], round((10.0 + at_s) * 1e9), data)
    for topic in topics:
        graph.hear(String, topic, RELIABLE)
    settings = PlaySettings(wait_for=tuple(topics))
    play_while_hearing(graph, tmp_path / "bag", settings, sent)
    assert {sent[2], sent[0]} == set(graph.heard[:2])  # at once, so the order in which they come
    assert graph.heard[2:] == [sent[1], sent[3], sent[4]]


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        (PlaySettings(start_offset_s=60.0), "60.0"),
        (PlaySettings(start_offset_s=-1.0), "-1.0"),
        (PlaySettings(duration_s=0.0), "0.0"),
        (PlaySettings(rate=0.0), "0.0"),
    ],
)
def test_a_part_that_the_bag_has_not_is_refused(
    tmp_path: Path, settings: PlaySettings, word: str
) -> None:
    with pytest.raises(ClapError, match=word):
        play(bag_of_size(tmp_path / "bag"), settings)


def test_the_recorder_process_finishes_its_file_on_sigterm(graph: Graph, tmp_path: Path) -> None:
    bag = tmp_path / "bag"
    publisher = graph.node.create_publisher(String, "/bag/late", RELIABLE)
    # As a launch file starts it, with what `ros2 launch` adds.
    program = Path(get_package_prefix("clap_bringup")) / "lib/clap_bringup/recorder"
    ros = ["--ros-args", "-r", "__node:=recorder"]
    command = [str(program), "/bag/late", "-o", str(bag), *ros]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    try:
        graph.until(lambda: publisher.get_subscription_count() > 0, "recorder matches")
        publisher.publish(String(data="one"))
        assert publisher.wait_for_all_acked()
        # It has arrived but may not be written yet: what has arrived must not be lost.
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=DEADLINE_S)
    finally:
        process.kill()
    assert process.returncode == 0, output
    assert "Recorded 1 messages of 1 topics" in output
    with Reader(bag) as reader:
        assert reader.message_count == 1


def bag_of_size(folder: Path) -> Path:
    with Writer(folder, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        text, digest = Definitions().get("std_msgs/msg/String")
        c = writer.add_connection("/x", "std_msgs/msg/String", msgdef=text, rihs01=digest)
        for i in range(100):
            writer.write(c, 10**9 + i, serialize_message(String(data="x" * 100)))
    return folder


def truncate(folder: Path) -> Path:
    file = folder / f"{folder.name}.mcap"
    file.write_bytes(file.read_bytes()[:-3000])
    return folder


def empty(folder: Path) -> Path:
    Writer(folder, version=9, storage_plugin=StoragePlugin.MCAP).__enter__().close()
    return folder


def not_a_bag(folder: Path) -> Path:
    folder.mkdir()
    return folder


def text_file(folder: Path) -> Path:
    path = folder.with_suffix(".mcap")
    path.write_text("this is not a bag at all, but long enough to have a footer of some kind")
    return path


@pytest.mark.parametrize(
    ("make", "part"),
    [
        (lambda folder: folder, "there is no bag"),
        (not_a_bag, "neither metadata.yaml"),
        (empty, "holds no topics"),
        (lambda folder: truncate(bag_of_size(folder)), "is damaged or not a bag"),
        (text_file, "is damaged or not a bag"),
    ],
)
def test_a_bag_that_cannot_be_read_is_named_with_the_cure(
    tmp_path: Path, make: Callable[[Path], Path], part: str
) -> None:
    bag = make(tmp_path / "broken")
    with pytest.raises(ClapError) as caught:
        play(bag)
    assert part in caught.value.reason
    assert str(bag) in caught.value.reason
    assert caught.value.cure


def test_a_topic_that_the_bag_lacks_is_refused_with_those_it_has(tmp_path: Path) -> None:
    with pytest.raises(ClapError) as caught:
        play(bag_of_size(tmp_path / "bag"), PlaySettings(topics=("/y",)))
    assert caught.value.seen == ("/x",)


def test_a_bag_is_never_overwritten(tmp_path: Path) -> None:
    bag_of_size(tmp_path / "bag")
    with pytest.raises(ClapError, match="exists already"):
        BagRecorder(tmp_path / "bag")
