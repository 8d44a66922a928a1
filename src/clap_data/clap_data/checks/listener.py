"""Hears a recording, from its bag or while it is made, so that it is looked at when it ends."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from rosbags.interfaces import Connection

from clap_core.errors import ClapError
from clap_data.bags.one_arm import open_bag_of_one_arm
from clap_data.bags.robot_log import RobotLog, RobotLogBuilder
from clap_data.checks.streams import Streams


class Listener:
    """Takes messages in; a `robot_log.Watch`.

    Args:
        bag: named in findings.
        cameras: names of those that matter; all if none.

    Attributes:
        streams: how the messages followed each other.
    """

    def __init__(self, bag: Path, cameras: Collection[str] = ()) -> None:
        self.streams = Streams(bag, cameras)
        self._bag = bag
        self._builder = RobotLogBuilder(bag, self.streams)
        self._error: ClapError | None = None

    def reading(self) -> Listener:
        """Itself, after it has read the bag, or as much of it as can be read."""
        try:
            with open_bag_of_one_arm(self._bag) as reader:
                self._builder.read(reader)
        except ClapError as error:
            self._error = error
        return self

    def __call__(self, connection: Connection, recorded_ns: int, data: bytes) -> None:
        """Take in a message; nothing more after one that is refused."""
        if self._error is None:
            try:
                self._builder.add(connection, recorded_ns, data)
            except ClapError as error:
                self._error = error

    def log(self, cameras: tuple[str, ...]) -> RobotLog:
        """What it says of the robot.

        Raises:
            ClapError: INVALID_REQUEST, as `read_robot_log`.
        """
        if self._error is not None:
            raise self._error
        return self._builder.log(cameras)
