"""Opens bags for reading and says clearly what is wrong with those that cannot be read.

A bag's files say what they hold; metadata.yaml only says it again, and may have been edited,
belong to a part, or be missing. So the files are read one by one, and what the metadata counted is
kept to be compared with.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml
from rosbags.interfaces import Connection
from rosbags.rosbag2 import Reader, ReaderError

from clap_core.errors import ClapError, ErrorCode

_BROKEN = (ReaderError, OSError, ValueError, KeyError, EOFError, sqlite3.Error, AssertionError)
_SUFFIXES = (".mcap", ".db3")
_ROS1_MAGIC = b"#ROSBAG"


class Bag:
    """All files of an open bag as one.

    Attributes:
        path: of the bag.
        connections: of all files; ids are unique in the bag.
        counted: number of messages by topic as metadata.yaml has it; empty without one.
    """

    def __init__(self, path: Path, readers: list[Reader], counted: dict[str, int]) -> None:
        self.path = path
        self.counted = counted
        self._readers = readers
        self._origins: list[tuple[Reader, Connection]] = [
            (reader, connection) for reader in readers for connection in reader.connections
        ]
        self.connections = [
            connection._replace(id=index) for index, (_, connection) in enumerate(self._origins)
        ]
        filled = [reader for reader in readers if reader.message_count]
        self.start_time = min((reader.start_time for reader in filled), default=0)
        self.end_time = max((reader.end_time for reader in filled), default=0)

    @property
    def duration(self) -> int:
        """Nanoseconds from the first to the last message."""
        return self.end_time - self.start_time

    def messages(
        self,
        connections: Collection[Connection] | None = None,
        start: int | None = None,
        stop: int | None = None,
    ) -> Iterator[tuple[Connection, int, bytes]]:
        """Messages in the order of their times.

        Args:
            connections: of this bag; all where None.
            start: only those at or after this time, nanoseconds.
            stop: only those before this time.
        """
        wanted = self.connections if connections is None else connections
        chosen = [(self._origins[item.id], item) for item in wanted]
        streams = []
        for reader in self._readers:
            mine = {original.id: item for (origin, original), item in chosen if origin is reader}
            if mine and reader.message_count:
                streams.append(_of_file(reader, mine, start, stop))
        return heapq.merge(*streams, key=lambda message: message[1])


def _of_file(
    reader: Reader, wanted: dict[int, Connection], start: int | None, stop: int | None
) -> Iterator[tuple[Connection, int, bytes]]:
    originals = [connection for connection in reader.connections if connection.id in wanted]
    for connection, stamp_ns, data in reader.messages(originals, start, stop):
        yield wanted[connection.id], stamp_ns, data


@contextmanager
def open_bag(path: Path) -> Iterator[Bag]:
    """Open a rosbag2 bag: a folder, or one ``.mcap`` or ``.db3`` file.

    Args:
        path: of the bag.

    Yields:
        An open bag with at least one message.

    Raises:
        ClapError: INVALID_REQUEST, where it is missing, damaged (also found while reading), of
            ROS 1, or empty.
    """
    try:
        with ExitStack() as stack:
            information = _information(path)
            files = _files(path, information)
            readers = [stack.enter_context(Reader(file)) for file in files]
            bag = Bag(path, readers, _counted(information))
            if not bag.connections:
                raise refusal(
                    f"the bag {path} holds no topics",
                    "Record again while the stack runs",
                )
            if not any(reader.message_count for reader in readers):
                raise refusal(
                    f"the bag {path} holds no messages",
                    "Record again while the stack runs",
                )
            yield bag
    except _BROKEN as error:
        raise refusal(
            f"the bag {path} is damaged or not a bag: {str(error).strip() or type(error).__name__}",
            "Copy it again from its source; an MCAP file whose recorder was killed can often be "
            "saved with `mcap recover`",
        ) from error


def is_bag(path: Path) -> bool:
    """Whether a path looks like a bag, of ROS 1 too, which `open_bag` then refuses."""
    if path.is_dir():
        inside = (file for file in path.iterdir() if file.is_file())
        return (path / "metadata.yaml").is_file() or any(map(is_bag, inside))
    return path.suffix in (*_SUFFIXES, ".bag")


def refusal(reason: str, cure: str, seen: tuple[str, ...] = ()) -> ClapError:
    """An INVALID_REQUEST error about a bag; `seen` names what it has instead."""
    return ClapError(ErrorCode.INVALID_REQUEST, reason, cure, seen)


def _information(path: Path) -> dict[str, Any]:
    """What metadata.yaml says; empty without one, or where nobody can read it."""
    try:
        document = yaml.safe_load((path / "metadata.yaml").read_text())
        information = document["rosbag2_bagfile_information"]
    except (OSError, yaml.YAMLError, KeyError, TypeError, UnicodeDecodeError):
        return {}
    return information if isinstance(information, dict) else {}


def _counted(information: dict[str, Any]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for entry in information.get("topics_with_message_count") or ():
        name = entry["topic_metadata"]["name"]
        counts[name] = counts.get(name, 0) + int(entry["message_count"])
    return counts


def _files(path: Path, information: dict[str, Any]) -> list[Path]:
    """The bag's files, or its folder where only the folder's reader can decompress them."""
    if not path.exists():
        raise refusal(
            f"there is no bag {path}",
            "Give the folder that `clap record` made, or an .mcap or .db3 file",
        )
    if path.is_file():
        _refuse_ros1(path)
        return [path]
    named = [path / name for name in information.get("relative_file_paths") or ()]
    if named and any(file.suffix not in _SUFFIXES for file in named):
        return [path]
    files = named or [file for suffix in _SUFFIXES for file in sorted(path.glob(f"*{suffix}"))]
    if absent := [file.name for file in files if not file.is_file()]:
        raise refusal(
            f"the bag {path} lacks its file {absent[0]}",
            "Copy the whole folder again",
        )
    if files:
        return files
    for file in sorted(path.glob("*.bag")):
        _refuse_ros1(file)
    raise refusal(
        f"the folder {path} has neither metadata.yaml nor an .mcap or .db3 file",
        "Give the folder of a bag, or one of its files",
    )


def _refuse_ros1(path: Path) -> None:
    with path.open("rb") as file:
        is_ros1 = file.read(len(_ROS1_MAGIC)) == _ROS1_MAGIC
    if is_ros1:
        raise refusal(
            f"{path} is a bag of ROS 1, as realsense-viewer writes them too",
            f"Convert it: `./clap shell -- rosbags-convert --src {path} --dst {path.stem}`; from "
            "realsense-viewer it still lacks this stack's topic names, so record with "
            "realsense-ros instead",
        )
