"""Who listens on the network: a launch that says LOCALHOST does not, whatever a stranger tries."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from two_computers import Cable, Computer, why_not

from clap_cli.reach import PROFILE_VARIABLES, RANGE_VARIABLE
from shifted_clock import build_clock

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(200),
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]

CONFIG = Path(__file__).parents[2] / "config"
ADDRESS = "10.78.0.1"
LOOKS_S = 12.0
"""Longer than it takes to be found where that is allowed."""

# On the same domain and network, and it knows the address: it need not be told by multicast.
STRANGER = """
import sys, time, rclpy
from rclpy.node import Node
rclpy.init()
node = Node("stranger")
deadline = time.monotonic() + float(sys.argv[1])
seen = set()
while time.monotonic() < deadline and not seen:
    rclpy.spin_once(node, timeout_sec=0.2)
    seen = set(node.get_node_names()) - {"stranger"}
print(*sorted(seen))
"""


@pytest.fixture
def computers(tmp_path: Path) -> Iterator[tuple[Computer, Computer]]:
    clock = build_clock(tmp_path)
    robot = Computer("robot", ADDRESS, tmp_path, 0.0, clock)
    strange = Computer("strange", "10.78.0.2", tmp_path, 0.0, clock)
    cable = Cable(robot, strange, 0.0, 0.0)
    yield robot, strange
    cable.remove()
    for computer in (robot, strange):
        computer.switch_off()


@pytest.mark.parametrize(
    ("arguments", "is_seen"),
    [
        ({"discovery": "SUBNET"}, True),
        ({"discovery": "LOCALHOST"}, False),
        # What the range alone is worth, and why the launch has a profile for it.
        ({"discovery": "LOCALHOST", "dds_profile": CONFIG / "fastdds.xml"}, True),
    ],
    ids=["subnet", "localhost", "localhost without its profile"],
)
def test_a_stranger_sees_what_the_launch_says_and_nothing_else(
    computers: tuple[Computer, Computer],
    monkeypatch: pytest.MonkeyPatch,
    arguments: dict[str, object],
    is_seen: bool,
) -> None:
    robot, strange = computers
    robot.launch(computer="thinking", **arguments)
    for variable in PROFILE_VARIABLES:
        monkeypatch.setenv(variable, str(CONFIG / "fastdds.xml"))
    monkeypatch.setenv(RANGE_VARIABLE, "SUBNET")
    monkeypatch.setenv("ROS_STATIC_PEERS", ADDRESS)
    stranger = strange.start("-c", STRANGER, str(LOOKS_S), stdout=subprocess.PIPE)
    seen, _ = stranger.communicate(timeout=2 * LOOKS_S)
    assert bool(seen.split()) is is_seen, seen
    nodes = [command for command in robot.processes() if "thinking_manager" in command]
    assert nodes, f"nothing ran that could be seen: {robot.output()}"
