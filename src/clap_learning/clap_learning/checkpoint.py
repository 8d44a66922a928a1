"""Checkpoints of a training: replaced as a whole, so that an interruption leaves the last one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

CHECKPOINT_FILE = "checkpoint.pt"


def resume(path: Path, *parts: Any) -> int:
    """Load the state of a run into its parts; the updates made, 0 without a checkpoint."""
    if not path.is_file():
        return 0
    state = torch.load(path, weights_only=True)
    for part, values in zip(parts, state["parts"], strict=True):
        part.load_state_dict(values)
    return int(state["step"])


def save(path: Path, step: int, *parts: Any) -> None:
    """Keep the state of a run's parts after so many updates."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    torch.save({"step": step, "parts": [part.state_dict() for part in parts]}, draft)
    os.replace(draft, path)
