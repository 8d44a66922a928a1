"""``clap teach`` and ``clap skills`` as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clap_cli.__main__ import main

TASK = "close_grill+0"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def episodes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("episodes")
    made = ["--split", "L3", "--variation", TASK, "--episodes", "2", "--seed", "710000"]
    assert main(["data", "make", *made, "--jobs", "2", "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def skills(episodes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("taught") / "skills"
    assert main(["teach", "close_grill", "--from", str(episodes), "--skills", str(root)]) == 0
    return root


def test_the_sentence_of_a_demonstration_is_a_skill(
    skills: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["skills", "--skills", str(skills)]) == 0
    assert "close the grill" in capsys.readouterr().out
    assert main(["skills", "close_grill", "--skills", str(skills)]) == 0
    told = capsys.readouterr().out
    assert "reach behind the handle of the lid" in told and "2 of 2" in told
    said = ["plan", "press the red button, then close the grill", "--backend", "shown", "--json"]
    assert main([*said, "--set", f"skills={skills}"]) == 0
    steps = json.loads(capsys.readouterr().out)["subtasks"]
    assert [step["action"] for step in steps] == ["press", "approach", "close"]


def test_what_it_was_taught_it_does_in_another_scene(skills: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    played = ["--variation", TASK, "--seed", "900000", "--episodes", "1", "--json", str(figures)]
    assert main(["eval", "--agent", "learned", "--set", f"skills={skills}", *played]) == 0
    told = json.loads(figures.read_text())
    assert told["success"] == 1.0 and told["settings"] == {"skills": str(skills)}


def test_two_skills_cannot_obey_one_sentence(
    skills: Path, episodes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = str(next(episodes.rglob("*.episode")))
    assert main(["teach", "shut_it", "--from", one, "--skills", str(skills)]) == 2
    assert "the skill 'close_grill' obeys" in capsys.readouterr().err
    assert [path.name for path in skills.iterdir()] == ["close_grill"]


def test_a_removed_skill_is_gone(
    episodes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = str(next(episodes.rglob("*.episode")))
    root = ["--skills", str(tmp_path / "mine")]
    assert main(["teach", "shut_it", "--from", one, *root]) == 0
    assert main(["skills", "remove", "shut_it", *root]) == 0
    assert main(["skills", "test", "shut_it", *root]) == 2
    assert "no skill 'shut_it'" in capsys.readouterr().err


def test_a_damaged_skill_is_listed_with_its_cure(
    episodes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = str(next(episodes.rglob("*.episode")))
    root = tmp_path / "mine"
    assert main(["teach", "shut_it", "--from", one, "--skills", str(root)]) == 0
    (root / "shut_it" / "skill.json").write_text("{")
    assert main(["skills", "--skills", str(root)]) == 1
    assert "skills remove shut_it" in capsys.readouterr().out
    # Its cure works: teaching it again.
    assert main(["teach", "shut_it", "--from", one, "--skills", str(root)]) == 0
    assert main(["skills", "--skills", str(root)]) == 0


def test_bags_teach_as_episodes_do(
    episodes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bags = tmp_path / "bags"
    bags.mkdir()
    for number, path in enumerate(sorted(episodes.rglob("*.episode"))):
        assert main(["data", "to-bag", str(path), str(bags / f"shown_{number}")]) == 0
    root = ["--skills", str(tmp_path / "mine")]
    assert main(["teach", "shut_it", "--from", str(bags), *root]) == 0
    told = capsys.readouterr().out
    assert "of 2 demonstrations" in told and "2 of 2" in told
    assert main(["skills", "test", "shut_it", *root]) == 2
    assert "no task of the suite" in capsys.readouterr().err
