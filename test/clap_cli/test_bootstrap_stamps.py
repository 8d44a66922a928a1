"""What counts as a change of the workspace."""

from __future__ import annotations

from pathlib import Path

import pytest

import stamps


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    package = tmp_path / "src/some_msgs"
    (package / "msg").mkdir(parents=True)
    (package / "msg/Thing.msg").write_text("float64 width\n")
    (package / "package.xml").write_text("<package/>")
    (package / "node.py").write_text("pass\n")
    return tmp_path / "src"


@pytest.mark.parametrize(
    "name",
    ["msg/Thing.msg", "package.xml", "CMakeLists.txt", "setup.py", "scripts/tool", "srv/New.srv"],
)
def test_what_the_build_reads_changes_the_digest(sources: Path, name: str) -> None:
    before = stamps.digest_of_build_inputs(sources)
    path = sources / "some_msgs" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("changed\n")
    assert stamps.digest_of_build_inputs(sources) != before


@pytest.mark.parametrize("name", ["node.py", "another.py", "__pycache__/setup.py"])
def test_linked_python_needs_no_build(sources: Path, name: str) -> None:
    before = stamps.digest_of_build_inputs(sources)
    path = sources / "some_msgs" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("changed\n")
    assert stamps.digest_of_build_inputs(sources) == before


def test_a_renamed_file_changes_the_digest(sources: Path) -> None:
    before = stamps.digest_of_build_inputs(sources)
    message = sources / "some_msgs/msg/Thing.msg"
    message.rename(message.with_name("Other.msg"))
    assert stamps.digest_of_build_inputs(sources) != before


def test_a_new_launch_file_is_linked_and_a_changed_one_is(sources: Path) -> None:
    launch = sources.parent / "launch"
    launch.mkdir()
    before = stamps.digest_of_build_inputs(sources)
    (launch / "mine.launch.yaml").write_text("launch: []\n")
    added = stamps.digest_of_build_inputs(sources)
    assert added != before
    (launch / "mine.launch.yaml").write_text("launch: [{}]\n")
    assert stamps.digest_of_build_inputs(sources) == added


@pytest.mark.parametrize("content", [None, "", "{half", "[1]"])
def test_a_note_that_can_not_be_read_is_empty(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "note.json"
    if content is not None:
        path.write_text(content)
    assert stamps.read(path) == {}


def test_a_note_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "new/note.json"
    stamps.write(path, {"inputs": "abc"})
    assert stamps.read(path) == {"inputs": "abc"}
    assert [entry.name for entry in path.parent.iterdir()] == ["note.json"]
