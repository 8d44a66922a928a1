"""Records topics to a rosbag2 bag."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, final

import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.signals import SignalHandlerOptions
from rclpy.subscription import Subscription
from rosbags.interfaces import Connection
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer, WriterError

from clap_bringup.bags.message_classes import message_class
from clap_bringup.bags.qos import subscription_profile, to_recorded
from clap_bringup.bags.topics import TopicFilter, patterns_in, placed
from clap_core.errors import ClapError, ErrorCode
from clap_data.bags.definitions import Definitions, UnknownTypeError

LATCHED_NS = 3_000_000_000
"""So long after its beginning a recording may find what was published before it."""

_DISCOVERY_PERIOD_S = 0.2
_SPIN_S = 0.1
_DRAIN_S = 1.0
_QUIET_S = 0.02


@dataclass(frozen=True)
class RecordingSummary:
    """What was recorded.

    Args:
        path: the bag's folder.
        messages: number of messages.
        topics: number of messages by topic.
    """

    path: Path
    messages: int
    topics: dict[str, int]


@dataclass
class _Topic:
    """A topic that is being recorded."""

    type_name: str
    connection: Connection
    profile: QoSProfile
    subscription: Subscription
    kept_for_us: int
    count: int = 0


@dataclass
class _Shared:
    """State between the recorder's thread and its owner."""

    stop: threading.Event = field(default_factory=threading.Event)
    ready: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None


