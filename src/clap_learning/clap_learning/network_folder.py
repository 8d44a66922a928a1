"""Folders of a network's weights: verified before anything is built of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import nn

from clap_core.errors import ClapError, ErrorCode
from clap_learning.checksums import SUMS_FILE, verify_sums, write_sums

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"

N = TypeVar("N", bound=nn.Module)
C = TypeVar("C", bound=BaseModel)


@dataclass(frozen=True)
class NetworkFolder(Generic[N, C]):
    """How one kind of network is kept: ``config.json``, half-precision weights, checksums.

    Attributes:
        what: the kind, for messages: "keypoint model".
        command: that trains one: "./clap train keypoint".
        config_type: what is said of a network beside its weights.
        make: a network from that.
    """

    what: str
    command: str
    config_type: type[C]
    make: Callable[[C], N]

    def save(self, folder: Path, network: N, config: C) -> None:
        """Write a network; the checksums come last.

        Args:
            folder: made if it is not there.
            network: trained.
            config: what is said of it.
        """
        folder.mkdir(parents=True, exist_ok=True)
        (folder / SUMS_FILE).unlink(missing_ok=True)
        tensors = {
            name: tensor.detach().half().contiguous()
            for name, tensor in network.state_dict().items()
        }
        (folder / WEIGHTS_FILE).write_bytes(save_tensors(tensors))
        (folder / CONFIG_FILE).write_text(config.model_dump_json(indent=2) + "\n")
        write_sums(folder, [CONFIG_FILE, WEIGHTS_FILE])

    def load(self, folder: Path) -> tuple[N, C]:
        """A network, ready to be asked, and what is said of it.

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
            network = self.make(config)
            tensors = load_tensors((folder / WEIGHTS_FILE).read_bytes())
            network.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
        except (OSError, ValidationError, SafetensorError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            raise ClapError(
                ErrorCode.INVALID_REQUEST, f"{folder} is no {self.what}: {reason}", cure
            ) from error
        return network.eval(), config
