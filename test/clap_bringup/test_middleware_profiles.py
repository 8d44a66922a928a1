"""config/fastdds*.xml: what differs between them, and on which networks a node listens."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CONFIG = Path(__file__).parents[2] / "config"
WHITE_LIST = "<interfaceWhiteList><address>127.0.0.1</address></interfaceWhiteList>"
FRAME_OCTETS, HEADERS_OCTETS = 1500, 28

# What a process would read of: UDP ports of DDS, which are computed from the domain.
NODE = """
import os, rclpy, sys
from rclpy.node import Node
rclpy.init()
node = Node("listening")
first = 7400 + 250 * int(os.environ["ROS_DOMAIN_ID"])
for line in open("/proc/net/udp").read().splitlines()[1:]:
    address, port = line.split()[1].split(":")
    if first <= int(port, 16) < first + 250:
        print(address)
"""


def body(name: str) -> str:
    """A profile without its comments and space."""
    text = re.sub(r"<!--.*?-->", "", (CONFIG / name).read_text(), flags=re.S)
    return re.sub(r"\s+", "", text)


def test_the_profiles_differ_in_what_they_are_for() -> None:
    plain = body("fastdds.xml")
    assert body("fastdds-localhost.xml").replace(WHITE_LIST, "") == plain
    small = re.sub(r"<maxMessageSize>(\d+)</maxMessageSize>", "", body("fastdds-frames.xml"))
    assert small == plain
    size = re.search(r"<maxMessageSize>(\d+)", body("fastdds-frames.xml"))
    assert size is not None and int(size[1]) <= FRAME_OCTETS - HEADERS_OCTETS


@pytest.mark.parametrize(
    ("discovery", "profile", "everywhere"),
    [
        ("LOCALHOST", "fastdds-localhost.xml", False),
        # The range alone does not do it: that is what the profile is for.
        ("LOCALHOST", "fastdds.xml", True),
        ("SUBNET", "fastdds.xml", True),
    ],
)
def test_who_looks_at_this_computer_alone_listens_on_no_network(
    discovery: str, profile: str, everywhere: bool
) -> None:
    environment = os.environ | {
        "ROS_AUTOMATIC_DISCOVERY_RANGE": discovery,
        "FASTRTPS_DEFAULT_PROFILES_FILE": str(CONFIG / profile),
        "FASTDDS_DEFAULT_PROFILES_FILE": str(CONFIG / profile),
    }
    done = subprocess.run(
        [sys.executable, "-c", NODE], env=environment, capture_output=True, text=True, check=True
    )
    addresses = set(done.stdout.split())
    assert addresses, "it listens nowhere"
    assert (addresses != {"0100007F"}) is everywhere, addresses
