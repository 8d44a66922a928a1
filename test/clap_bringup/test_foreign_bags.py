"""Bags as other people's recorders, editors and copies leave them."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from rclpy.serialization import serialize_message
from rosbags.rosbag2 import StoragePlugin, Writer
from std_msgs.msg import String

from clap_bringup.bags import PlaySettings, play
from clap_bringup.bags.message_classes import message_class
from clap_core.errors import ClapError, ErrorCode
from clap_data.bags.definitions import Definitions, UnknownTypeError
from clap_data.bags.reading import open_bag

START_NS = 1_760_000_000 * 10**9
STEP_NS = 10**7
KIND = "std_msgs/msg/String"
FAST = PlaySettings(rate=50.0)


def write(
    folder: Path,
    stamps_ns: Iterable[int],
    kind: str = KIND,
    plugin: StoragePlugin = StoragePlugin.MCAP,
) -> Path:
    """A bag with one topic, /words."""
    definition, digest = Definitions().get(KIND)
    with Writer(folder, version=9, storage_plugin=plugin) as writer:
        topic = writer.add_connection("/words", kind, msgdef=definition, rihs01=digest)
        for number, stamp_ns in enumerate(stamps_ns):
            writer.write(topic, stamp_ns, serialize_message(String(data=str(number))))
    return folder


def times(first: int, count: int) -> list[int]:
    return [START_NS + (first + number) * STEP_NS for number in range(count)]


def edit(bag: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = bag / "metadata.yaml"
    document = yaml.safe_load(path.read_text())
    change(document["rosbag2_bagfile_information"])
    path.write_text(yaml.safe_dump(document))


@pytest.fixture
def split(tmp_path: Path) -> Path:
    """30 messages in three files, with the metadata of the last one, as a careless copy has it."""
    parts = [write(tmp_path / f"part{first}", times(first, 10)) for first in (0, 10, 20)]
    bag = tmp_path / "split"
    bag.mkdir()
    for number, part in enumerate(parts):
        shutil.copy(next(part.glob("*.mcap")), bag / f"{number}.mcap")
    shutil.copy(parts[2] / "metadata.yaml", bag)

    def join(information: dict[str, Any]) -> None:
        information["relative_file_paths"] = ["0.mcap", "1.mcap", "2.mcap"]
        information["topics_with_message_count"][0]["message_count"] = 30

    edit(bag, join)
    return bag


def test_a_split_bag_is_read_whole_and_in_order(split: Path) -> None:
    with open_bag(split) as bag:
        assert bag.start_time == START_NS
        assert [stamp for _, stamp, _ in bag.messages()] == times(0, 30)
        later = bag.messages(bag.connections, start=START_NS + 25 * STEP_NS)
        assert [stamp for _, stamp, _ in later] == times(25, 5)
    assert play(split, FAST).messages == 30


def test_a_file_that_is_missing_is_named(split: Path) -> None:
    (split / "1.mcap").unlink()
    with pytest.raises(ClapError, match=r"lacks its file 1\.mcap"):
        play(split, FAST)


def test_what_was_counted_and_what_was_played_must_agree(split: Path) -> None:
    def lose(information: dict[str, Any]) -> None:
        information["relative_file_paths"] = ["0.mcap", "2.mcap"]

    edit(split, lose)
    with pytest.raises(ClapError) as caught:
        play(split, FAST)
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert "30 messages of /words" in caught.value.message
    assert "20 were found" in caught.value.message


@pytest.mark.parametrize(
    "change",
    [
        lambda information: information.update(storage_identifier=""),
        lambda information: information["topics_with_message_count"][0]["topic_metadata"].update(
            offered_qos_profiles=[]
        ),
        lambda information: information.update(starting_time={"nanoseconds_since_epoch": 0}),
    ],
    ids=["no storage", "other QoS", "other start"],
)
def test_edited_metadata_loses_nothing(
    tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    bag = write(tmp_path / "bag", times(0, 5))
    edit(bag, change)
    assert play(bag, FAST).messages == 5


def test_a_folder_without_metadata_is_read(tmp_path: Path) -> None:
    bag = write(tmp_path / "bag", times(0, 5))
    (bag / "metadata.yaml").unlink()
    assert play(bag, FAST).messages == 5


def test_a_message_of_time_zero_does_not_silence_the_replay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bag = write(tmp_path / "bag", [0, *times(0, 5)])
    assert play(bag, FAST).messages == 6
    assert "Nothing was recorded for 1760000000 s" in capsys.readouterr().out


def test_a_type_name_in_two_parts_is_understood(tmp_path: Path) -> None:
    assert play(write(tmp_path / "bag", times(0, 3), "std_msgs/String"), FAST).messages == 3
    assert message_class("std_msgs/String") is String
    for name in ("String", "a/b/c/d", "", "tf/tfMessage"):
        with pytest.raises(UnknownTypeError):
            message_class(name)


def test_a_database_without_messages_is_said(tmp_path: Path) -> None:
    bag = write(tmp_path / "bag", times(0, 3), plugin=StoragePlugin.SQLITE3)
    file = next(bag.glob("*.db3"))
    database = sqlite3.connect(file)
    database.execute("delete from messages")
    database.commit()
    database.close()
    with pytest.raises(ClapError, match="holds no messages"):
        play(file, FAST)


def test_a_bag_of_ros_1_is_told_how_to_convert(tmp_path: Path) -> None:
    file = tmp_path / "old.bag"
    file.write_bytes(b"#ROSBAG V2.0\n" + bytes(100))
    for path in (file, tmp_path):
        with pytest.raises(ClapError, match="rosbags-convert"):
            play(path, FAST)
