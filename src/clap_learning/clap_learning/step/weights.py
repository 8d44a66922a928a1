"""Folders of the step policy; and the network that a run begins with."""

from __future__ import annotations

from pathlib import Path

import torch
from pydantic import BaseModel, Field

from clap_learning.clar.weights import load_encoder
from clap_learning.installed_models import installed_model
from clap_learning.network_folder import NetworkFolder
from clap_learning.step.eyes import SIZES, ClarEyes
from clap_learning.step.network import StepNetwork, StepNetworkConfig
from clap_learning.stored_network import StoredNetwork


class StepModelConfig(BaseModel, frozen=True, extra="forbid"):
    """What is said of a policy beside its weights."""

    network: StepNetworkConfig = StepNetworkConfig()
    tasks: tuple[str, ...] = Field((), description="That it was shown.")
    episodes: int = Field(0, description="That it was trained on.", ge=0)
    steps: int = Field(0, description="Updates of its training.", ge=0)


STEP_FOLDER = NetworkFolder(
    StoredNetwork("step policy", "./clap train step", StepModelConfig),
    lambda config: StepNetwork(config.network),
)


def new_network(config: StepNetworkConfig, seed: int, clar: Path | None = None) -> StepNetwork:
    """A network to train: CLAR's weights as they ship, everything else random.

    Args:
        config: sizes.
        seed: of the random numbers.
        clar: folder of CLAR's weights; None for those of the stack.

    Raises:
        ClapError: INVALID_REQUEST if CLAR's weights are not there.
    """
    torch.manual_seed(seed)
    network = StepNetwork(config)
    if config.encoder == "clar":
        encoder = load_encoder(clar or installed_model(SIZES))
        assert isinstance(network.eyes, ClarEyes)
        network.eyes.encoder.load_state_dict(encoder.state_dict())
    return network
