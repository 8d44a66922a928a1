"""The upstream interfaces are wire-compatible: their RIHS01 type hashes (REP-2011) are upstream's.

A hash covers names, types and order of the fields and of the nested types. It is computed three
ways: from the sources, from the descriptions that the build installed, and by asking a running
node what it tells other nodes over DDS.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rclpy
from ament_index_python.packages import get_package_share_directory
from rclpy.context import Context
from rclpy.node import Node
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

SOURCES = Path(__file__).resolve().parents[2] / "src/upstream"
EXPECTED: dict[str, str] = json.loads(Path(__file__).with_name("type_hashes.json").read_text())[
    "hashes"
]
PACKAGES = ("control_msgs", "franka_msgs", "tf2_msgs")
PARTS = {"srv": ("Request", "Response"), "action": ("Goal", "Result", "Feedback")}
INTERFACES = sorted(SOURCES.glob("*_msgs/*/*.*"))


def name_of(interface: Path) -> str:
    """A type's name, such as ``franka_msgs/msg/Elbow``."""
    return "/".join([*interface.parts[-3:-1], interface.stem])


@pytest.fixture(scope="module")
def from_sources() -> Typestore:
    """The types that the source files define, with the parts of services and actions."""
    types: dict[str, Any] = {}

    def add(text: str, name: str) -> None:
        # Parsed as a message of the package, so that short names mean its messages.
        package, _, kind = name.split("/")
        types[name] = get_types_from_msg(text, f"{package}/msg/{kind}")[f"{package}/msg/{kind}"]

    for interface in INTERFACES:
        name = name_of(interface)
        if interface.suffix == ".msg":
            add(interface.read_text(), name)
            continue
        texts = interface.read_text().split("---\n")
        for part, text in zip(PARTS[interface.parent.name], texts, strict=True):
            add(text, f"{name}_{part}")
        if interface.suffix == ".action":
            feedback = f"unique_identifier_msgs/UUID goal_id\n{name}_Feedback feedback\n"
            add(feedback, f"{name}_FeedbackMessage")
    store = get_typestore(Stores.ROS2_JAZZY)
    store.register(types)
    return store


# Rosbags describes messages: all but the few that stand for a whole service or action.
WHOLE = {name_of(path) for path in INTERFACES if path.suffix != ".msg"}


@pytest.mark.parametrize("name", sorted(set(EXPECTED) - WHOLE))
def test_sources_reach_upstreams_hash(from_sources: Typestore, name: str) -> None:
    assert from_sources.hash_rihs01(name) == EXPECTED[name]


def test_every_interface_here_is_in_the_table() -> None:
    assert {name_of(path) for path in INTERFACES} <= set(EXPECTED)


def test_tf2_says_upstreams_errors() -> None:
    """Constants do not enter a hash, and tf2_ros tells the kind of a failure by them."""
    names = ["NO", "LOOKUP", "CONNECTIVITY", "EXTRAPOLATION", "INVALID_ARGUMENT", "TIMEOUT"]
    error = importlib.import_module("tf2_msgs.msg").TF2Error
    assert [getattr(error, f"{name}_ERROR") for name in [*names, "TRANSFORM"]] == list(range(7))


def described(package: str) -> dict[str, dict[str, Any]]:
    """The type descriptions that the build installed, by type name."""
    share = Path(get_package_share_directory(package))
    return {
        content["type_description_msg"]["type_description"]["type_name"]: content
        for path in share.glob("*/*.json")
        for content in [json.loads(path.read_text())]
    }


def rihs01(description: dict[str, Any]) -> str:
    """The hash of a type description: SHA-256 of its JSON without default values (REP-2011)."""

    def bare(one: dict[str, Any]) -> dict[str, Any]:
        fields = [{"name": field["name"], "type": field["type"]} for field in one["fields"]]
        return {"type_name": one["type_name"], "fields": fields}

    hashable = {
        "type_description": bare(description["type_description"]),
        "referenced_type_descriptions": [
            bare(one) for one in description["referenced_type_descriptions"]
        ],
    }
    return f"RIHS01_{hashlib.sha256(json.dumps(hashable).encode()).hexdigest()}"


@pytest.mark.parametrize("package", PACKAGES)
def test_what_was_built_reaches_upstreams_hash(package: str) -> None:
    own = {path for path in INTERFACES if path.parts[-3] == package}
    built = described(package)
    assert {name_of(path) for path in own} <= set(built)
    for name, content in built.items():
        if name not in EXPECTED:  # an upstream package in the underlay may have more
            continue
        assert rihs01(content["type_description_msg"]) == EXPECTED[name]
        hashes = {entry["type_name"]: entry["hash_string"] for entry in content["type_hashes"]}
        parts = {part for part in EXPECTED if part == name or part.startswith(f"{name}_")}
        assert {part: hashes[part] for part in parts} == {part: EXPECTED[part] for part in parts}


@pytest.fixture
def node() -> Iterator[Node]:
    context = Context()
    rclpy.init(context=context)
    node = Node("type_hashes", context=context)
    yield node
    node.destroy_node()
    rclpy.shutdown(context=context)


MESSAGES = [name_of(path) for path in INTERFACES if path.suffix == ".msg"]


def test_nodes_announce_upstreams_hash(node: Node) -> None:
    announced = {}
    for name in MESSAGES:
        package, _, kind = name.split("/")
        message = getattr(importlib.import_module(f"{package}.msg"), kind)
        topic = f"/type_hashes/{kind}"
        node.create_publisher(message, topic, 1)
        deadline = time.monotonic() + 10
        while not (endpoints := node.get_publishers_info_by_topic(topic)):
            assert time.monotonic() < deadline, f"{topic} was not announced"
            rclpy.spin_once(node, timeout_sec=0.01)
        announced[name] = endpoints[0].topic_type_hash
    expected = {name: EXPECTED[name] for name in MESSAGES}
    assert {name: str(value) for name, value in announced.items()} == expected
