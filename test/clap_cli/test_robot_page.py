"""docs/robot.md says what is there: its commands, arguments, links, parameters and messages."""

from __future__ import annotations

import argparse
import ast
import importlib
import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from clap_cli.__main__ import _parse
from clap_cli.command_table import find_command
from clap_core.robot.config import KeyActionConfig
from clap_franka.fci.config import FciConfig
from clap_launch.arguments import check_known, declared, parse_assignments
from clap_manipulation.franka_executor.config import ExecutorConfig

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/robot.md"
TEXT = PAGE.read_text(encoding="utf-8")
MODELS = {"franka_executor": ExecutorConfig, "fci_driver": FciConfig}
ANYTHING = "…"


def code_blocks(text: str) -> list[str]:
    """The indented blocks, without their indentation."""
    blocks = re.findall(r"(?:^|\n\n)((?:    .*\n|\n(?=    ))+)", text)
    return [re.sub(r"^    ", "", block, flags=re.M).strip("\n") for block in blocks]


def commands(text: str) -> list[str]:
    """Every ``./clap`` command of the blocks and of the running text."""
    found = []
    for block in code_blocks(text):
        # A quoted program goes over several lines.
        found += re.findall(r"^\./clap (?:'[^']*'|[^'\n])*", block, flags=re.M)
    return found + [" ".join(c.split()) for c in re.findall(r"`(\./clap [^`]+)`", text)]


def parsed(command: str) -> argparse.Namespace:
    """What the command's own parser makes of it; SystemExit where it refuses it."""
    words = shlex.split(command, comments=True)[1:]
    entry = find_command(words)
    assert entry is not None, f"there is no command: {command}"
    module = importlib.import_module(entry.module)
    return _parse(entry, module, words[len(entry.words) :])


def check_launch(command: str) -> None:
    """Its arguments are declared, and have values that are allowed."""
    args = parsed(command)
    file = ROOT / f"launch/{args.file}.launch.yaml"
    given = parse_assignments(args.arguments)
    check_known(file, given)
    for name, value in given.items():
        choices = declared(file)[name].choices
        assert not choices or value in choices, f"{name} may not be {value}"


def check_setup(command: str) -> None:
    """Its groups of packages exist."""
    groups = pytest.importorskip("groups")
    groups.asked_for(shlex.split(command)[1:])


def has_field(model: type[BaseModel], name: str) -> bool:
    """Whether a parameter, with dots for what is nested, is one of the model."""
    first, _, rest = name.partition(".")
    if first not in model.model_fields:
        return False
    nested = model.model_fields[first].annotation
    return not rest or (isinstance(nested, type) and has_field(nested, rest))


def nested(parameters: dict[str, Any]) -> dict[str, Any]:
    """Dotted names as dictionaries in dictionaries."""
    tree: dict[str, Any] = {}
    for name, value in parameters.items():
        *path, last = name.split(".")
        place = tree
        for part in path:
            place = place.setdefault(part, {})
        place[last] = value
    return tree


@cache
def messages() -> str:
    """All texts of the sources, one a line, with … for what is filled in."""
    lines = []
    for path in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (p.value if isinstance(p, ast.Constant) else ANYTHING for p in node.values)
                lines.append("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                lines.append(node.value)
    return "\n".join(line.replace("\n", " ") for line in lines)


def is_said(quoted: str) -> bool:
    """Whether some text of the sources has the words that are quoted."""
    pieces = (re.escape(piece.strip()) for piece in quoted.split(ANYTHING) if piece.strip())
    return re.search(r"[^\n]*?…[^\n]*?".join(pieces), messages()) is not None


COMMANDS = commands(TEXT)
LAUNCHES = [c for c in COMMANDS if c.startswith("./clap launch")]
SETUPS = [c for c in COMMANDS if c.startswith("./clap setup")]
LINKS = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", TEXT)
FILES = [link for link in LINKS if "://" not in link]
PARAMETERS = sorted(set(re.findall(r"`((?:motion|safety|supervision)\.\w+)`", TEXT)))
QUOTED = re.findall(r'^\| "([^"]+)" \|', TEXT, flags=re.M)
YAML_BLOCKS = re.findall(r"```yaml\n(.*?)```", TEXT, flags=re.S)


def test_the_page_is_read() -> None:
    found = (COMMANDS, LAUNCHES, SETUPS, FILES, PARAMETERS, QUOTED, YAML_BLOCKS)
    least = (30, 6, 2, 8, 6, 25, 1)
    assert all(len(some) >= n for some, n in zip(found, least, strict=True)), list(map(len, found))
    assert TEXT.count('\n| "') == len(QUOTED)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_understood_by_its_own_parser(command: str) -> None:
    parsed(command)


@pytest.mark.parametrize("command", LAUNCHES)
def test_the_launch_file_declares_what_the_page_gives_it(command: str) -> None:
    check_launch(command)


@pytest.mark.parametrize("command", SETUPS)
def test_the_groups_of_packages_exist(command: str) -> None:
    check_setup(command)


@pytest.mark.parametrize("file", FILES)
def test_a_linked_file_exists(file: str) -> None:
    assert (PAGE.parent / file).exists()


def test_the_chapters_that_are_linked_exist() -> None:
    for file, chapter in re.findall(r"\]\(([^)#\s]*)#([^)]+)\)", TEXT):
        target = (PAGE.parent / file) if file else PAGE
        headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), flags=re.M)
        slugs = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
        assert chapter in slugs


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_named_parameter_exists(name: str) -> None:
    assert has_field(ExecutorConfig, name)


@pytest.mark.parametrize("block", YAML_BLOCKS)
def test_a_parameter_file_is_valid(block: str) -> None:
    for section, content in yaml.safe_load(block).items():
        model = MODELS[section.rpartition("/")[2]]
        model.model_validate(nested(content["ros__parameters"]))


def test_what_is_said_of_speed_and_realtime_is_the_default() -> None:
    assert f"at up to {KeyActionConfig().motion.tcp_speed_m_s:g} m/s" in TEXT
    assert FciConfig().realtime == "ignore"
    assert f"{FciConfig().robot_ip}" in TEXT


def test_the_example_rig_is_the_simulated_one() -> None:
    cameras = pytest.importorskip("clap_sim.world.cameras")
    for mount in cameras.RGBD_CAMERAS[:3]:
        place, target = (", ".join(f"{v:.2f}" for v in p)
                         for p in (mount.position_m, mount.target_m))  # fmt: skip
        assert f"| `{mount.name}` | {place} | {target} |" in TEXT


@pytest.mark.parametrize("quoted", QUOTED)
def test_a_quoted_message_is_in_the_sources(quoted: str) -> None:
    assert is_said(quoted)


def test_a_wrong_page_is_noticed() -> None:
    """What this file checks with says no where it should."""
    for wrong in ("./clap calibrate camera left --guide-me", "./clap doctor --robot 1 2"):
        with pytest.raises(SystemExit):
            parsed(wrong)
    with pytest.raises(AssertionError, match="no command"):
        parsed("./clap fly")
    with pytest.raises(Exception, match="no argument 'robot_adress'"):
        check_launch("./clap launch robot robot_adress:=172.16.0.2")
    with pytest.raises(AssertionError, match="may not be"):
        check_launch("./clap launch robot driver:=moveit")
    assert not has_field(ExecutorConfig, "motion.tcp_sped_m_s")
    assert not is_said("the hand is not holmed")
    assert commands("text\n\n    ./clap plan 'a\n    b' --json\n    ls\n") == [
        "./clap plan 'a\nb' --json"
    ]
