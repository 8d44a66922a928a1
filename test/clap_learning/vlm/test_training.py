"""Tuning end to end: a few steps on one look, saved, loaded, and the place is found."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from tabletop_episode import FOOT, STEPS, write_tabletop
from tiny_qwen import save_tiny_qwen

from clap_cli.__main__ import main
from clap_core.backends import Scene
from clap_core.camera.tabletop import views
from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud
from clap_learning.checksums import SUMS_FILE
from clap_learning.vlm.backend import QwenFinder
from clap_learning.vlm.loading import load_model
from clap_learning.vlm.settings import QwenSettings
from clap_learning.vlm.training import TRAINING_FILE, read_training_config

CONFIG = """
precision: float32
steps: 150
batch: 1
accumulate: 1
learning_rate: 0.01
warm_up: 5
dropout: 0.0
absent_share: 0.0
checkpointing: false
workers: 0
log_every: 50
save_every: 100
model: """


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of ``./clap train qwen``: folders model, episodes, out."""
    folder = tmp_path_factory.mktemp("tuning")
    save_tiny_qwen(folder / "model")
    write_tabletop(folder / "episodes", steps=1)
    (folder / "config.yaml").write_text(f"{CONFIG}{folder / 'model'}")
    assert train(folder) == 0
    return folder


def train(folder: Path, *more: str) -> int:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return main(
            [
                *("train", "qwen", str(folder / "config.yaml")),
                *("--episodes", str(folder / "episodes"), "--out", str(folder / "out"), *more),
            ]
        )
    finally:
        torch.set_num_threads(threads)


def find(settings: QwenSettings) -> np.ndarray:
    cloud = PointCloud(np.zeros((1, 3), np.float32), np.zeros((1, 3), np.uint8))
    scene = Scene(cloud, fetch_views=lambda: tuple(views(0)))
    return QwenFinder(settings).find(STEPS[0][0], scene).require().point


@pytest.mark.slow
def test_what_was_learnt_is_found_again(run: Path) -> None:
    out = run / "out"
    told = json.loads((out / TRAINING_FILE).read_text())["result"]
    assert (told["steps"], told["examples"], told["absent"]) == (150, 1, 0)
    settings = QwenSettings(adapter=str(out), max_answer_tokens=200, deadline_s=300.0)
    np.testing.assert_allclose(find(settings), FOOT, atol=0.02)
    untuned = settings.model_copy(update={"adapter": "", "model": str(run / "model")})
    with pytest.raises(ClapError, match="no JSON object"):
        find(untuned)


@pytest.mark.slow
def test_a_run_that_was_interrupted_goes_on(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the checkpoint at step 100 of 150; nothing is left to do after the last one."""
    shutil.rmtree(run / "out/checkpoints/checkpoint-150")
    (run / "out" / SUMS_FILE).unlink()
    capsys.readouterr()
    assert train(run) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["steps"] == 150
    lines = json.loads((run / "out/checkpoints/checkpoint-150/trainer_state.json").read_text())
    assert [line["step"] for line in lines["log_history"] if "loss" in line] == [50, 100, 150]
    load_model("", str(run / "out"), "cpu", "auto")


@pytest.mark.slow
def test_adapters_that_are_damaged_or_of_another_model_are_named(run: Path, tmp_path: Path) -> None:
    weights = "adapter_model.safetensors"
    shutil.copytree(run / "out", tmp_path / "cut")
    (tmp_path / "cut" / weights).write_bytes((run / "out" / weights).read_bytes()[:-10])
    with pytest.raises(ClapError, match=f"{weights} is not what") as raised:
        load_model("", str(tmp_path / "cut"), "cpu", "auto")
    assert raised.value.code is ErrorCode.INVALID_REQUEST
    (tmp_path / "cut" / weights).unlink()
    with pytest.raises(ClapError, match=f"{weights} is not there"):
        load_model("", str(tmp_path / "cut"), "cpu", "auto")
    with pytest.raises(ClapError, match="is no adapter"):
        load_model("", str(tmp_path), "cpu", "auto")
    other = save_tiny_qwen(tmp_path / "other", layers=1)
    with pytest.raises(ClapError, match=r"does not fit the model.*trained on"):
        load_model(str(other), str(run / "out"), "cpu", "auto")


def test_a_config_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("model: here\nranks: 3")
    with pytest.raises(ClapError, match=r"ranks.*qwen2\.5-vl-3b\.yaml"):
        read_training_config(path)


def test_the_config_that_comes_along_is_one() -> None:
    root = Path(__file__).resolve().parents[3]
    config = read_training_config(root / "config/learning/qwen2.5-vl-3b.yaml")
    assert config.model.startswith("Qwen/") and config.split == "train"
