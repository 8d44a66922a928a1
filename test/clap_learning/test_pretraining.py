"""Pre-training: runs end in weights, and go on after an interruption as if there had been none."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest
import torch
from data.tabletop_scenes import fill

from clap_core.errors import ClapError, ErrorCode
from clap_learning.clar.weights import load_encoder
from clap_learning.data.augment import SceneAugmentConfig
from clap_learning.data.loader import LoaderConfig
from clap_learning.pretraining import run_folder
from clap_learning.pretraining.command import add_arguments, run
from clap_learning.pretraining.config import PretrainingConfig, read_config
from clap_learning.pretraining.ladder import LOG_FILE, Training, runs_of, train_ladder
from clap_learning.pretraining.program import TrainingResult, pretrain
from clap_learning.pretraining.run_folder import PLOT_FILE, RunFolder
from clap_learning.pretraining.variants import VARIANTS, with_variant

STEPS = 4
CONFIGS = Path(__file__).parents[2] / "config" / "learning"


class Interrupted(Exception):
    """What a test stops a run with."""


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("scenes"), [3, 3])


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("features")


def config(**changes: object) -> PretrainingConfig:
    """A run of seconds; the random teacher needs no weights."""
    values: dict[str, object] = {
        "objectives": ("masked",),
        "teacher": "random",
        "text_teacher": None,
        "steps": STEPS,
        "threads": 1,
        "precision": "no",
        "log_every": 1,
        "save_every": 2,
        "data": LoaderConfig(batch=2, workers=0, augment=SceneAugmentConfig(views_max=2)),
    }
    return PretrainingConfig.model_validate(values | changes)


def stop_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupt the next run before it tells of a step."""
    tell = RunFolder.tell

    def stopping(self: RunFolder, line: dict[str, float]) -> None:
        if line["step"] == step:
            raise Interrupted
        tell(self, line)

    monkeypatch.setattr(RunFolder, "tell", stopping)


def train(settings: PretrainingConfig, scenes: Path, out: Path, features: Path) -> TrainingResult:
    return pretrain(settings, scenes, out, features)


def test_a_run_ends_in_weights_history_and_plots(
    scenes: Path, features: Path, tmp_path: Path
) -> None:
    settings = config(objectives=("masked", "global", "local"))

    result = train(settings, scenes, tmp_path, features)

    assert load_encoder(tmp_path).config.name == "clar-tiny"
    lines = RunFolder(tmp_path).history()
    assert [line["step"] for line in lines] == [1, 2, 3, 4]
    assert {"shape", "colour", "image", "local", "local_cosine", "total"} <= lines[0].keys()
    assert (tmp_path / PLOT_FILE).read_bytes().startswith(b"\x89PNG")
    assert result.clouds == 2 * STEPS
    assert (result.device_gib is None) == (result.device == "cpu")
    assert json.loads((tmp_path / "metrics.json").read_text())["losses"] == result.losses


def test_an_interrupted_run_goes_on_as_if_it_had_not_been(
    scenes: Path, features: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = config(objectives=("masked", "local"))
    train(settings, scenes, tmp_path / "whole", features)
    with monkeypatch.context() as patch:
        stop_at(4, patch)
        with pytest.raises(Interrupted):
            train(settings, scenes, tmp_path / "parts", features)
    told = tmp_path / "parts" / "checkpoint" / "progress.json"
    told.write_text(json.dumps(json.loads(told.read_text()) | {"busy_s": 1000.0}))

    result = train(settings, scenes, tmp_path / "parts", features)

    assert result.busy_s > 1000.0 and result.clouds == 2 * STEPS
    whole, parts = (load_encoder(tmp_path / name).state_dict() for name in ("whole", "parts"))
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    lines = RunFolder(tmp_path / "parts").history()
    assert [line["step"] for line in lines] == [1, 2, 3, 4]
    assert lines[-1]["total"] == RunFolder(tmp_path / "whole").history()[-1]["total"]


def test_a_run_that_is_done_is_left_as_it_is(scenes: Path, features: Path, tmp_path: Path) -> None:
    first = train(config(), scenes, tmp_path, features)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}

    assert train(config(), scenes, tmp_path, features) == first

    assert {path: path.stat().st_mtime_ns for path in written} == written


def test_the_history_tells_means_and_rates(scenes: Path, features: Path, tmp_path: Path) -> None:
    few = {"steps": 5, "optimiser": {"learning_rate": 0.01, "warm_up": 0.4}}
    torch.set_num_threads(2)
    for name, every in (("all", 1), ("some", 2)):
        result = train(config(**few, log_every=every), scenes, tmp_path / name, features)
    assert torch.get_num_threads() == 1

    lines, sparse = (RunFolder(tmp_path / name).history() for name in ("all", "some"))
    # That of the next step: up to the highest, and half a cosine down to nothing.
    assert [line["learning_rate"] for line in lines] == pytest.approx(
        [0.01, 0.01, 0.0075, 0.0025, 0.0]
    )
    assert [line["step"] for line in sparse] == [2, 4, 5]
    for line, of in zip(sparse, (lines[:2], lines[2:4], lines[4:]), strict=True):
        assert line["total"] == pytest.approx(sum(one["total"] for one in of) / len(of))
    assert RunFolder(tmp_path / "some").progress().step == 5
    assert result.losses["total"] == pytest.approx(lines[-1]["total"], abs=1e-4)


def test_another_run_in_the_folder_is_refused_by_the_name_of_what_differs(
    scenes: Path, features: Path, tmp_path: Path
) -> None:
    train(config(steps=1), scenes, tmp_path, features)

    with pytest.raises(ClapError, match=r"config\.masked\.ratio, config\.seed differ") as caught:
        train(config(steps=1, seed=1, masked={"ratio": 0.5}), scenes, tmp_path, features)

    assert caught.value.code is ErrorCode.INVALID_REQUEST
    with pytest.raises(ClapError, match="another run: scenes differ"):
        RunFolder(tmp_path).begin(config(steps=1), scenes=7, processes=1)


