"""Stages are run once, in order, and again where something changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from clap_cli.__main__ import main
from clap_cli.command_table import find_command
from clap_cli.stages import PipelineStage, read_stages, run_stages
from clap_core.errors import ClapError

CONFIGS = Path(__file__).parents[2] / "config" / "learning"


class Runner:
    """Notes the commands; the one that is named fails."""

    def __init__(self, failing: str = "") -> None:
        self.ran: list[str] = []
        self._failing = failing

    def __call__(self, words: Sequence[str]) -> int:
        self.ran.append(words[1])
        return 3 if words[1] == self._failing else 0


def stages(config: Path, episodes: int = 1) -> tuple[PipelineStage, ...]:
    return (
        PipelineStage(name="data", run=f"data make --episodes {episodes} --out {{out}}/train"),
        PipelineStage(name="memory", run="train align --episodes {out}/train --out {out}/memory"),
        PipelineStage(name="keypoint", run=f"train keypoint {config} --out {{out}}/keypoint"),
    )


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "keypoint.yaml"
    path.write_text("steps: 1")
    return path


def ran(wanted: Sequence[PipelineStage], out: Path, failing: str = "") -> list[str]:
    runner = Runner(failing)
    run_stages(wanted, out, runner, lambda text: None)
    return runner.ran


def test_what_is_done_is_not_done_again(tmp_path: Path, config: Path) -> None:
    out = tmp_path / "out"
    assert ran(stages(config), out) == ["make", "align", "keypoint"]
    assert ran(stages(config), out) == []


def test_it_goes_on_where_it_failed(tmp_path: Path, config: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(ClapError, match="'memory' ended with status 3"):
        ran(stages(config), out, failing="align")
    assert ran(stages(config), out) == ["align", "keypoint"]


def test_a_changed_command_is_run_again_with_those_after_it(tmp_path: Path, config: Path) -> None:
    out = tmp_path / "out"
    ran(stages(config), out)
    assert ran(stages(config, episodes=2), out) == ["make", "align", "keypoint"]


def test_a_changed_config_is_a_change(tmp_path: Path, config: Path) -> None:
    out = tmp_path / "out"
    ran(stages(config), out)
    config.write_text("steps: 2")
    assert ran(stages(config), out) == ["keypoint"]


def test_a_note_that_was_cut_short_counts_for_nothing(tmp_path: Path, config: Path) -> None:
    out = tmp_path / "out"
    ran(stages(config), out)
    (out / "stages" / "memory.json").write_text("{")
    assert ran(stages(config), out) == ["align"]


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "- {name: one, run: fly to the moon}",
        "- {name: one, run: setup}\n- {name: one, run: setup}",
        "- {name: ../one, run: setup}",
        "stages: 1",
        ": {",
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "all.yaml"
    path.write_text(text)
    with pytest.raises(ClapError, match="no list of stages"):
        read_stages(path)


@pytest.mark.parametrize("name", ["all.yaml", "all-small.yaml"])
def test_the_files_of_the_stack_train_all_that_the_learned_agent_plays_with(name: str) -> None:
    commands = [stage.words(Path("out"))[:2] for stage in read_stages(CONFIGS / name)]
    for wanted in ("clar", "plans", "align", "keypoint"):
        assert ["train", wanted] in commands
        assert find_command(["train", wanted]) is not None


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_everything_is_trained_from_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(CONFIGS.parents[1])
    command = ["train", "all", str(CONFIGS / "all-small.yaml"), "--out", str(tmp_path)]
    assert main(command) == 0
    for made in ("clar/model.safetensors", "plans/plans.json", "keypoint/model.safetensors",
                 "memory/demonstrations.memory", "policy/model.safetensors"):  # fmt: skip
        assert (tmp_path / made).is_file(), made
    capfd.readouterr()
    assert main(command) == 0
    assert capfd.readouterr().out.count("done before") == 8
