"""docs/gazebo.md says what is there: its commands, arguments, links, parameters and messages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from test_robot_page import check_launch, commands, has_field, is_said, parsed

from clap_franka.trajectory_hand.config import FingerConfig, TrajectoryHandConfig
from clap_manipulation.franka_executor.config import ExecutorConfig

PAGE = Path(__file__).parents[2] / "docs/gazebo.md"
TEXT = PAGE.read_text(encoding="utf-8")
COMMANDS = [command for command in commands(TEXT) if "NAME" not in command]
LINKS = re.findall(r"\]\(([^)#\s]+)\)", TEXT)
QUOTED = re.findall(r'^\| "([^"]+)" \|', TEXT, flags=re.M)


def test_the_page_is_read() -> None:
    assert (len(COMMANDS), len(LINKS), len(QUOTED)) >= (4, 7, 6)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_understood_by_its_own_parser(command: str) -> None:
    parsed(command)
    if command.startswith("./clap launch"):
        check_launch(command)


@pytest.mark.parametrize("link", LINKS)
def test_a_linked_file_exists(link: str) -> None:
    assert (PAGE.parent / link).exists()


@pytest.mark.parametrize("quoted", QUOTED)
def test_a_quoted_message_is_in_the_sources(quoted: str) -> None:
    assert is_said(quoted)


def test_named_parameters_exist_and_numbers_are_the_defaults() -> None:
    named = re.findall(r"`((?:supervision)\.\w+)`", TEXT)
    assert len(named) >= 2
    assert all(has_field(ExecutorConfig, name) for name in named)
    assert all(f"`{name}`" in TEXT for name in ("controller", "joint_states", "arm_id"))
    assert {"controller", "joint_states", "arm_id"} <= TrajectoryHandConfig.model_fields.keys()
    fingers = FingerConfig()
    told = f"({1e3 * fingers.stalled_distance:g} mm in {fingers.stalled_time:g} s)"
    assert told in TEXT
