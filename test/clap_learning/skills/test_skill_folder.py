"""Skills on the disk are whole, or said to be damaged."""

from pathlib import Path

import pytest
from taught_things import demonstration, skill

from clap_core.errors import ClapError
from clap_learning.skills import folder as folders
from clap_learning.skills.folder import (
    SKILL_FILE,
    load_skill,
    load_skills,
    remove_skill,
    save_skill,
    skill_names,
    with_skills,
)

ONE = skill("take_hook", "take the hook", demonstration((0.5, 0.1), 0.3))
TWO = skill("take_hook", "take the hook", demonstration((0.5, 0.1), 0.3),
            demonstration((0.42, -0.1), 0.0))  # fmt: skip


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = save_skill(tmp_path / "skills", TWO)
    read = load_skill(tmp_path / "skills", "take_hook")
    assert path == tmp_path / "skills" / "take_hook"
    assert read.record == TWO.record and read.plans == TWO.plans
    assert len(read.memory.demonstrations) == 2
    assert load_skills(str(tmp_path / "skills"))[0].record == TWO.record


def test_no_folder_means_no_skills(tmp_path: Path) -> None:
    assert load_skills("") == load_skills(str(tmp_path / "nowhere")) == ()


def test_teaching_again_replaces_it(tmp_path: Path) -> None:
    save_skill(tmp_path, ONE)
    save_skill(tmp_path, TWO)
    assert load_skill(tmp_path, "take_hook").record.episodes == 2
    assert [path.name for path in tmp_path.iterdir()] == ["take_hook"]


def test_a_skill_that_could_not_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_skill(tmp_path, ONE)

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(folders, "save_memory", full)
    with pytest.raises(OSError, match="No space"):
        save_skill(tmp_path, TWO)
    assert load_skill(tmp_path, "take_hook").record.episodes == 1
    assert [path.name for path in tmp_path.iterdir()] == ["take_hook"]


@pytest.mark.parametrize("name", ["", "Take", "../take", "take hook", ".take", "a" * 80])
def test_names_are_folders_and_nothing_else(tmp_path: Path, name: str) -> None:
    with pytest.raises(ClapError, match="cannot be called"):
        remove_skill(tmp_path, name)


@pytest.mark.parametrize("file", [SKILL_FILE, "plans/plans.json", "memory/demonstrations.memory"])
def test_damage_is_named_with_the_cure(tmp_path: Path, file: str) -> None:
    path = save_skill(tmp_path, ONE) / file
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ClapError, match="take_hook") as caught:
        load_skills(str(tmp_path))
    assert "skills remove take_hook" in caught.value.cure
    remove_skill(tmp_path, "take_hook")
    assert skill_names(tmp_path) == ()


def test_an_unknown_one_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    save_skill(tmp_path, ONE)
    with pytest.raises(ClapError) as caught:
        remove_skill(tmp_path, "fly")
    assert "take_hook" in caught.value.cure


def test_skills_come_before_what_the_stack_came_with() -> None:
    both = with_skills(ONE.memory, [TWO])
    assert both.demonstrations[:2] == TWO.memory.demonstrations
    assert len(both.demonstrations) == len(both.rules) == 3
    assert with_skills(ONE.memory, []).rules == ONE.memory.rules
