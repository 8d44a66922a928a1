"""Every page's links lead somewhere, and its commands are understood by their own parsers."""

from __future__ import annotations

import argparse
import importlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from test_robot_page import check_launch, check_setup, code_blocks, parsed

from clap_cli.command_table import COMMANDS as TABLE
from clap_cli.command_table import find_command

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for path in (
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("models/**/*.md"),
        *ROOT.glob("docker/**/*.md"),
    )
    if path.name != "CHANGELOG.md"  # of commands as they were
)
PLACEHOLDER = re.compile(r"\b[A-Z][A-Z_0-9]+\b|\.\.\.|…|\bN\b|[|]|<[^>]+>|\$")
"""What a reader fills in, or a shell's: not for the parser."""

WHOLE = r"^\./clap (?:'[^']*'|[^'\n])*"
"""A quoted program goes over several lines."""


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def prose(path: Path) -> str:
    """Without blocks of code between fences, whose brackets are no links."""
    return re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)


@cache
def chapters(path: Path) -> frozenset[str]:
    """The anchors of a page's headings, as they are made on the web."""
    headings = re.findall(r"^#+ (.+)$", prose(path), flags=re.M)
    told = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in headings)
    return frozenset(re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in told)


def broken(path: Path) -> list[str]:
    """Links to files of the project, or chapters of its pages, that are not there."""
    found = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(path)):
        if "://" in target or target.startswith("mailto:"):
            continue
        file, _, chapter = target.partition("#")
        place = (path.parent / file).resolve() if file else path
        is_page = place.suffix == ".md" and place.is_file()
        if not place.exists() or (chapter and is_page and chapter not in chapters(place)):
            found.append(target)
    return found


def whole_commands(text: str) -> list[str]:
    """The commands of indented blocks, to be copied as they stand; over several lines, too."""
    blocks = [block.replace("\\\n", " ") for block in code_blocks(text)]
    found = [one for block in blocks for one in re.findall(WHOLE, block, flags=re.M)]
    return [command for command in found if not PLACEHOLDER.search(command)]


def mentions(text: str) -> list[str]:
    """Commands of the running text: a name, with the options that matter there."""
    return [" ".join(one.split()) for one in re.findall(r"`(\./clap [^`]+)`", text)]


def check_mention(command: str) -> None:
    """It is the name of commands, and they have these options."""
    words = command.split()[1:]
    entry = find_command(words)
    if entry is None:
        assert any(one.words[: len(words)] == tuple(words) for one in TABLE), "no such command"
        return
    parser = argparse.ArgumentParser()
    importlib.import_module(entry.module).add_arguments(parser)
    known = {option for action in parser._actions for option in action.option_strings}
    given = {word.partition("=")[0] for word in words if word.startswith("--") and word != "--"}
    assert entry.words == ("shell",) or given <= known, f"no options {given - known}"


def told(of: Callable[[str], list[str]]) -> list[tuple[str, str]]:
    """Each command once, with a page that tells it."""
    found = {}
    for path in PAGES:
        for command in of(path.read_text(encoding="utf-8")):
            found[command] = name_of(path)
    return [(page, command) for command, page in found.items()]


def test_the_pages_are_read() -> None:
    assert len(PAGES) > 20
    assert len(told(whole_commands)) > 80
    assert len(told(mentions)) > 100


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_what_a_page_links_to_is_there(path: Path) -> None:
    assert broken(path) == []


@pytest.mark.parametrize(("page", "command"), told(mentions))
def test_a_command_that_is_mentioned_is_there(page: str, command: str) -> None:
    check_mention(command)


@pytest.mark.parametrize(("page", "command"), told(whole_commands))
def test_a_command_to_be_copied_is_understood_by_its_parser(page: str, command: str) -> None:
    parsed(command)
    if command.startswith("./clap launch"):
        check_launch(command)
    if command.startswith("./clap setup"):
        check_setup(command)


def test_a_broken_link_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A Chapter\n[a](#a-chapter) [b](page.md#none) [c](gone.md) [d](https://x)\n")
    assert broken(page) == ["page.md#none", "gone.md"]
