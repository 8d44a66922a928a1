"""A run's folder: its checkpoint is always whole, its picture shows every loss."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import pytest
from accelerate import Accelerator
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from clap_learning.pretraining.plots import plot_losses
from clap_learning.pretraining.run_folder import PretrainingProgress, RunFolder


class Saver:
    """Stands for the accelerator; may be stopped while it writes."""

    is_main_process = True

    def __init__(self, content: str, stops: bool = False) -> None:
        self.content = content
        self.stops = stops

    def wait_for_everyone(self) -> None:
        """There is nobody else."""

    def save_state(self, folder: str) -> None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / "state").write_text(self.content)
        if self.stops:
            raise KeyboardInterrupt

    def load_state(self, folder: str) -> None:
        self.content = (Path(folder) / "state").read_text()


def test_a_checkpoint_takes_the_last_ones_place_only_when_it_is_whole(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    state = tmp_path / "checkpoint" / "state"
    folder.save(cast(Accelerator, Saver("first")), PretrainingProgress(2, 1.5, 2))
    with pytest.raises(KeyboardInterrupt):
        folder.save(
            cast(Accelerator, Saver("cut short", stops=True)), PretrainingProgress(4, 3.0, 2)
        )
    assert state.read_text() == "first" and folder.progress() == PretrainingProgress(2, 1.5, 2)

    folder.save(cast(Accelerator, Saver("second")), PretrainingProgress(4, 3.0, 2))

    assert state.read_text() == "second" and folder.progress() == PretrainingProgress(4, 3.0, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]


def test_ended_between_two_renames_a_run_still_has_its_last_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped_before_the_second(path: Path, target: Path) -> Path:
        if path.name.endswith(".new"):
            raise KeyboardInterrupt
        return rename(path, target)

    folder, reader = RunFolder(tmp_path), Saver("")
    folder.save(cast(Accelerator, Saver("first")), PretrainingProgress(2, 1.5, 2))
    rename = Path.rename
    monkeypatch.setattr(Path, "rename", stopped_before_the_second)
    with pytest.raises(KeyboardInterrupt):
        folder.save(cast(Accelerator, Saver("second")), PretrainingProgress(4, 3.0, 2))
    monkeypatch.undo()

    folder.load(cast(Accelerator, reader))
    assert reader.content == "first" and folder.progress() == PretrainingProgress(2, 1.5, 2)

    folder.save(cast(Accelerator, Saver("third")), PretrainingProgress(6, 4.5, 2))
    folder.load(cast(Accelerator, reader))
    assert reader.content == "third" and folder.progress() == PretrainingProgress(6, 4.5, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]


def test_every_loss_is_drawn_over_the_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr(plt, "close", drawn.append)
    rest = {"gradient_norm": 1.0, "clouds_per_s": 9.0, "waiting_share": 0.0}
    history = [
        {"step": 20, "shape": 3.0, "total": 4.0, "learning_rate": 0.1, **rest},
        {"step": 40, "shape": 2.0, "total": 2.5, "learning_rate": 0.2, **rest},
    ]

    plot_losses(history, tmp_path / "losses.png")

    curves = {
        axis.get_title(): np.transpose(line.get_xydata()).tolist()
        for axis in drawn[0].axes
        for line in axis.lines
        if axis.get_visible()
    }
    assert curves == {
        "shape": [[20.0, 40.0], [3.0, 2.0]],
        "total": [[20.0, 40.0], [4.0, 2.5]],
        "gradient norm": [[20.0, 40.0], [1.0, 1.0]],
        "learning rate": [[20.0, 40.0], [0.1, 0.2]],
    }
    monkeypatch.undo()
    plt.close(drawn[0])


def test_no_history_gives_no_picture(tmp_path: Path) -> None:
    plot_losses([], tmp_path / "losses.png")
    assert not list(tmp_path.iterdir())
