"""Publishes what a bag holds, in its order and at its pace."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import rclpy
from builtin_interfaces.msg import Time
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile
from rclpy.signals import SignalHandlerOptions
from rosbags.interfaces import Connection, ConnectionExtRosbag2, Qos
from rosgraph_msgs.msg import Clock

from clap_bringup.bags.message_classes import message_class
from clap_bringup.bags.qos import is_latched, publisher_profile
from clap_bringup.bags.topics import TopicFilter, patterns_in, placed
from clap_bringup.bags.waiting import wait_for_subscribers, wait_until_active
from clap_core.errors import ClapError, ErrorCode
from clap_data.bags.definitions import UnknownTypeError
from clap_data.bags.reading import Bag, open_bag

CLOCK_TOPIC = "/clock"
CLOCK_PERIOD_S = 0.01

NS_PER_S = 1_000_000_000

LATCHED_HEAD_NS = NS_PER_S
"""Latched topics that say everything within a bag's first second, such as /tf_static, are sent
before all others, whatever part is replayed: a recorder gets them whenever it discovers them,
although they were valid all along. Latched streams, as of cameras with the system's default QoS,
are replayed in their order."""

LONGEST_GAP_S = 600.0
"""A longer silence in a bag is not waited for: some message has a wrong time."""


@dataclass(frozen=True)
class PlaySettings:
    """How to replay.

    Args:
        rate: speed; 2.0 is twice as fast as recorded.
        topics: names or patterns with ``*``; everything where empty.
        loop: begin again at the end, for ever.
        clock: publish /clock: the recorded one, or the bag's own time where it has none.
        wait_for: topics that must have a subscriber before the replay begins.
        wait_until_active: the lifecycle manager must say that all nodes are active before that.
        start_offset_s: how far into the bag to begin, in its own time.
        duration_s: how much of the bag to replay, in its own time; to its end where None.
        namespace: where all names are published, /clock too, but for those recorded there; the
            names in `topics` and `wait_for` and the lifecycle manager are there as well.
    """

    rate: float = 1.0
    topics: Sequence[str] = ()
    loop: bool = False
    clock: bool = False
    wait_for: Sequence[str] = ()
    wait_until_active: bool = False
    start_offset_s: float = 0.0
    duration_s: float | None = None
    namespace: str = ""


@dataclass(frozen=True)
class PlaySummary:
    """What was published.

    Args:
        messages: number of messages.
        skipped: topics whose type is not installed, with the type.
    """

    messages: int
    skipped: dict[str, str]


def play(
    bag: Path, settings: PlaySettings | None = None, stop: threading.Event | None = None
) -> PlaySummary:
    """Publish a bag's messages as the bytes that they are; returns at its end.

    Args:
        bag: folder or file.
        settings: how.
        stop: set it from another thread to end early.

    Returns:
        What was published.

    Raises:
        ClapError: INVALID_REQUEST, where the bag cannot be read, has none of the topics or ends
            before the part that is asked for.
    """
    settings = settings or PlaySettings()
    _check(settings)
    context = rclpy.Context()
    rclpy.init(context=context, signal_handler_options=SignalHandlerOptions.NO)
    try:
        node = Node(
            "bag_player",
            context=context,
            namespace=placed("", settings.namespace),
            use_global_arguments=False,
            enable_rosout=False,
            start_parameter_services=False,
        )
        with open_bag(bag) as reader:
            return _Player(node, bag, reader, settings, stop or threading.Event()).play()
    finally:
        context.try_shutdown()


def _check(settings: PlaySettings) -> None:
    if settings.rate <= 0.0:
        raise ClapError(
            ErrorCode.INVALID_REQUEST, f"the rate {settings.rate} is not positive", "Give 1.0"
        )
    if settings.duration_s is not None and settings.duration_s <= 0.0:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the duration {settings.duration_s} s is not positive",
            "Leave it out to replay to the end",
        )


@dataclass
class _Player:
    """One replay."""

    node: Node
    bag: Path
    reader: Bag
    settings: PlaySettings
    stop: threading.Event
    publishers: dict[str, Publisher] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    constant: set[int] = field(default_factory=set)
    published: int = 0
    played: dict[str, int] = field(default_factory=dict)

    def play(self) -> PlaySummary:
        begin_ns, end_ns = self._part()
        connections = self._chosen()
        clock = self._own_clock()
        if self.settings.wait_until_active:
            # Meanwhile the bag's time stands at its beginning.
            now = _clock_message(self.reader.start_time)
            wait_until_active(
                self.node, self.stop, lambda: None if clock is None else clock.publish(now)
            )
        awaited = [self._placed(topic) for topic in self.settings.wait_for]
        wait_for_subscribers(self.node, self.publishers, awaited, self.stop)
        while not self.stop.is_set():
            self._play_once(connections, clock, begin_ns, end_ns)
            if not self.stop.is_set() and begin_ns == self.reader.start_time and end_ns is None:
                self._compare(connections)
            if not self.settings.loop:
                break
        self._let_it_arrive()
        return PlaySummary(self.published, self.skipped)

    def _placed(self, topic: str) -> str:
        """What a recorded topic is published as."""
        return placed(topic, self.settings.namespace)

    def _compare(self, connections: list[Connection]) -> None:
        """Hold what was read against what the metadata counted.

        Raises:
            ClapError: INVALID_REQUEST, naming the topic.
        """
        for topic in sorted({connection.topic for connection in connections}):
            counted, read = self.reader.counted.get(topic), self.played.get(topic, 0)
            if counted is not None and counted != read:
                raise ClapError(
                    ErrorCode.INVALID_REQUEST,
                    f"the bag {self.bag} should hold {counted} messages of {topic} by its "
                    f"metadata.yaml, and {read} were found and replayed",
                    "Copy the whole bag again, or write its metadata again with `ros2 bag reindex`",
                )

    def _part(self) -> tuple[int, int | None]:
        """Where in the bag to begin, and before which time to end, in nanoseconds of its time."""
        offset_s, duration_s = self.settings.start_offset_s, self.settings.duration_s
        begin_ns = self.reader.start_time + round(offset_s * NS_PER_S)
        if offset_s < 0.0 or (offset_s > 0.0 and begin_ns >= self.reader.end_time):
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the start offset {offset_s} s is not within the "
                f"{self.reader.duration / NS_PER_S:.2f} s of the bag {self.bag}",
                "Give a smaller one that is not negative",
            )
        return begin_ns, None if duration_s is None else begin_ns + round(duration_s * NS_PER_S)

    def _chosen(self) -> list[Connection]:
        """The connections to replay, with a publisher for each of their topics."""
        patterns = patterns_in(self.settings.namespace, self.settings.topics)
        wanted = TopicFilter(patterns, hidden=True)
        chosen = []
        profiles: dict[str, list[Qos]] = {}
        for connection in self.reader.connections:
            topic = self._placed(connection.topic)
            is_clock = self.settings.clock and topic == self._placed(CLOCK_TOPIC)
            if wanted.wants(topic) or is_clock:
                chosen.append(connection)
                profiles.setdefault(topic, []).extend(_recorded_profiles(connection))
        if not chosen:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the bag {self.bag} has no topic like {', '.join(self.settings.topics)}",
                "Choose among those it has",
                seen=tuple(sorted({c.topic for c in self.reader.connections})),
            )
        usable = []
        for connection in chosen:
            topic = self._placed(connection.topic)
            is_constant = self._is_constant(connection)
            profile = publisher_profile(profiles[topic], is_constant)
            if is_constant:
                self.constant.add(connection.id)
            try:
                self._publisher(topic, connection.msgtype, profile)
                usable.append(connection)
            except UnknownTypeError:
                self.skipped[topic] = connection.msgtype
        return usable

    def _is_constant(self, connection: Connection) -> bool:
        """Whether a topic is latched and says everything within the bag's first second."""
        if not is_latched(_recorded_profiles(connection)):
            return False
        later = self.reader.messages([connection], self.reader.start_time + LATCHED_HEAD_NS)
        return next(later, None) is None

    def _publisher(self, topic: str, type_name: str, profile: QoSProfile) -> None:
        if topic not in self.publishers:
            self.publishers[topic] = self.node.create_publisher(
                message_class(type_name), topic, profile
            )

    def _own_clock(self) -> Publisher | None:
        """A publisher of the bag's time, where it is wanted and not recorded."""
        topic = self._placed(CLOCK_TOPIC)
        if not self.settings.clock or topic in self.publishers:
            return None
        publisher: Publisher = self.node.create_publisher(Clock, topic, 10)
        return publisher

    def _play_once(
        self,
        connections: list[Connection],
        clock: Publisher | None,
        begin_ns: int,
        end_ns: int | None,
    ) -> None:
        began = time.monotonic()
        self.played.clear()
        last_ns = begin_ns
        for connection, stamp_ns, data in self._messages(connections, begin_ns, end_ns):
            gap_s = (stamp_ns - last_ns) / NS_PER_S
            if gap_s > LONGEST_GAP_S:
                print(
                    f"Nothing was recorded for {gap_s:.0f} s before a message of "
                    f"{connection.topic}; going on at once.",
                    flush=True,
                )
                began -= gap_s / self.settings.rate
            last_ns = max(last_ns, stamp_ns)
            due = began + (stamp_ns - begin_ns) * 1e-9 / self.settings.rate
            self._wait_until(due, began, begin_ns, clock)
            if self.stop.is_set():
                return
            self.publishers[self._placed(connection.topic)].publish(bytes(data))
            self.published += 1
            self.played[connection.topic] = self.played.get(connection.topic, 0) + 1

    def _messages(
        self, connections: list[Connection], begin_ns: int, end_ns: int | None
    ) -> Iterator[tuple[Connection, int, bytes]]:
        """The messages of a part in order, after those of constant topics."""
        constant = [c for c in connections if c.id in self.constant]
        others = [c for c in connections if c.id not in self.constant]
        for connection, _, data in self.reader.messages(constant):
            yield connection, begin_ns, data
        yield from self.reader.messages(others, begin_ns, end_ns)

    def _wait_until(self, due: float, began: float, begin_ns: int, clock: Publisher | None) -> None:
        """Wait for a message's time, publishing the bag's time meanwhile."""
        while not self.stop.is_set():
            now = time.monotonic()
            if clock is not None:
                elapsed_s = (min(now, due) - began) * self.settings.rate
                clock.publish(_clock_message(begin_ns + round(elapsed_s * 1e9)))
            if now >= due:
                return
            longest = CLOCK_PERIOD_S if clock is not None else due - now
            self.stop.wait(min(due - now, longest))

    def _let_it_arrive(self) -> None:
        """Wait until reliable subscribers have everything, before the publishers go."""
        for publisher in self.publishers.values():
            publisher.wait_for_all_acked(Duration(seconds=1))


def _recorded_profiles(connection: Connection) -> list[Qos]:
    extension = connection.ext
    return extension.offered_qos_profiles if isinstance(extension, ConnectionExtRosbag2) else []


def _clock_message(stamp_ns: int) -> Clock:
    seconds, rest = divmod(stamp_ns, 1_000_000_000)
    return Clock(clock=Time(sec=seconds, nanosec=rest))
