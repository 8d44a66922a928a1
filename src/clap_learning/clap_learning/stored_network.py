"""Folders of a network's weights, read into NumPy arrays and verified before anything is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from clap_core.errors import ClapError, ErrorCode
from clap_learning.checksums import SUMS_FILE, verify_sums, write_sums

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"

Arrays = Mapping[str, NDArray[np.float32]]
"""A network's numbers, by the names that PyTorch gives them."""

N = TypeVar("N")
C = TypeVar("C", bound=BaseModel)


@dataclass(frozen=True)
class StoredNetwork(Generic[C]):
    """How one kind of network is kept: ``config.json``, half-precision weights, checksums.

    Attributes:
        what: the kind, for messages: "keypoint model".
        command: that trains one: "./clap train keypoint".
        config_type: what is said of a network beside its weights.
    """

    what: str
    command: str
    config_type: type[C]

    def save(self, folder: Path, arrays: Arrays, config: C) -> None:
        """Write a network; the checksums come last.

        Args:
            folder: made if it is not there.
            arrays: its numbers.
            config: what is said of it.
        """
        folder.mkdir(parents=True, exist_ok=True)
        (folder / SUMS_FILE).unlink(missing_ok=True)
        half = {name: np.ascontiguousarray(array, np.float16) for name, array in arrays.items()}
        (folder / WEIGHTS_FILE).write_bytes(save_tensors(half))
        (folder / CONFIG_FILE).write_text(config.model_dump_json(indent=2) + "\n")
        write_sums(folder, [CONFIG_FILE, WEIGHTS_FILE])

    def load(self, folder: Path, make: Callable[[C, Arrays], N]) -> tuple[N, C]:
        """A network, and what is said of it.

        Args:
            folder: as `save` wrote it.
            make: builds the network; raises KeyError, RuntimeError or ValueError where the numbers
                do not fit what is said of it.

        Raises:
            ClapError: INVALID_REQUEST if it is not there, was changed, or is something else.
        """
        if not folder.is_dir():
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"there is no {self.what} in {folder}",
                f"Give a folder that `{self.command}` has written, or leave learned.weights out",
            )
        cure = f"Fetch the folder again (git checkout), or run `{self.command}`"
        verify_sums(folder, cure)
        try:
            config = self.config_type.model_validate_json((folder / CONFIG_FILE).read_text())
            half = load_tensors((folder / WEIGHTS_FILE).read_bytes())
            arrays = {name: array.astype(np.float32) for name, array in half.items()}
            return make(config, arrays), config
        except (
            OSError, ValidationError, SafetensorError, KeyError, RuntimeError, ValueError
        ) as error:  # fmt: skip
            reason = str(error).splitlines()[0]
            raise ClapError(
                ErrorCode.INVALID_REQUEST, f"{folder} is no {self.what}: {reason}", cure
            ) from error
