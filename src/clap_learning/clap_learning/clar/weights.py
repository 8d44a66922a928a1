"""Encoders in PyTorch to and from `EncoderWeights`; folders of weights, written whole."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save as save_tensors

from clap_learning import checksums
from clap_learning.checksums import SUMS_FILE
from clap_learning.clar.encoder import ClarEncoder
from clap_learning.clar.stored_weights import (
    CARD_FILE,
    CONFIG_FILE,
    METRICS_FILE,
    SUMMED_FILES,
    WEIGHTS_FILE,
    EncoderWeights,
    read_weights,
)


def save_encoder(
    folder: Path, encoder: ClarEncoder, metrics: Mapping[str, Any], card: str | None = None
) -> None:
    """Write an encoder beside the folder, and put it in the folder's place at once.

    An interruption leaves the old folder or the new one. What else lies in the folder stays.

    Args:
        folder: made if it is not there.
        encoder: its weights are stored in half precision.
        metrics: of its training, as JSON can say them.
        card: Markdown for people; a card that is there already is kept if this is None.
    """
    kept = folder / CARD_FILE
    if card is None and kept.is_file():
        card = kept.read_text()
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        if folder.exists():
            shutil.copytree(
                folder,
                draft,
                ignore=shutil.ignore_patterns(*SUMMED_FILES, SUMS_FILE),
                copy_function=_link_or_copy,
                dirs_exist_ok=True,
            )
        _write(draft, encoder, metrics, card)
        _put_in_place(draft, folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _write(
    folder: Path, encoder: ClarEncoder, metrics: Mapping[str, Any], card: str | None
) -> None:
    tensors = {
        name: tensor.detach().half().cpu().contiguous()
        for name, tensor in encoder.state_dict().items()
    }
    (folder / CONFIG_FILE).write_text(encoder.config.model_dump_json(indent=2) + "\n")
    (folder / WEIGHTS_FILE).write_bytes(save_tensors(tensors))
    (folder / METRICS_FILE).write_text(json.dumps(dict(metrics), indent=2) + "\n")
    if card is not None:
        (folder / CARD_FILE).write_text(card)
    write_sums(folder)


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copy2(source, target)


def _put_in_place(draft: Path, folder: Path) -> None:
    """Rename a folder onto another, which may be there."""
    draft.chmod(0o755)  # mkdtemp's is for its owner alone
    old = draft.with_name(f"{draft.name}.old")
    if folder.exists():
        folder.rename(old)
    draft.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def write_sums(folder: Path) -> None:
    """Write the checksums of what is there, after its card was written, say."""
    checksums.write_sums(folder, [name for name in SUMMED_FILES if (folder / name).is_file()])


def load_encoder(folder: Path) -> ClarEncoder:
    """The encoder of a folder, in float32, for evaluation, on the CPU.

    Raises:
        ClapError: see `read_weights`.
    """
    return encoder_from(read_weights(folder))


def encoder_from(weights: EncoderWeights) -> ClarEncoder:
    """The encoder with these weights, for evaluation, on the CPU."""
    encoder = ClarEncoder(weights.config)
    encoder.load_state_dict({name: torch.tensor(one) for name, one in weights.tensors.items()})
    return encoder.eval()


def weights_of(encoder: ClarEncoder) -> EncoderWeights:
    """A copy of what an encoder has learned so far."""
    tensors = {
        name: tensor.detach().float().cpu().numpy().copy()
        for name, tensor in encoder.state_dict().items()
    }
    return EncoderWeights(encoder.config, tensors)
