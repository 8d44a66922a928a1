"""Pictures of a run's losses."""

from __future__ import annotations

import math
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt

from clap_learning.pretraining.run_folder import Line

_NO_LOSS = {"step", "learning_rate", "clouds_per_s", "waiting_share", "gradient_norm"}
_COLUMNS = 3


def plot_losses(history: list[Line], path: Path) -> None:
    """Draw every loss, the total among them, and the learning rate over the steps.

    Args:
        history: of the run.
        path: of the PNG.
    """
    names = [name for name in history[0] if name not in _NO_LOSS] if history else []
    names += ["gradient_norm", "learning_rate"] if history else []
    if not names:
        return
    rows = math.ceil(len(names) / _COLUMNS)
    figure, axes = plt.subplots(
        rows, _COLUMNS, figsize=(4.0 * _COLUMNS, 2.6 * rows), squeeze=False, layout="constrained"
    )
    steps = [line["step"] for line in history]
    for axis, name in zip(axes.flat, names, strict=False):
        axis.plot(steps, [line.get(name, math.nan) for line in history], linewidth=1.0)
        axis.set_title(name.replace("_", " "))
        axis.set_xlabel("step")
        axis.grid(alpha=0.3)
    for axis in axes.flat[len(names) :]:
        axis.set_visible(False)
    figure.savefig(path, dpi=110)
    plt.close(figure)