@final
class BagRecorder:
    """Records in the background, in a ROS context of its own; a context manager.

    Topics that appear later are found within a fraction of a second. The messages' times are those
    of their arrival; what latched topics keep for those who come later gets the time of the
    recording's beginning, so that every player sends it first. That is told by what the
    publishers offer and keep, never by comparing clocks, which differ between computers.

    Args:
        folder: the bag to make; must not exist yet.
        topics: names or patterns with ``*``; everything where empty.
        exclude: names or patterns to leave out.
        hidden: also the hidden topics, such as the feedback of actions.
        compress: compress the file with zstd; smaller, but it costs processor time.
        namespace: of the recorder's node, and what `topics` choose from; empty for everything.
        watch: told each message that was written, in the recorder's thread: its connection, its
            time, ns, and its bytes.

    Raises:
        ClapError: INVALID_REQUEST, where the folder exists or cannot be made.
    """

    def __init__(
        self,
        folder: Path,
        topics: Sequence[str] = (),
        *,
        exclude: Sequence[str] = (),
        hidden: bool = False,
        compress: bool = False,
        namespace: str = "",
        watch: Callable[[Connection, int, bytes], None] = lambda *message: None,
    ) -> None:
        self._watch = watch
        self._filter = TopicFilter(
            patterns_in(namespace, topics),
            [placed(topic, namespace) for topic in exclude],
            hidden,
        )
        self._namespace = placed("", namespace)
        self._topics: dict[str, _Topic] = {}
        self._unknown: set[str] = set()
        self._definitions = Definitions()
        self._shared = _Shared()
        self._began_ns = time.time_ns()
        self._folder = folder
        self._writer = _open(folder, compress)
        self._summary: RecordingSummary | None = None
        self._thread = threading.Thread(target=self._run, name="bag_recorder")
        self._thread.start()
        self._shared.ready.wait()

    @property
    def topics(self) -> dict[str, int]:
        """Number of messages so far, by topic."""
        return {name: topic.count for name, topic in list(self._topics.items())}

    @property
    def summary(self) -> RecordingSummary:
        """What was recorded; only after ``close``.

        Raises:
            RuntimeError: the recorder is not closed.
        """
        if self._summary is None:
            raise RuntimeError("the recorder is still open")
        return self._summary

    def close(self) -> RecordingSummary:
        """Stop, and finish the file; more calls change nothing.

        Raises:
            ClapError: INTERNAL, where writing failed meanwhile, for example on a full disk.
        """
        self._shared.stop.set()
        self._thread.join()
        if self._summary is None:
            counts = self.topics
            try:
                self._writer.close()
            except OSError as error:
                self._shared.error = self._shared.error or error
            self._summary = RecordingSummary(self._folder, sum(counts.values()), counts)
        if self._shared.error is not None:
            raise ClapError(
                ErrorCode.INTERNAL,
                f"recording to {self._folder} failed: {self._shared.error!r}",
                "Check the space left on the disk and record again",
            ) from self._shared.error
        return self._summary

    def __enter__(self) -> BagRecorder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def failed(self) -> bool:
        """Whether recording has stopped by itself."""
        return self._shared.error is not None

    def _run(self) -> None:
        context = rclpy.Context()
        try:
            rclpy.init(context=context, signal_handler_options=SignalHandlerOptions.NO)
            node = Node(
                "bag_recorder",
                context=context,
                namespace=self._namespace,
                use_global_arguments=False,
                enable_rosout=False,
                start_parameter_services=False,
            )
            executor = SingleThreadedExecutor(context=context)
            executor.add_node(node)
            self._spin(node, executor)
            executor.shutdown()
            node.destroy_node()
        except ExternalShutdownException:
            pass
        except BaseException as error:  # it is told to the owner by close()
            self._shared.error = error
        finally:
            self._shared.ready.set()
            context.try_shutdown()

    def _spin(self, node: Node, executor: SingleThreadedExecutor) -> None:
        next_look = 0.0
        while not self._shared.stop.is_set():
            if time.monotonic() >= next_look:
                self._discover(node)
                next_look = time.monotonic() + _DISCOVERY_PERIOD_S
                self._shared.ready.set()
            executor.spin_once(timeout_sec=_SPIN_S)
        self._drain(executor)

    def _drain(self, executor: SingleThreadedExecutor) -> None:
        """Write what has arrived already, for at most a moment: publishers may never stop."""
        deadline = time.monotonic() + _DRAIN_S
        before = -1
        while before != sum(self.topics.values()) and time.monotonic() < deadline:
            before = sum(self.topics.values())
            executor.spin_once(timeout_sec=_QUIET_S)

    def _discover(self, node: Node) -> None:
        for name, types in node.get_topic_names_and_types():
            if not self._filter.wants(name) or name in self._unknown:
                continue
            offered = [info.qos_profile for info in node.get_publishers_info_by_topic(name)]
            if not offered:
                continue  # only subscribers so far
            known = self._topics.get(name)
            if known is None:
                self._add(node, name, types, offered)
            else:
                self._adapt(node, name, known, offered)

    def _add(self, node: Node, name: str, types: list[str], offered: list[QoSProfile]) -> None:
        type_name = types[0]
        try:
            if len(types) > 1:
                raise UnknownTypeError(f"several types at once: {', '.join(types)}")
            definition, digest = self._definitions.get(type_name)
            message_class(type_name)
        except UnknownTypeError as error:
            self._unknown.add(name)
            node.get_logger().warning(f"{name} is not recorded, its type is unknown: {error}")
            return
        connection = self._writer.add_connection(
            name,
            type_name,
            msgdef=definition,
            rihs01=digest,
            offered_qos_profiles=[to_recorded(profile) for profile in offered],
        )
        profile = subscription_profile(offered)
        subscription = self._subscribe(node, name, type_name, profile)
        kept = _kept_for_latecomers(offered)
        self._topics[name] = _Topic(type_name, connection, profile, subscription, kept)

    def _adapt(self, node: Node, name: str, topic: _Topic, offered: list[QoSProfile]) -> None:
        """Ask for less where a later publisher offers less; never for more again."""
        everyone = subscription_profile([topic.profile, *offered])
        same = (everyone.reliability, everyone.durability) == (
            topic.profile.reliability,
            topic.profile.durability,
        )
        if not same:
            node.destroy_subscription(topic.subscription)
            topic.subscription = self._subscribe(node, name, topic.type_name, everyone)
            topic.profile = everyone

    def _subscribe(
        self, node: Node, name: str, type_name: str, profile: QoSProfile
    ) -> Subscription:
        def write(message: Any, info: Any) -> None:
            topic = self._topics[name]
            # The time of arrival, not of this call: the order between topics is kept even where
            # the recorder lags.
            arrived_ns = info["received_timestamp"]
            latched = topic.kept_for_us > 0 and arrived_ns < self._began_ns + LATCHED_NS
            topic.kept_for_us -= 1
            stamp = self._began_ns if latched else arrived_ns
            self._writer.write(topic.connection, stamp, message)
            topic.count += 1
            self._watch(topic.connection, stamp, message)

        # The stubs know only callbacks without the message's info.
        callback: Any = write
        return node.create_subscription(message_class(type_name), name, callback, profile, raw=True)


def _kept_for_latecomers(offered: Sequence[QoSProfile]) -> int:
    """How many messages the publishers of a topic may have kept from before."""
    return sum(
        max(1, profile.depth)
        for profile in offered
        if profile.durability == DurabilityPolicy.TRANSIENT_LOCAL
    )


def _open(folder: Path, compress: bool) -> Writer:
    try:
        # 9 is the version of Jazzy's metadata.yaml.
        writer = Writer(folder, version=9, storage_plugin=StoragePlugin.MCAP)
        if compress:
            writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)
        writer.open()
    except WriterError as error:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the bag {folder} exists already",
            "Choose another folder, or remove this one",
        ) from error
    except OSError as error:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the bag {folder} cannot be made: {error}",
            "Choose a folder that can be written",
        ) from error
    return writer