def test_a_run_is_not_taken_up_by_another_number_of_processes(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.begin(config(), scenes=6, processes=2)
    checkpoint = tmp_path / "checkpoint"
    checkpoint.mkdir()
    (checkpoint / "progress.json").write_text('{"step": 2, "busy_s": 1.0, "processes": 2}')

    with pytest.raises(ClapError, match="begun by 2 processes, not 1"):
        folder.begin(config(), scenes=6, processes=1)
    assert folder.begin(config(), scenes=6, processes=2).step == 2


def test_a_loss_that_is_not_finite_stops_the_run(
    scenes: Path, features: Path, tmp_path: Path
) -> None:
    settings = config(optimiser={"learning_rate": 1e30, "warm_up": 0.0})

    with pytest.raises(ClapError, match=r"no longer finite at step \d.*learning_rate"):
        train(settings, scenes, tmp_path, features)


def test_the_seed_changes_the_weights(scenes: Path, features: Path, tmp_path: Path) -> None:
    for seed in (0, 1):
        train(config(steps=1, seed=seed), scenes, tmp_path / str(seed), features)

    first, second = (load_encoder(tmp_path / name).state_dict() for name in "01")
    assert not torch.equal(first["norm.weight"], second["norm.weight"]) or any(
        not torch.equal(first[name], second[name]) for name in first
    )


def test_a_history_that_was_cut_off_is_read_up_to_there(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    for step in (1, 2, 3):
        folder.tell({"step": step, "total": 1.0})
    with (tmp_path / run_folder.HISTORY_FILE).open("a") as file:
        file.write('{"step": 4, "to')

    assert [line["step"] for line in folder.history()] == [1, 2, 3]
    folder.rewind(2)
    assert [line["step"] for line in folder.history()] == [1, 2]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("encoder: clar-tiny", "steps: Field required"),
        ("{steps: 1, objektives: [masked]}", "objektives: Extra inputs"),
        ("{steps: 1, objectives: []}", "one or more"),
        ("{steps: 1, objectives: [masked, masked]}", "each once"),
        ("{steps: 1, log_every: 20, save_every: 30}", "multiple of log_every"),
        ("{steps: 1, encoder: clar-huge}", "no encoder configuration 'clar-huge'"),
        ("{steps: 1", "no pre-training config"),
    ],
)
def test_a_wrong_config_is_named(text: str, named: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(text)

    with pytest.raises(ClapError, match=named) as caught:
        read_config(path)

    assert str(path) in caught.value.message


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("clar-*.yaml")), ids=lambda path: path.name)
def test_the_configs_that_are_shipped_can_be_read(path: Path) -> None:
    assert path.stem.startswith(read_config(path).encoder)


def test_a_missing_config_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClapError, match=r"none\.yaml.*No such file"):
        read_config(tmp_path / "none.yaml")


def test_arms_leave_out_what_they_say() -> None:
    several = LoaderConfig(augment=SceneAugmentConfig(views_min=2))
    settings = config(objectives=("masked", "global", "local"), data=several)

    objectives = {name: with_variant(settings, name, 2).objectives for name in VARIANTS}
    single = with_variant(settings, "full-single-view", 2)

    assert objectives["mae"] == ("masked",)
    assert objectives["mae-global"] == ("masked", "global")
    assert objectives["full"] == objectives["full-single-view"] == ("masked", "global", "local")
    assert (single.data.augment.views_min, single.data.augment.views_max) == (1, 1)
    assert with_variant(settings, "full", 2).data == settings.data
    assert single.seed == 2
    with pytest.raises(ClapError, match="no variant 'half'"):
        with_variant(settings, "half", 0)


def test_the_ladder_trains_what_is_missing_and_names_what_fails(
    scenes: Path, features: Path, tmp_path: Path
) -> None:
    runs = runs_of(["mae", "full"], [0, 1])
    assert [run.name for run in runs] == ["mae-0", "full-0", "mae-1", "full-1"]
    recipe = tmp_path / "recipe.yaml"
    whole = config(steps=1, objectives=("masked", "global", "local"))
    recipe.write_text(whole.model_dump_json())
    there = tmp_path / "runs" / "full-0"
    there.mkdir(parents=True)
    (there / "SHA256SUMS").touch()

    trainings = [Training("mae", 3), Training("full", 0)]
    train_ladder(recipe, scenes, features, tmp_path / "runs", trainings, 1)

    load_encoder(tmp_path / "runs" / "mae-3")
    trained = json.loads((tmp_path / "runs" / "mae-3" / "run.json").read_text())["config"]
    assert (trained["objectives"], trained["seed"]) == (["masked"], 3)
    assert not (there / LOG_FILE).exists()
    with pytest.raises(ClapError, match=r"the run mae-1 failed: error: .*nowhere"):
        train_ladder(
            recipe, tmp_path / "nowhere", features, tmp_path / "runs", [Training("mae", 1)], jobs=1
        )


def test_the_command_prints_json_last(
    scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(config().model_dump_json())
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    out = tmp_path / "run"

    status = run(
        parser.parse_args(
            f"{recipe} --scenes {scenes} --out {out} --steps 1 --variant mae --seed 3".split()
        )
    )

    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert status == 0
    assert told["steps"] == 1 and told["out"] == str(out)
    assert 0.0 <= told["waiting_share"] <= 1.0
    assert json.loads((out / "run.json").read_text())["config"]["seed"] == 3
