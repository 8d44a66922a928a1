"""Folders of the weights of PyTorch's networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import torch
from pydantic import BaseModel
from torch import nn

from clap_learning.stored_network import Arrays, StoredNetwork

N = TypeVar("N", bound=nn.Module)
C = TypeVar("C", bound=BaseModel)


@dataclass(frozen=True)
class NetworkFolder(Generic[N, C]):
    """How one kind of network is kept, and made.

    Attributes:
        stored: how it is kept.
        make: a network from what is said of it, with any weights.
    """

    stored: StoredNetwork[C]
    make: Callable[[C], N]

    def save(self, folder: Path, network: N, config: C) -> None:
        """See `StoredNetwork.save`."""
        arrays = {name: tensor.detach().numpy() for name, tensor in network.state_dict().items()}
        self.stored.save(folder, arrays, config)

    def load(self, folder: Path) -> tuple[N, C]:
        """A network, ready to be asked, and what is said of it.

        Raises:
            ClapError: INVALID_REQUEST if it is not there, was changed, or is something else.
        """
        return self.stored.load(folder, self._built)

    def _built(self, config: C, arrays: Arrays) -> N:
        network = self.make(config)
        network.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
        network.eval()
        return network
