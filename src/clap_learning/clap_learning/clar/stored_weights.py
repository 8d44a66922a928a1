"""Folders of weights, read into NumPy arrays and verified before anything is built of them.

``models/<name>/`` holds ``config.json`` (the encoder's sizes), ``model.safetensors`` (float16),
``metrics.json`` (what training told), ``README.md`` (the card, if there is one) and
``SHA256SUMS`` of the other files, as ``sha256sum -c`` reads it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors

from clap_core.errors import ClapError, ErrorCode
from clap_learning.checksums import SUMS_FILE
from clap_learning.clar.architecture import tensor_shapes
from clap_learning.clar.config import EncoderConfig

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
METRICS_FILE = "metrics.json"
CARD_FILE = "README.md"
SUMMED_FILES = (CONFIG_FILE, WEIGHTS_FILE, METRICS_FILE, CARD_FILE)


@dataclass(frozen=True)
class EncoderWeights:
    """An encoder, whatever is to run it.

    Attributes:
        config: its sizes.
        tensors: float32, by the names of `tensor_shapes`.
        sha256: of the file that they were read from, which tells two versions apart; empty for
            weights that are in no file.
    """

    config: EncoderConfig
    tensors: Mapping[str, NDArray[np.float32]]
    sha256: str = ""


def read_weights(folder: Path) -> EncoderWeights:
    """The encoder of a folder.

    Raises:
        ClapError: INVALID_REQUEST, naming the file that is missing, was changed, or does not fit.
    """
    sums = _sums(folder)
    config = _config(folder / CONFIG_FILE, _verified(folder, CONFIG_FILE, sums))
    try:
        tensors = load_tensors(_verified(folder, WEIGHTS_FILE, sums))
    except SafetensorError as error:
        raise _refused(folder / WEIGHTS_FILE, f"cannot be read: {error}") from None
    wanted = tensor_shapes(config)
    found = {name: tensor.shape for name, tensor in tensors.items()}
    if wanted != found:
        unlike = sorted(
            name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)
        )
        raise _refused(
            folder / WEIGHTS_FILE,
            f"does not hold an encoder of {CONFIG_FILE}'s sizes: {', '.join(unlike[:3])}"
            f"{' and others' if len(unlike) > 3 else ''} differ",
        )
    single = {name: tensor.astype(np.float32) for name, tensor in tensors.items()}
    return EncoderWeights(config, single, sums[WEIGHTS_FILE])


def _sums(folder: Path) -> dict[str, str]:
    path = folder / SUMS_FILE
    try:
        lines = path.read_text().splitlines()
    except OSError:
        raise _refused(path, "is not there") from None
    pairs = [line.split(maxsplit=1) for line in lines if line.strip()]
    if any(len(pair) != 2 for pair in pairs):
        raise _refused(path, "is no list of checksums and files")
    return {name.strip(): digest for digest, name in pairs}


def _verified(folder: Path, name: str, sums: Mapping[str, str]) -> bytes:
    """What a file holds, if it is what was written."""
    path = folder / name
    try:
        content = path.read_bytes()
    except OSError:
        raise _refused(path, "is not there") from None
    if name not in sums:
        raise _refused(path, f"has no checksum in {SUMS_FILE}")
    if hashlib.sha256(content).hexdigest() != sums[name]:
        raise _refused(path, f"is not what {SUMS_FILE} says: it is damaged or was changed")
    return content


def _config(path: Path, content: bytes) -> EncoderConfig:
    try:
        return EncoderConfig.model_validate_json(content)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"])) or "it"
        raise _refused(path, f"is no encoder's configuration: {where}: {fault['msg']}") from None


def _refused(path: Path, what: str) -> ClapError:
    return ClapError(
        ErrorCode.INVALID_REQUEST,
        f"the weights cannot be loaded: {path} {what}",
        "Fetch the folder again (git checkout), or train it with ./clap train clar",
    )
